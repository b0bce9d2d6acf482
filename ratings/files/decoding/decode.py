"""Decode the bytes of one file into the pixels that are kept of it."""

import logging
import warnings
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.utils.translation import gettext_lazy as staff_gettext_lazy
from PIL import Image as Pillow
from PIL import ImageOps, _imaging

from ratings.exceptions import ImageRejectedError
from ratings.files.decoding.colours import declared_profile, in_srgb
from ratings.files.decoding.errors import CODEC_ERRORS
from ratings.files.decoding.frames import WHITE, frame_count, go_to_frame
from ratings.files.decoding.png import SIGNATURE, png_profile, read_png
from ratings.files.decoding.unreadable import DAMAGED, unreadable_reason
from ratings.sentences import staff_gettext

FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF")
MAX_BYTES = 32 * 1024 * 1024
MAX_PIXELS = 50_000_000
MAX_SIDE = 16_383  # what WebP can hold
MIN_SIDE = 8
MEBIBYTE = 1024 * 1024
BYTE = 8
DEEP_GREY = 65_535  # white in 16 bits
GREY_MODES = frozenset({"1", "L", "LA"})
TOO_LITTLE_MEMORY = staff_gettext_lazy(
    "it could not be decoded within the memory there is; scale it down, or export it again"
)

# The limit of pixels is lower than Pillow's own, and refuses where Pillow only warns. Its other warnings stand in the
# report of the import, or do not matter, such as broken EXIF; their text names places on this machine.
warnings.filterwarnings("ignore", category=Pillow.DecompressionBombWarning)
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")
logging.getLogger("PIL").setLevel(logging.ERROR)
# In blocks of this size a large picture goes back to the system once it is let go; in Pillow's 16 MiB it stays with
# the thread that decoded it, and each thread of a pool comes to hold the largest that it ever had.
_imaging.set_block_size(64 * MEBIBYTE)


@dataclass(frozen=True, kw_only=True)
class Flattening:
    """What was left behind of a file: other frames, and transparency."""

    frame: int  # the one that is kept, counted from 0
    frames: int
    is_on_white: bool  # it had transparent parts

    @property
    def is_animated(self) -> bool:
        """Tell whether there were other frames."""
        return self.frames > 1


@dataclass(frozen=True, kw_only=True)
class Decoded:
    """A picture's pixels, and what was left behind on the way to them."""

    picture: Pillow.Image
    flattening: Flattening


@dataclass(frozen=True, kw_only=True)
class OpenedPicture:
    """A file opened as a picture, and the colours it declares."""

    picture: Pillow.Image
    profile: bytes
    depth: int = BYTE  # bits of a sample
    is_grey: bool = False  # all channels are alike, even where they were decoded as colours

    @property
    def pixels(self) -> int:
        """Count its pixels."""
        return self.picture.width * self.picture.height


def reject_large_file(*, size: int) -> None:
    """Refuse a file by its size before its bytes are read."""
    if size > MAX_BYTES:
        raise ImageRejectedError(
            staff_gettext(
                "it is {size} MiB large; save it with fewer pixels or more compression, at most {max_bytes} MiB"
            ).format(size=f"{size / MEBIBYTE:.0f}", max_bytes=MAX_BYTES // MEBIBYTE)
        )


def decode(*, content: bytes) -> Decoded:
    """Decode to upright RGB pixels in sRGB, transparent parts on white: all that is kept of a file."""
    return decode_opened(open_picture(content=content))


def decode_opened(opened: OpenedPicture) -> Decoded:
    """Decode the pixels of a file whose header was read."""
    try:
        frame = go_to_frame(opened.picture)
        frames = frame_count(opened.picture)
        pixels, alpha = separated(upright(opened.picture), source=opened)
        picture, is_on_white = on_white(in_srgb(pixels, profile=opened.profile), alpha=alpha)
    except MemoryError as error:
        raise ImageRejectedError(str(TOO_LITTLE_MEMORY)) from error
    except CODEC_ERRORS as error:
        raise ImageRejectedError(str(DAMAGED)) from error
    return Decoded(picture=picture, flattening=Flattening(frame=frame, frames=frames, is_on_white=is_on_white))


def open_picture(*, content: bytes) -> OpenedPicture:
    """Read the header, and how the colours are declared; raise `ImageRejectedError` for what is no picture to keep."""
    if not content:
        raise ImageRejectedError(staff_gettext("the file is empty; export or download it again"))
    reject_large_file(size=len(content))
    opened = opened_by_format(content=content)
    reject_unfit_size(width=opened.picture.width, height=opened.picture.height)
    return opened


def opened_by_format(*, content: bytes) -> OpenedPicture:
    """Open a file by its format, a PNG without what is not needed of it."""
    try:
        if content.startswith(SIGNATURE):
            png = read_png(content)
            picture = Pillow.open(BytesIO(png.content), formats=FORMATS)
            return OpenedPicture(
                picture=picture, profile=png_profile(png.colours), depth=png.depth, is_grey=png.is_grey
            )
        picture = Pillow.open(BytesIO(content), formats=FORMATS)
        return OpenedPicture(picture=picture, profile=declared_profile(picture=picture, content=content))
    except Pillow.DecompressionBombError as error:
        raise ImageRejectedError(too_many_pixels()) from error
    except CODEC_ERRORS as error:
        raise ImageRejectedError(unreadable_reason(content)) from error


def too_many_pixels() -> str:
    """Say how many pixels a picture may have."""
    return staff_gettext("it has more than {most} million pixels or a side over {max_side}; scale it down").format(
        most=MAX_PIXELS // 1_000_000, max_side=MAX_SIDE
    )


def reject_unfit_size(*, width: int, height: int) -> None:
    """Refuse by the size in the header, before a single pixel is decoded."""
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise ImageRejectedError(too_many_pixels())
    if min(width, height) < MIN_SIDE:
        raise ImageRejectedError(
            staff_gettext(
                "it is only {width} by {height} pixels; use a picture of at least {min_side} by {min_side}"
            ).format(width=width, height=height, min_side=MIN_SIDE)
        )


def upright(picture: Pillow.Image) -> Pillow.Image:
    """Turn as EXIF says."""
    try:
        return ImageOps.exif_transpose(picture)
    except CODEC_ERRORS:  # broken EXIF says nothing
        return picture


def separated(picture: Pillow.Image, *, source: OpenedPicture) -> tuple[Pillow.Image, Pillow.Image | None]:
    """Set opacity apart from pixels, which become grey, RGB or CMYK in 8 bits; None where all is opaque."""
    if picture.mode.startswith("I"):
        return deep_grey(picture)
    if source.depth != BYTE and "transparency" in picture.info:
        picture.info["transparency"] = in_bytes(picture.info["transparency"], mode=picture.mode, depth=source.depth)
    if picture.has_transparency_data or picture.mode == "1":
        full = picture.convert("RGBA")
        is_grey = source.is_grey or picture.mode in GREY_MODES
        return full.getchannel("R") if is_grey else full.convert("RGB"), full.getchannel("A")
    return picture if picture.mode in {"L", "RGB", "CMYK"} else picture.convert("RGB"), None


def in_bytes(clear: Any, *, mode: str, depth: int) -> Any:
    """Bring the shade that is declared transparent to 8 bits, as the pixels were brought there."""
    if mode == "L":
        return clear * 255 // (2**depth - 1)
    return tuple(value >> (depth - BYTE) for value in clear) if mode == "RGB" and depth > BYTE else clear


def deep_grey(picture: Pillow.Image) -> tuple[Pillow.Image, Pillow.Image | None]:
    """Bring 16-bit grey down to 8 bits; of the shade that is declared transparent, the opacity."""
    grey = picture.convert("I")
    pixels = grey.point([round(value / 257) for value in range(DEEP_GREY + 1)], "L")
    clear = picture.info.get("transparency")
    if not isinstance(clear, int):
        return pixels, None
    return pixels, grey.point([0 if value == clear else 255 for value in range(DEEP_GREY + 1)], "L")


def on_white(picture: Pillow.Image, *, alpha: Pillow.Image | None) -> tuple[Pillow.Image, bool]:
    """Lay transparent parts on white, as viewers show them; tell whether there were any."""
    if alpha is None or alpha.getextrema()[0] == 255:  # noqa: PLR2004 - opaque
        return picture, False
    ground = Pillow.new("RGB", picture.size, WHITE)
    ground.paste(picture, mask=alpha)
    return ground, True
