"""Operations on whole pictures of pixels in [0, 1] that media and textures share."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from scoring.sketch.noise import Field

LUMA = np.asarray([0.299, 0.587, 0.114], dtype=np.float32)


def brightness(pixels: Field) -> Field:
    """Give the luminance of every pixel."""
    return np.asarray(pixels @ LUMA, dtype=np.float32)


def softened(field: Field, radius: float) -> Field:
    """Blur a field with values in [-1, 1], in eighths of a bit for speed."""
    image = Image.fromarray((field.clip(-1, 1) * 127 + 128).astype(np.uint8))
    soft = image.filter(ImageFilter.GaussianBlur(radius))
    return (np.asarray(soft, dtype=np.float32) - 128) / np.float32(127)


def relief(height: Field) -> Field:
    """Give the light on a surface of this height from the upper left."""
    return np.asarray(height - np.roll(height, (2, 2), (0, 1)), dtype=np.float32)


def displaced(pixels: Field, across: Field, down: Field) -> Field:
    """Fetch every pixel from some pixels away."""
    rows, columns = pixels.shape[:2]
    x = np.arange(columns, dtype=np.int32)[None, :] + across.astype(np.int32)
    y = np.arange(rows, dtype=np.int32)[:, None] + down.astype(np.int32)
    place = y.clip(0, rows - 1) * columns + x.clip(0, columns - 1)
    return np.asarray(pixels.reshape(-1, 3).take(place, axis=0), dtype=np.float32)


def saturated(pixels: Field, gain: float) -> Field:
    """Move colours away from their grey, or towards it."""
    grey = brightness(pixels)[..., None]
    return np.asarray(grey + (pixels - grey) * np.float32(gain), dtype=np.float32)


def coordinates(pixels: Field) -> tuple[Field, Field]:
    """Give every pixel's column and row, ready to broadcast."""
    x = np.arange(pixels.shape[1], dtype=np.float32)[None, :]
    y = np.arange(pixels.shape[0], dtype=np.float32)[:, None]
    return x, y
