"""The last layers over a drawn scene: its light, its medium and its texture, in this order."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image

from scoring.sketch.colour import lookup_table
from scoring.sketch.medium import MEDIA
from scoring.sketch.noise import Field, clouds
from scoring.sketch.pixels import brightness
from scoring.sketch.stage import Stage
from scoring.sketch.texture import TEXTURES

HARMONY = np.float32(0.2)


def finish(stage: Stage, crown: Callable[[Stage], None]) -> Image.Image:
    """Give the finished picture; what `crown` draws keeps its edges whatever the medium."""
    values = stage.parts.attributes
    lit = _light(stage, _pixels(stage.sheet.image))
    stage.sheet.image = _picture(MEDIA[values.medium](stage, lit))
    crown(stage)
    return _picture(TEXTURES[values.texture](stage, _pixels(stage.sheet.image)))


def _pixels(image: Image.Image) -> Field:
    return np.asarray(image, dtype=np.float32) / np.float32(255)  # (h, w, 3)


def _picture(pixels: Field) -> Image.Image:
    return Image.fromarray((pixels.clip(0, 1) * 255 + 0.5).astype(np.uint8))


def _light(stage: Stage, pixels: Field) -> Field:
    """Expose, tint and shape the scene by its light."""
    mood = stage.mood
    size = stage.sheet.image.size
    tint = np.asarray(mood.tint, dtype=np.float32) * np.float32(mood.exposure)
    pixels = _toned(stage, pixels) * tint
    if mood.spot:
        pixels *= (1 - np.float32(mood.spot) * _falloff(stage, size))[..., None]
    if mood.contrast != 1.0:
        pixels = (pixels - np.float32(0.45)) * np.float32(mood.contrast) + np.float32(0.45)
    if mood.lift:
        haze = mood.lift * (0.4 + 1.1 * clouds(stage.rng("haze"), size, (2, 4), 3))
        air = np.asarray(stage.air, dtype=np.float32) / 255
        pixels += haze[..., None] * (air - pixels)
    return pixels.clip(0, 1).astype(np.float32)


def _toned(stage: Stage, pixels: Field) -> Field:
    """Draw every colour some way towards the palette's own tone of that brightness."""
    ramp = lookup_table(stage.palette.stops).astype(np.float32) / np.float32(255)
    tones = ramp[(brightness(pixels) * 255).astype(np.uint8)]
    return np.asarray(pixels + HARMONY * (tones - pixels), dtype=np.float32)


def _falloff(stage: Stage, size: tuple[int, int]) -> Field:
    """Give the distance from the light, squared and scaled to [0, 1]."""
    lit = stage.sheet.camera.project(np.asarray([stage.light]))[0]
    x = np.linspace(0, stage.sheet.width, 48, dtype=np.float32)[None, :] - np.float32(lit[0])
    y = np.linspace(0, stage.sheet.height, 48, dtype=np.float32)[:, None] - np.float32(lit[1])
    small = ((x * x + y * y) / np.float32(0.85)).clip(0, 1)
    return np.asarray(Image.fromarray(small).resize(size, Image.Resampling.BICUBIC))
