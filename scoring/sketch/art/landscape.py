"""Painted landscapes: rolling hills, mountains over a lake, the open sea."""

from __future__ import annotations

import numpy as np

from scoring.sketch.canvas import Linear
from scoring.sketch.colour import mix
from scoring.sketch.geometry import Points, curve, moved, points, ribbon
from scoring.sketch.nature import (
    paint_birds,
    paint_fog,
    paint_range,
    paint_sky,
    paint_snow,
    paint_trees,
    paint_water,
)
from scoring.sketch.stage import Stage


def draw_hills(stage: Stage) -> None:
    """Draw fields over rolling hills, with a lane and trees."""
    paint_sky(stage)
    horizon, depth = stage.horizon, stage.sheet.height - stage.horizon + 0.1
    layers = stage.count(5, 3)
    paint_range(stage, horizon, 0.16, 0.46, 1.0, "far hills")
    for layer in range(layers):
        near = (layer + 1) / layers
        level = horizon + 0.02 + depth * 0.62 * near**1.3
        crest = _paint_field(stage, level, 0.07 + 0.05 * near, 1 - near, layer)
        trees = stage.count(14 - 7 * near, 0 if stage.sparse() else 1)
        paint_trees(stage, crest, trees, 0.04 + 0.13 * near, stage.far(stage.tone(0.04), 0.7 * (1 - near)))
    paint_birds(stage)


def _paint_field(stage: Stage, level: float, height: float, distance: float, index: int) -> Points:
    """Paint one hill in its own colour, with furrows that follow it."""
    crest = paint_range(stage, level, height, 0.36, distance, f"field{index}")
    own = mix(stage.tone(0.2 + 0.45 * distance), stage.accent(index, 0.45 - 0.3 * distance), 0.6)
    colour = stage.far(own, distance * 0.8)
    _, _, _, bottom = stage.sheet.bounds()
    lit, shade = mix(colour, stage.tone(0.95), 0.28), mix(colour, stage.tone(0.1), 0.4)
    body = np.concatenate([crest, points((crest[-1, 0], bottom), (crest[0, 0], bottom))])
    stage.sheet.fill(body, ink=Linear((lit, colour, shade), (0, level - height), (0, level + 0.3)))
    for row in range(stage.count(6, 0 if stage.sparse() else 2)):
        drop = 0.012 + 0.02 * (row + 1) * (1.3 - distance) ** 2 * (1 + 0.25 * row)
        stage.sheet.stroke(moved(crest, 0, drop), width=0.0025, ink=shade, opacity=0.35)
    return crest


def draw_mountains(stage: Stage) -> None:
    """Draw snow-capped mountains above a lake."""
    paint_sky(stage)
    horizon = stage.horizon
    ranges = stage.count(3, 2)
    for index in range(ranges):
        distance = 1 - 0.7 * (index + 1) / ranges
        level = horizon - 0.03 + 0.03 * index
        height = 0.3 - 0.14 * (1 - distance)
        crest = paint_range(stage, level, height, 0.56, distance, f"peaks{index}")
        if index < 2:
            paint_snow(stage, crest, level - height * 0.2, distance, f"snow{index}")
        paint_fog(stage, level, 0.05, 0.3 + 0.3 * stage.mood.haze)
    paint_water(stage, horizon + 0.03)
    shore = paint_range(stage, stage.sheet.height + 0.02, 0.07, 0.45, 0.0, "shore")
    paint_trees(stage, shore, stage.count(16, 2), 0.24, stage.tone(0.03))


def draw_sea(stage: Stage) -> None:
    """Draw the open sea, sails on it and waves rolling in."""
    paint_sky(stage, 0.1)
    paint_water(stage, stage.horizon)
    rng = stage.rng("sails")
    for _ in range(stage.count(4)):
        depth = rng.random()
        _paint_boat(stage, float(rng.uniform(0.1, 0.9)) * stage.sheet.width, depth)
    waves = stage.count(7, 2)
    for wave in range(waves):
        _paint_wave(stage, (wave + 1) / waves, wave)
    paint_birds(stage)


def _paint_boat(stage: Stage, x: float, depth: float) -> None:
    """Set one sailing boat on the water, bigger when nearer."""
    size, y = 0.04 + 0.12 * depth, stage.horizon + 0.012 + 0.1 * depth
    hull = curve([(x - size * 0.5, y - 0.1 * size), (x, y + 0.07 * size), (x + size * 0.55, y - 0.12 * size)])
    main = curve(
        [(x + size * 0.04, y - size * 1.25), (x + size * 0.34, y - size * 0.5), (x + size * 0.42, y - size * 0.16)]
    )
    main = np.concatenate([main, points((x + size * 0.04, y - size * 0.16))])
    jib = points(
        (x - size * 0.02, y - size * 1.1), (x - size * 0.02, y - size * 0.16), (x - size * 0.4, y - size * 0.16)
    )
    stage.sheet.fill(hull, ink=stage.far(stage.tone(0.08), 0.5 * (1 - depth)))
    stage.sheet.fill(main, ink=stage.tone(0.98))
    stage.sheet.fill(jib, ink=stage.accent(1))
    stage.sheet.fill(main * (1, -0.6) + (0, 1.6 * y + 0.02), ink=stage.tone(0.9), opacity=0.18)


def _paint_wave(stage: Stage, near: float, index: int) -> None:
    """Roll one wave in, with foam on its crest."""
    left, _, right, bottom = stage.sheet.bounds()
    rng = stage.rng(f"wave{index}")
    level = stage.horizon + 0.06 + (stage.sheet.height - stage.horizon) * near**1.2
    x = np.linspace(left, right, 90)
    swell = np.sin(x * rng.uniform(5, 9) + rng.uniform(0, 6)) + 0.5 * np.sin(x * rng.uniform(11, 17))
    crest = np.stack([x, level - 0.012 * (0.5 + 1.6 * near) * swell], axis=1)
    body = np.concatenate([crest, points((right, bottom), (left, bottom))])
    water = mix(stage.palette.ramp(0.3), stage.accent(index % 2, 0.35), 0.3)
    water = stage.far(mix(water, stage.tone(0.12), 0.55 * near), 0.6 * (1 - near))
    stage.sheet.fill(body, ink=Linear((mix(water, stage.air, 0.35), water), (0, level), (0, level + 0.1)))
    widths = 0.003 + 0.01 * near * rng.random(12)
    stage.sheet.fill(ribbon(crest, widths), ink=stage.tone(1.0), opacity=0.75)
