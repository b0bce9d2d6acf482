"""Decode what is handed in as a picture: upright, in sRGB, on white; or say in one sentence why that cannot be."""

from ratings.files.decoding.decode import MAX_BYTES, Decoded, Flattening, decode, reject_large_file

__all__ = ["MAX_BYTES", "Decoded", "Flattening", "decode", "reject_large_file"]
