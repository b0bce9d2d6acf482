"""What the codecs of pictures are known to raise, on files that are malformed and on pictures that they cannot hold."""

import struct
import zlib

from PIL import Image as Pillow

CODEC_ERRORS = (
    OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, ArithmeticError, MemoryError, RuntimeError,
    AssertionError, AttributeError, BufferError, SystemError, struct.error, zlib.error, Pillow.DecompressionBombError,
)  # fmt: skip
