"""Make ICC profiles of colours that are declared without one: by code points (ITU-T H.273) or by chromaticities."""

import struct
from dataclasses import dataclass

from ratings.exceptions import ImageRejectedError
from ratings.sentences import staff_gettext

Point = tuple[float, float]
Vector = tuple[float, float, float]
Matrix = tuple[Vector, Vector, Vector]

D50: Vector = (0.9642, 1.0, 0.8249)  # the white of ICC's connection space
BRADFORD: Matrix = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))
SMALLEST_DETERMINANT = 1e-6
COLUMN_TAGS = (b"rXYZ", b"gXYZ", b"bXYZ")
CURVE_TAGS = (b"rTRC", b"gTRC", b"bTRC")
FUNCTION_TYPES = {1: 0, 3: 1, 5: 3}  # ICC.1:2022, 10.18: the kind of parametric curve by its number of parameters


@dataclass(frozen=True, kw_only=True)
class Primaries:
    """The chromaticities (x, y) of a colour space's white and of its red, green and blue."""

    white: Point
    red: Point
    green: Point
    blue: Point

    def is_close_to(self, other: "Primaries", *, tolerance: float = 0.005) -> bool:
        """Tell whether both mean the same colours, but for rounding."""
        pairs = zip(self.coordinates, other.coordinates, strict=True)
        return all(abs(one - two) <= tolerance for one, two in pairs)

    @property
    def coordinates(self) -> tuple[float, ...]:
        """Give the eight numbers in a row."""
        return (*self.white, *self.red, *self.green, *self.blue)


D65: Point = (0.3127, 0.3290)
ILLUMINANT_C: Point = (0.310, 0.316)
SMPTE_C = Primaries(white=D65, red=(0.630, 0.340), green=(0.310, 0.595), blue=(0.155, 0.070))
SRGB = Primaries(white=D65, red=(0.640, 0.330), green=(0.300, 0.600), blue=(0.150, 0.060))
ADOBE_RGB = Primaries(white=D65, red=(0.640, 0.330), green=(0.210, 0.710), blue=(0.150, 0.060))
# ITU-T H.273 (07/2024), table 2.
PRIMARIES: dict[int, Primaries] = {
    1: SRGB,
    4: Primaries(white=ILLUMINANT_C, red=(0.67, 0.33), green=(0.21, 0.71), blue=(0.14, 0.08)),
    5: Primaries(white=D65, red=(0.64, 0.33), green=(0.29, 0.60), blue=(0.15, 0.06)),
    6: SMPTE_C,
    7: SMPTE_C,
    8: Primaries(white=ILLUMINANT_C, red=(0.681, 0.319), green=(0.243, 0.692), blue=(0.145, 0.049)),
    9: Primaries(white=D65, red=(0.708, 0.292), green=(0.170, 0.797), blue=(0.131, 0.046)),
    10: Primaries(white=(1 / 3, 1 / 3), red=(1.0, 0.0), green=(0.0, 1.0), blue=(0.0, 0.0)),
    11: Primaries(white=(0.314, 0.351), red=(0.680, 0.320), green=(0.265, 0.690), blue=(0.150, 0.060)),
    12: Primaries(white=D65, red=(0.680, 0.320), green=(0.265, 0.690), blue=(0.150, 0.060)),
    22: Primaries(white=D65, red=(0.630, 0.340), green=(0.295, 0.605), blue=(0.155, 0.077)),
}
# From code value to light: the parameters g, a, b, c, d of ICC's parametric curves (a x + b)^g, and c x below d.
Curve = tuple[float, ...]
SRGB_CURVE: Curve = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
BROADCAST_CURVE: Curve = (2.4,)  # ITU-R BT.1886: how displays show what cameras record by the curves of broadcasting
LINEAR: Curve = (1.0,)
ADOBE_CURVE: Curve = (563 / 256,)
BROADCAST = frozenset({1, 6, 11, 14, 15})
# ITU-T H.273 (07/2024), table 3.
CURVES: dict[int, Curve] = {
    **dict.fromkeys(BROADCAST, BROADCAST_CURVE),
    4: (2.2,),
    5: (2.8,),
    7: (1 / 0.45, 1 / 1.1115, 0.1115 / 1.1115, 1 / 4, 0.0913),
    8: LINEAR,
    13: SRGB_CURVE,
    17: (2.6, (52.37 / 48) ** (1 / 2.6), 0.0),
}
UNSPECIFIED = frozenset({0, 2, 3})  # 0 and 3 are reserved, and written by software that means 2
HDR = {16: "PQ", 18: "HLG"}


@dataclass(frozen=True, kw_only=True)
class CodePoints:
    """Colours by number (ITU-T H.273): primaries and transfer characteristics."""

    primaries: int
    transfer: int

    def curve(self, *, broadcast: Curve) -> Curve:
        """Give the curve, the one of broadcasting as the format in question takes it; raise where it is not read."""
        reject_hdr(transfer=self.transfer)
        if self.transfer in BROADCAST:
            return broadcast
        found = SRGB_CURVE if self.transfer in UNSPECIFIED else CURVES.get(self.transfer)
        if found is None:
            raise ImageRejectedError(unknown_colours(self))
        return found

    def chromaticities(self) -> Primaries:
        """Give the primaries; raise where they are not known."""
        found = SRGB if self.primaries in UNSPECIFIED else PRIMARIES.get(self.primaries)
        if found is None:
            raise ImageRejectedError(unknown_colours(self))
        return found


def unknown_colours(points: CodePoints) -> str:
    """Say which code points have no meaning here."""
    return staff_gettext(
        "its colours are declared by code points that are not read (primaries {primaries}, transfer "
        "{transfer}); export it as sRGB"
    ).format(primaries=points.primaries, transfer=points.transfer)


def reject_hdr(*, transfer: int) -> None:
    """Refuse high dynamic range: what lies above white has no place in sRGB, and nobody here may choose what stays."""
    if transfer in HDR:
        raise ImageRejectedError(
            staff_gettext(
                "it is an HDR picture (transfer function {hdr}); export it in standard dynamic range, as sRGB"
            ).format(hdr=HDR[transfer])
        )


def profile_of_points(points: CodePoints, *, broadcast: Curve) -> bytes:
    """Give the ICC profile of code points; nothing for sRGB itself."""
    return made_profile(primaries=points.chromaticities(), curve=points.curve(broadcast=broadcast))


def made_profile(*, primaries: Primaries, curve: Curve) -> bytes:
    """Write an ICC profile (version 4) of primaries and one curve; nothing for sRGB and for what is no colour space."""
    if curve == SRGB_CURVE and primaries.is_close_to(SRGB):
        return b""
    try:
        return with_header(colour_tags(primaries=primaries, curve=curve))
    except ArithmeticError:  # primaries on one line span no colours: shown as viewers show it, as if sRGB
        return b""


def colour_tags(*, primaries: Primaries, curve: Curve) -> dict[bytes, bytes]:
    """Write the tags of a profile that is a matrix and a curve (ICC.1:2022, 8.3.3)."""
    columns = transposed(adapted_to_d50(xyz_matrix(primaries), white=xyz(primaries.white)))
    curve_tag = b"para" + bytes(4) + struct.pack(">HH", FUNCTION_TYPES[len(curve)], 0) + fixed(*curve)
    return {
        b"desc": text_tag("declared in the picture"),
        b"cprt": text_tag("none"),
        b"wtpt": b"XYZ " + bytes(4) + fixed(*D50),
        **{name: b"XYZ " + bytes(4) + fixed(*column) for name, column in zip(COLUMN_TAGS, columns, strict=True)},
        **dict.fromkeys(CURVE_TAGS, curve_tag),
    }


def with_header(tags: dict[bytes, bytes]) -> bytes:
    """Put tags behind a header and their table (ICC.1:2022, 7.2 and 7.3)."""
    table, body = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, tag in tags.items():
        table += name + struct.pack(">II", start + len(body), len(tag))
        body += tag + bytes(-len(tag) % 4)
    head = struct.pack(">I4sI", start + len(body), bytes(4), 0x04300000) + b"mntrRGB XYZ " + bytes(12) + b"acsp"
    head += bytes(28) + fixed(*D50)
    return head.ljust(128, b"\0") + table + body


def text_tag(text: str) -> bytes:
    """Write a text as ICC holds it."""
    words = text.encode("utf-16-be")
    return b"mluc" + bytes(4) + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(words), 28) + words


def fixed(*numbers: float) -> bytes:
    """Write numbers in 16.16 fixed point; raise `OverflowError` where one is too large for that."""
    scaled = [round(number * 65536) for number in numbers]
    if any(abs(number) >= 2**31 for number in scaled):
        raise OverflowError
    return struct.pack(f">{len(scaled)}i", *scaled)


def xyz(point: Point) -> Vector:
    """Give a chromaticity with luminance 1 in XYZ."""
    x, y = point
    return (x / y, 1.0, (1 - x - y) / y)


def xyz_matrix(primaries: Primaries) -> Matrix:
    """Give the matrix from linear RGB to XYZ, white at luminance 1."""
    columns = [(x, y, 1 - x - y) for x, y in (primaries.red, primaries.green, primaries.blue)]
    directions = transposed((columns[0], columns[1], columns[2]))
    scale = applied(inverse(directions), xyz(primaries.white))
    return scaled_columns(directions, scale)


def adapted_to_d50(matrix: Matrix, *, white: Vector) -> Matrix:
    """Adapt colours seen under a white to ICC's white (Bradford)."""
    seen, wanted = applied(BRADFORD, white), applied(BRADFORD, D50)
    gains = (wanted[0] / seen[0], wanted[1] / seen[1], wanted[2] / seen[2])
    adaptation = product(scaled_columns(inverse(BRADFORD), gains), BRADFORD)
    return product(adaptation, matrix)


def applied(matrix: Matrix, vector: Vector) -> Vector:
    """Multiply a matrix with a vector."""
    one, two, three = (sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)
    return (one, two, three)


def transposed(matrix: Matrix) -> Matrix:
    """Swap rows and columns."""
    one, two, three = zip(*matrix, strict=True)
    return (one, two, three)


def product(left: Matrix, right: Matrix) -> Matrix:
    """Multiply two matrices."""
    one, two, three = (applied(left, column) for column in transposed(right))
    return transposed((one, two, three))


def scaled_columns(matrix: Matrix, factors: Vector) -> Matrix:
    """Multiply each column with a factor."""
    one, two, three = ((a * factors[0], b * factors[1], c * factors[2]) for a, b, c in matrix)
    return (one, two, three)


def inverse(matrix: Matrix) -> Matrix:
    """Invert a matrix; raise `ZeroDivisionError` where it has no inverse."""
    (a, b, c), (d, e, f), (g, h, i) = matrix
    determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    if abs(determinant) < SMALLEST_DETERMINANT:
        raise ZeroDivisionError
    rows = (
        (e * i - f * h, c * h - b * i, b * f - c * e),
        (f * g - d * i, a * i - c * g, c * d - a * f),
        (d * h - e * g, b * g - a * h, a * e - b * d),
    )
    one, two, three = ((x / determinant, y / determinant, z / determinant) for x, y, z in rows)
    return (one, two, three)
