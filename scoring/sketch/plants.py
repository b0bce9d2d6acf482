"""Stems, leaves and flowers, for vases, gardens and studios."""

from __future__ import annotations

import numpy as np

from scoring.sketch.colour import Colour, mix
from scoring.sketch.geometry import XY, Points, curve, ellipse, turned
from scoring.sketch.stage import Stage


def paint_branch(stage: Stage, stem: Points, rng: np.random.Generator, bloom: Colour) -> None:
    """Paint a stem with leaves in pairs and a flower at its end."""
    green = mix(stage.tone(0.25), stage.accent(2, 0.3), 0.4)
    stage.sheet.stroke(stem, width=0.004, ink=mix(green, stage.tone(0.0), 0.3))
    size = float(np.hypot(*(stem[-1] - stem[0])))
    for step, place in enumerate(np.linspace(0.3, 0.95, stage.count(5, 2))):
        spot = int(place * (len(stem) - 2))
        heading = np.arctan2(*(stem[spot + 1] - stem[spot])[::-1])
        for side in (-1, 1):
            angle = heading + side * rng.uniform(0.6, 1.1)
            leaf = turned(leaf_shape(size * rng.uniform(0.16, 0.26)), angle) + stem[spot]
            shade = mix(green, stage.tone(0.95), 0.35 * ((step + (side > 0)) % 2))
            stage.sheet.fill(leaf, ink=shade)
    paint_flower(stage, (float(stem[-1, 0]), float(stem[-1, 1])), size * 0.14, bloom)


def leaf_shape(length: float) -> Points:
    """Give a leaf that points right from the origin."""
    upper = curve([(0, 0), (0.35 * length, -0.19 * length), (length, 0)])
    lower = curve([(length, 0), (0.35 * length, 0.19 * length), (0, 0)])
    return np.concatenate([upper, lower])


def paint_flower(stage: Stage, centre: XY, radius: float, colour: Colour) -> None:
    """Paint a flower of two rings of petals."""
    petals = 7
    for ring, share in enumerate((1.0, 0.62)):
        tint = mix(colour, stage.tone(1.0), 0.3 * ring)
        shapes = []
        for petal in range(petals):
            angle = 2 * np.pi * (petal + 0.5 * ring) / petals
            body = ellipse((radius * share * 0.55, 0), radius * share * 0.55, radius * share * 0.32, 20)
            shapes.append(turned(body, angle) + centre)
        stage.sheet.fill(*shapes, ink=tint)
    stage.sheet.fill(ellipse(centre, radius * 0.24), ink=stage.tone(0.12))
