"""What the camera adds to a scene: people for scale, black bars, dark things in the foreground."""

from __future__ import annotations

import numpy as np

from scoring.sketch.canvas import Camera
from scoring.sketch.colour import Colour
from scoring.sketch.geometry import XY, Points, curve, ellipse, moved, points, rectangle, ribbon
from scoring.sketch.stage import Stage


def crown_film(stage: Stage) -> None:
    """Frame the shot with a dark window, then lay the bars of the wide format."""
    sheet = stage.sheet
    scene_camera, sheet.camera = sheet.camera, Camera(focus=(0, 0))
    if stage.parts.attributes.composition == "framed":
        _paint_window(stage)
    bar = max(0.0, (sheet.height - sheet.width / 1.6) / 2)
    if stage.parts.attributes.viewpoint in {"wide", "eye-level", "low-angle"} and bar:
        bar = min(bar, 0.11 * sheet.height)
        top = rectangle(0, 0, sheet.width, bar)
        sheet.fill(top, moved(top, 0, sheet.height - bar), ink=(9, 9, 11))
    sheet.camera = scene_camera


def _paint_window(stage: Stage) -> None:
    """Look out through an arch or the panes of a window."""
    wide, tall = stage.sheet.width, stage.sheet.height
    dark = stage.palette.ramp(0.0)
    edge = 0.13
    if stage.rng("window").random() < 0.5:
        for bar in (0.5,):
            stage.sheet.fill(rectangle(wide * bar - 0.012, 0, wide * bar + 0.012, tall), ink=dark)
        stage.sheet.fill(rectangle(0, tall * 0.36, wide, tall * 0.36 + 0.016), ink=dark)
        hole = rectangle(edge, edge, wide - edge, tall - edge)
    else:
        crown = ellipse((wide / 2, edge + wide / 2 - edge), wide / 2 - edge)
        arch = crown[crown[:, 1] <= edge + wide / 2 - edge + 1e-6]
        arch = arch[np.argsort(arch[:, 0])]
        hole = np.concatenate([arch, points((wide - edge, tall - edge), (edge, tall - edge))])
    outside = rectangle(-0.01, -0.01, wide + 0.01, tall + 0.01)
    ring = np.concatenate([outside, outside[:1], hole, hole[:1]])
    stage.sheet.fill(ring, ink=dark)


def person(at: XY, height: float) -> Points:
    """Give a figure in a long coat, standing at a point and seen from behind."""
    right = curve([(0.035, -0.9), (0.05, -0.84), (0.12, -0.79), (0.14, -0.6), (0.15, -0.36), (0.17, -0.24)])
    legs = points((0.09, -0.24), (0.075, 0.0), (0.02, 0.0), (0.012, -0.24))
    half = np.concatenate([right, legs])
    body = np.concatenate([half, (half * (-1, 1))[::-1]])
    head = ellipse((0, -0.94), 0.055, 0.07, 24)
    joined = np.concatenate([body, body[:1], head, head[:1], body[:1]])
    return np.asarray(joined * height + at)


def paint_person(stage: Stage, at: XY, height: float, colour: Colour) -> None:
    """Stand a figure in the scene with the shadow or reflection at its feet."""
    away = -1 if stage.light[0] > at[0] else 1
    shadow = ribbon(curve([at, (at[0] + away * height * 0.5, at[1] + height * 0.16)]), [height * 0.2, height * 0.12])
    stage.sheet.fill(shadow, ink=stage.palette.ramp(0.0), opacity=0.35, blur=0.004)
    stage.sheet.fill(person(at, height), ink=colour)
    stage.sheet.fill(ellipse((at[0], at[1] - 0.94 * height), 0.055 * height, 0.07 * height, 24), ink=colour)
