"""Decode what is imported as a picture: upright, in sRGB, on white; or say in one sentence why that cannot be."""

from ratings.files.decoding.budget import PixelBudget
from ratings.files.decoding.decode import (
    MAX_BYTES,
    MAX_PIXELS,
    Decoded,
    Flattening,
    decode,
    decode_opened,
    open_picture,
    reject_large_file,
)

__all__ = [
    "MAX_BYTES",
    "MAX_PIXELS",
    "Decoded",
    "Flattening",
    "PixelBudget",
    "decode",
    "decode_opened",
    "open_picture",
    "reject_large_file",
]
