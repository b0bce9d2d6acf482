"""Read what a PNG says beside its pixels, and leave out what no viewer needs for them, such as texts of any length."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from ratings.exceptions import ImageRejectedError
from ratings.files.decoding.profiles import (
    BROADCAST_CURVE,
    SRGB,
    SRGB_CURVE,
    UNSPECIFIED,
    CodePoints,
    Primaries,
    made_profile,
    profile_of_points,
)
from ratings.sentences import staff_gettext

SIGNATURE = b"\x89PNG\r\n\x1a\n"
NEEDED = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"acTL", b"fcTL", b"fdAT", b"eXIf"})
COLOURS = frozenset({b"cICP", b"iCCP", b"sRGB", b"gAMA", b"cHRM"})
APPLE = b"CgBI"  # Apple's own variant, in which no other software reads the pixels
OUTSIDE_DATA = 12  # bytes of a chunk beside its data: length, kind and checksum
GREY_TYPES = (0, 4)  # without and with opacity
MAX_PROFILE = 16 * 1024 * 1024
USUAL_GAMMA = 1 / 2.2
GAMMA_TOLERANCE = 0.05  # a share; libpng's PNG_GAMMA_THRESHOLD, below which a gamma counts as the usual one
LARGEST_GAMMA = 100.0


@dataclass(frozen=True, kw_only=True)
class Png:
    """A PNG taken apart: what is needed for its pixels, and what it says of their colours."""

    content: bytes
    depth: int  # bits of a sample
    is_grey: bool
    colours: dict[bytes, bytes]


def read_png(content: bytes) -> Png:
    """Take a PNG apart; what is damaged stays as it is for the decoder to judge."""
    view = memoryview(content)
    kept: list[memoryview] = [view[: len(SIGNATURE)]]
    colours: dict[bytes, bytes] = {}
    for kind, start, end in chunks(view):
        if kind == APPLE:
            raise ImageRejectedError(
                staff_gettext("it is a PNG in Apple's own variant (CgBI); export it as a plain PNG")
            )
        if kind in COLOURS:
            colours.setdefault(kind, bytes(view[start + 8 : end - 4]))
        elif kind in NEEDED or not kind:
            kept.append(view[start:end])
    depth, colour_type = content[24:26].ljust(2, b"\0")  # of the header, which comes first
    return Png(content=b"".join(kept), depth=depth, is_grey=colour_type in GREY_TYPES, colours=colours)


def chunks(view: memoryview) -> Iterator[tuple[bytes, int, int]]:
    """Give the kind, start and end of each chunk (PNG, third edition, 5.3); of what is cut off no kind."""
    start = len(SIGNATURE)
    while start < len(view):
        head = bytes(view[start : start + 8])
        end = start + OUTSIDE_DATA + (struct.unpack(">I", head[:4])[0] if len(head) == 8 else len(view))  # noqa: PLR2004
        is_whole = end <= len(view)
        yield (head[4:] if is_whole else b""), start, min(end, len(view))
        start = end


def png_profile(colours: dict[bytes, bytes]) -> bytes:
    """Give the ICC profile of a PNG's colours, by the first of its chunks that counts (third edition, 4.3); or none."""
    try:
        points = code_points(colours.get(b"cICP", b""))
        if points is not None:
            return profile_of_points(points, broadcast=BROADCAST_CURVE)
        if b"iCCP" in colours:
            return unpacked_profile(colours[b"iCCP"])
        return b"" if b"sRGB" in colours else profile_of_gamma(colours)
    except struct.error:  # a chunk of another length than its kind has says nothing
        return b""


def code_points(chunk: bytes) -> CodePoints | None:
    """Read cICP; None where it is not there, or leaves either code point open."""
    if not chunk:
        return None
    primaries, transfer, matrix, is_full_range = struct.unpack(">4B", chunk)
    if primaries in UNSPECIFIED or transfer in UNSPECIFIED:
        return None
    if matrix or not is_full_range:
        raise ImageRejectedError(staff_gettext("its colours are declared as those of video (cICP); export it as sRGB"))
    return CodePoints(primaries=primaries, transfer=transfer)


def unpacked_profile(chunk: bytes) -> bytes:
    """Unpack iCCP; nothing where it is damaged."""
    _, _, packed = chunk.partition(b"\0")
    unpacking = zlib.decompressobj()
    try:
        profile = unpacking.decompress(packed[1:], MAX_PROFILE)
    except zlib.error:  # shown as viewers show it, as if sRGB
        return b""
    if unpacking.unconsumed_tail:
        raise ImageRejectedError(
            staff_gettext(
                "its colour profile is larger than {max_profile} MiB; convert it to sRGB and export it again"
            ).format(max_profile=MAX_PROFILE // 1024**2)
        )
    return profile


def profile_of_gamma(colours: dict[bytes, bytes]) -> bytes:
    """Make a profile of gAMA and cHRM; primaries without a gamma say nothing, the usual values mean sRGB."""
    if b"gAMA" not in colours:
        return b""
    gamma = struct.unpack(">I", colours[b"gAMA"])[0] / 100_000
    primaries = chromaticities(colours[b"cHRM"]) if b"cHRM" in colours else SRGB
    if not 1 / LARGEST_GAMMA < gamma < LARGEST_GAMMA:
        return b""
    is_usual = abs(gamma / USUAL_GAMMA - 1) < GAMMA_TOLERANCE
    if is_usual and primaries.is_close_to(SRGB):
        return made_profile(primaries=SRGB, curve=SRGB_CURVE)
    return made_profile(primaries=primaries, curve=(1 / gamma,))


def chromaticities(chunk: bytes) -> Primaries:
    """Read cHRM."""
    x = [number / 100_000 for number in struct.unpack(">8I", chunk)]
    return Primaries(white=(x[0], x[1]), red=(x[2], x[3]), green=(x[4], x[5]), blue=(x[6], x[7]))
