"""Decode pictures that anybody may have sent: limits first, then the pixels that an encoder reads."""

import struct
import threading
import warnings
import zlib
from contextlib import AbstractContextManager, nullcontext
from io import BytesIO

from PIL import Image

from scoring.ml.encoders import read_image
from scoring.server.limits import PICTURE_BYTES, PICTURE_PIXELS, PICTURE_SIDE, SMALL_PIXELS

FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF")
CODEC_ERRORS = (  # what Pillow's readers are known to raise on malformed files
    *(OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, ArithmeticError, MemoryError, RuntimeError),
    *(AssertionError, AttributeError, BufferError, SystemError, struct.error, zlib.error),
    Image.DecompressionBombError,
)
one_at_a_time = threading.Lock()  # for large pictures: each takes hundreds of MiB while it is decoded

# The limit of pixels is lower than Pillow's own, and refuses where Pillow only warns.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)


class PictureError(ValueError):
    """A picture that cannot be read, and why, in words that go on with its name."""


def read_picture(content: bytes) -> Image.Image:
    """Decode to upright RGB; raise `PictureError` for what is too large, damaged, or no picture."""
    opened = open_picture(content)
    with turn_of(opened):
        try:
            return read_image(opened)
        except CODEC_ERRORS as error:
            raise PictureError("is damaged: export or download it again.") from error


def open_picture(content: bytes) -> Image.Image:
    """Read the header and refuse by what it says, before a single pixel is decoded."""
    if not content:
        raise PictureError("is empty.")
    if len(content) > PICTURE_BYTES:
        raise PictureError(f"is larger than {PICTURE_BYTES // 2**20} MiB: scale it down.")
    try:
        opened = Image.open(BytesIO(content), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise PictureError(too_large()) from error
    except CODEC_ERRORS as error:
        raise PictureError(f"is none of the formats {', '.join(FORMATS)}, or damaged.") from error
    if opened.width * opened.height > PICTURE_PIXELS or max(opened.size) > PICTURE_SIDE:
        raise PictureError(too_large())
    return opened


def is_large(content: bytes) -> bool:
    """Tell by its header whether a picture is one of those that are decoded one after the other."""
    try:
        opened = open_picture(content)
    except PictureError:  # nothing of it is decoded; who reads it says why
        return False
    return opened.width * opened.height > SMALL_PIXELS


def too_large() -> str:
    """Say how many pixels a picture may have."""
    return f"has more than {PICTURE_PIXELS // 1_000_000} million pixels or a side over {PICTURE_SIDE}: scale it down."


def turn_of(opened: Image.Image) -> AbstractContextManager[object]:
    """Let large pictures be decoded one after the other."""
    return one_at_a_time if opened.width * opened.height > SMALL_PIXELS else nullcontext()
