"""Write the bytes of picture files as their specifications define them, where Pillow cannot be made to write them."""

import struct
import zlib
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import pytest
from PIL import Image as Pillow

from ratings.exceptions import ImageRejectedError
from ratings.files.decoding import decode

GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6  # colour types of PNG (third edition, 6.1)
P3_POINTS, SRGB_CURVE_POINT, PQ, HLG = 12, 13, 16, 18  # ITU-T H.273, tables 2 and 3
P3_CHROMATICITIES = (31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)
SRGB_CHROMATICITIES = (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
SIDE = 16
BROWN = (200, 100, 50)
# What Chromium 156 shows for BROWN in Display P3; `test_colours_in_chromium` asks the Chromium at hand.
BROWN_OF_P3 = (215, 93, 31)
EXACT: dict[str, dict[str, Any]] = {
    "PNG": {},
    "GIF": {},
    "JPEG": {"quality": 100},
    "WEBP": {"lossless": True},
    "AVIF": {"quality": 100},
}
Chunk = tuple[bytes, bytes]
P3: Chunk = (b"cICP", bytes((P3_POINTS, SRGB_CURVE_POINT, 0, 1)))


def chunk_bytes(kind: bytes, body: bytes) -> bytes:
    """Write one chunk: length, kind, data and checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_file(
    sample: Sequence[int], *extra: Chunk, colour_type: int = RGB, depth: int = 8, palette: bytes = b"", side: int = SIDE
) -> bytes:
    """Write a plain PNG of one pixel's samples, with further chunks before the pixels."""
    row = b"\0" + packed_row(sample, depth=depth, side=side)
    header = struct.pack(">IIBBBBB", side, side, depth, colour_type, 0, 0, 0)
    chunks = [(b"IHDR", header), *extra]
    if palette:
        chunks.insert(1 + sum(kind not in {b"tRNS"} for kind, _ in extra), (b"PLTE", palette))
    chunks += [(b"IDAT", zlib.compress(row * side)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk_bytes(kind, body) for kind, body in chunks)


def packed_row(sample: Sequence[int], *, depth: int, side: int) -> bytes:
    """Write a row of equal pixels."""
    if depth == 16:
        return struct.pack(f">{len(sample)}H", *sample) * side
    bits = "".join(f"{value:0{depth}b}" for value in sample) * side
    return int(bits, 2).to_bytes(len(bits) // 8)


def cicp(primaries: int, transfer: int, matrix: int = 0, full_range: int = 1) -> Chunk:
    """Declare code points (third edition, 11.3.2.6)."""
    return b"cICP", bytes((primaries, transfer, matrix, full_range))


def gama(value: int) -> Chunk:
    """Declare a gamma, in 100,000ths."""
    return b"gAMA", struct.pack(">I", value)


def chrm(values: tuple[int, ...]) -> Chunk:
    """Declare chromaticities of white, red, green and blue, in 100,000ths."""
    return b"cHRM", struct.pack(">8I", *values)


def trns(*shade: int) -> Chunk:
    """Declare one shade transparent."""
    return b"tRNS", struct.pack(f">{len(shade)}H", *shade)


def iccp(profile: bytes) -> Chunk:
    """Embed an ICC profile."""
    return b"iCCP", b"profile\0\0" + zlib.compress(profile)


def ztxt(keyword: bytes, text: bytes) -> Chunk:
    """Add a compressed text."""
    return b"zTXt", keyword + b"\0\0" + zlib.compress(text)


def itxt(keyword: bytes, text: bytes) -> Chunk:
    """Add a compressed international text."""
    return b"iTXt", keyword + b"\0\1\0\0\0" + zlib.compress(text)


def saved(picture: Pillow.Image, image_format: str, **save: Any) -> bytes:
    """Have Pillow write a picture."""
    out = BytesIO()
    picture.save(out, image_format, **save)
    return out.getvalue()


def plain(mode: str, colour: Any, *, side: int = SIDE) -> Pillow.Image:
    """Make a picture of one colour."""
    return Pillow.new(mode, (side, side), colour)


def avif_file(picture: Pillow.Image, *, primaries: int, transfer: int) -> bytes:
    """Write an AVIF and declare its colours in the `colr` property that Pillow wrote (ISO/IEC 23008-12, 6.5.5)."""
    content = saved(picture, "AVIF", quality=100, subsampling="4:4:4")
    place = content.index(b"colrnclx") + len(b"colrnclx")
    return content[:place] + struct.pack(">HH", primaries, transfer) + content[place + 4 :]


def avif_stream_file(picture: Pillow.Image, *, primaries: int, transfer: int, **save: Any) -> bytes:
    """Write an AVIF that declares its colours in the sequence header of its AV1 stream alone.

    Pillow's libaom writes there primaries 1, transfer 13 and matrix 6 as well: 24 bits that are found once.
    """
    content = saved(picture, "AVIF", **{"quality": 100, "subsampling": "4:4:4", **save})
    content = content.replace(b"colrnclx", b"freenclx")
    start = content.index(b"\x12\x00\x0a") + 3
    size = content[start]
    bits = f"{int.from_bytes(content[start + 1 : start + 1 + size]):0{8 * size}b}"
    written, wanted = (f"{one:08b}{other:08b}{6:08b}" for one, other in ((1, 13), (primaries, transfer)))
    assert bits.count(written) == 1
    header = int(bits.replace(written, wanted), 2).to_bytes(size)
    return content[: start + 1] + header + content[start + 1 + size :]


def box(kind: bytes, *parts: bytes) -> bytes:
    """Write a box of ISO's base media format (ISO/IEC 14496-12, 4.2)."""
    body = b"".join(parts)
    return struct.pack(">I", 8 + len(body)) + kind + body


def fading(*levels: float) -> list[Pillow.Image]:
    """Draw frames of one scene, each at a share of its brightness."""
    scene = Pillow.linear_gradient("L").resize((32, 24)).convert("RGB")
    return [scene.point(lambda value, level=level: value * level) for level in levels]


def animation(frames: list[Pillow.Image], image_format: str, **save: Any) -> bytes:
    """Have Pillow write an animation."""
    return saved(frames[0], image_format, save_all=True, append_images=frames[1:], duration=100, **save)


def decoded_pixel(content: bytes) -> tuple[int, ...]:
    """Decode and look at one pixel."""
    found = decode(content=content).picture.getpixel((5, 5))
    assert isinstance(found, tuple)
    return found


def assert_shows(content: bytes, expected: tuple[int, ...]) -> None:
    """Expect a colour, within what rounding and compression change."""
    shown = decoded_pixel(content)
    assert max(abs(one - two) for one, two in zip(shown, expected, strict=True)) <= 2, shown


def assert_refused(content: bytes, match: str) -> None:
    """Expect a refusal."""
    with pytest.raises(ImageRejectedError, match=match):
        decode(content=content)
