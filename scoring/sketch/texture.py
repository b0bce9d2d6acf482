"""Textures: the grain, paper, weave or brushwork that a finished picture shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from scoring.sketch.noise import Field, clouds, lattice, speckle
from scoring.sketch.pixels import brightness, relief, softened
from scoring.sketch.stage import Stage


def _leave_smooth(stage: Stage, pixels: Field) -> Field:
    """Add only the dither that keeps gradients from banding."""
    dither = speckle(stage.rng("grain"), stage.sheet.image.size) * np.float32(0.006)
    return pixels + dither[..., None]


def _add_grain(stage: Stage, pixels: Field) -> Field:
    """Add film grain, strongest in the middle tones."""
    grain = speckle(stage.rng("grain"), stage.sheet.image.size)
    coarse = softened(grain / np.float32(4), 1.0) * np.float32(8) + grain * np.float32(0.4)
    luma = brightness(pixels)
    strength = np.float32(0.022) + np.float32(0.1) * luma * (1 - luma)
    return np.asarray(pixels + (coarse * strength)[..., None], dtype=np.float32)


def _lay_on_paper(stage: Stage, pixels: Field) -> Field:
    """Show the fibres and the warmth of thick paper."""
    size = stage.sheet.image.size
    rng = stage.rng("paper")
    fibre = relief(lattice(rng, size, (260, 120)) + lattice(rng, size, (90, 300)))
    tooth = relief(softened(speckle(rng, size) / np.float32(4), 0.9) * 12)
    mottled = clouds(rng, size, (7, 7), 4) - np.float32(0.5)
    gain = 1 + np.float32(0.028) * fibre + np.float32(0.034) * tooth + np.float32(0.07) * mottled
    warm = np.asarray([1.01, 0.995, 0.955], dtype=np.float32)
    faded = pixels * np.float32(0.94) + np.float32(0.05)
    return np.asarray(faded * gain[..., None] * warm, dtype=np.float32)


def _lay_on_canvas(stage: Stage, pixels: Field) -> Field:
    """Show the over and under of a linen weave."""
    size = stage.sheet.image.size
    rng = stage.rng("canvas")
    pitch = np.float32(2 * np.pi / max(stage.sheet.unit / 150, 3.0))
    x = np.arange(size[0], dtype=np.float32)[None, :] * pitch
    y = np.arange(size[1], dtype=np.float32)[:, None] * pitch
    weave = np.sin(x) * np.cos(y / 2) + np.cos(x / 2) * np.sin(y)
    slub = lattice(rng, size, (8, 160)) + lattice(rng, size, (160, 8))
    gain = 1 + np.float32(0.065) * weave + np.float32(0.035) * slub
    return np.asarray(pixels * gain[..., None], dtype=np.float32)


def _brush_over(stage: Stage, pixels: Field) -> Field:
    """Drag a dry brush across in a gentle bow, leaving raised and bare streaks."""
    size = stage.sheet.image.size
    rng = stage.rng("brush")
    streaks = lattice(rng, size, (6, 170)) + lattice(rng, size, (11, 330)) * np.float32(0.8)
    bow = (lattice(rng, size, (2, 2)) * np.float32(stage.sheet.unit / 40)).astype(np.int32)
    rows = (np.arange(size[1])[:, None] + bow).clip(0, size[1] - 1)
    streaks = streaks[rows, np.arange(size[0])[None, :]]
    bare = ((streaks - np.float32(0.75)) * 3).clip(0, 1) * np.float32(0.12)
    gain = 1 + np.float32(0.032) * streaks + np.float32(0.022) * relief(streaks)
    return np.asarray(pixels * gain[..., None] + bare[..., None] * pixels, dtype=np.float32)


TEXTURES: Mapping[str, Callable[[Stage, Field], Field]] = MappingProxyType(
    {
        "smooth": _leave_smooth,
        "grainy": _add_grain,
        "paper": _lay_on_paper,
        "canvas": _lay_on_canvas,
        "brushed": _brush_over,
    }
)
