"""Fashion portraits: head and shoulders with hair, hat and jewellery, in flat elegant shapes."""

from __future__ import annotations

import numpy as np

from scoring.sketch.canvas import Linear, Radial
from scoring.sketch.colour import Colour, mix
from scoring.sketch.fashion.figure import SKINS
from scoring.sketch.fashion.textile import cloth_image, half_to_whole
from scoring.sketch.geometry import XY, Points, arc, closed, curve, ellipse, placed, points, ribbon
from scoring.sketch.stage import Stage

SHOULDERS = ((0.055, -0.1), (0.075, -0.055), (0.2, -0.015), (0.29, 0.07), (0.33, 0.24), (0.34, 0.5))
FACE = ((0.0, -0.42), (0.075, -0.4), (0.105, -0.32), (0.1, -0.23), (0.068, -0.155), (0.0, -0.118))
HAIR = {
    "bob": ((0.0, -0.49), (0.1, -0.475), (0.155, -0.39), (0.165, -0.27), (0.15, -0.15), (0.1, -0.16)),
    "long": ((0.0, -0.48), (0.1, -0.46), (0.145, -0.37), (0.15, -0.22), (0.18, -0.03), (0.16, 0.14), (0.09, 0.1)),
    "crop": ((0.0, -0.47), (0.085, -0.46), (0.128, -0.39), (0.122, -0.31), (0.1, -0.3)),
    "cloud": ((0.0, -0.56), (0.13, -0.54), (0.21, -0.44), (0.22, -0.31), (0.17, -0.22), (0.1, -0.22)),
}


def draw_portrait(stage: Stage) -> None:
    """Draw one sitter before a disc, with foliage or stripes behind."""
    stage.paint_backdrop(0.96, 0.6)
    centre = (stage.middle[0], stage.sheet.height * 0.66)
    _paint_ground(stage, centre)
    rng = stage.rng("sitter")
    skin = SKINS[int(rng.integers(len(SKINS)))]
    if stage.parts.attributes.palette == "monochrome":
        skin = stage.tone(0.72)
    skin = mix(skin, stage.tone(0.5), 0.12)
    style = list(HAIR)[int(rng.integers(len(HAIR)))]
    hair = (stage.tone(0.04), stage.tone(0.22), stage.accent(3, 0.35))[int(rng.integers(3))]
    stage.sheet.fill(_whole(HAIR[style], centre), ink=_shaded(stage, hair, centre))
    _paint_shoulders(stage, centre, skin)
    _paint_face(stage, centre, skin)
    _paint_fringe(stage, centre, hair)
    if "hat" in stage.parts.subject.casefold() or rng.random() < 0.4:
        _paint_hat(stage, centre)
    _paint_earrings(stage, centre)


def _whole(half: tuple[XY, ...], centre: XY) -> Points:
    """Mirror a smooth right half and move it into place."""
    return placed(half_to_whole(curve(half)), centre)


def _shaded(stage: Stage, colour: Colour, centre: XY) -> Linear:
    """Light a colour from the light's side."""
    side = -1 if stage.light[0] <= centre[0] else 1
    lit, dark = mix(colour, stage.tone(1.0), 0.22), mix(colour, stage.tone(0.0), 0.35)
    return Linear((lit, colour, dark), (centre[0] + side * 0.2, 0), (centre[0] - side * 0.2, 0))


def _paint_ground(stage: Stage, centre: XY) -> None:
    """Paint the disc and the leaves or bars behind the sitter."""
    rng = stage.rng("ground")
    x, y = centre[0], centre[1] - 0.26
    for index in range(stage.count(16, 0)):
        angle = rng.uniform(0, 2 * np.pi)
        root = (x + 0.2 * np.cos(angle), y + 0.2 * np.sin(angle))
        tip = (x + rng.uniform(0.42, 0.62) * np.cos(angle), y + rng.uniform(0.42, 0.62) * np.sin(angle))
        blade = ribbon(curve([root, tip]), [0.01, rng.uniform(0.04, 0.1), 0.002])
        stage.sheet.fill(blade, ink=mix(stage.accent(index), stage.tone(0.5), 0.35))
    back = mix(stage.accent(1), stage.tone(0.95), 0.15)
    ink = Linear((mix(back, stage.tone(1.0), 0.35), back), (x, y - 0.36), (x, y + 0.36))
    stage.sheet.fill(ellipse((x, y), 0.36), ink=ink)


def _paint_shoulders(stage: Stage, centre: XY, skin: Colour) -> None:
    """Paint neck and shoulders, dressed in cloth with an open collar."""
    neck = ribbon(points((centre[0], centre[1] - 0.2), (centre[0], centre[1] + 0.02)), [0.1, 0.11, 0.15])
    stage.sheet.fill(neck, ink=_shaded(stage, mix(skin, stage.tone(0.0), 0.14), centre))
    cloth = (stage.accent(0), stage.tone(0.95), stage.accent(2, 0.2))
    outline = _whole(SHOULDERS, centre)
    stage.sheet.fill(outline, ink=cloth_image(stage, "portrait", cloth))
    side = -1 if stage.light[0] <= centre[0] else 1
    shade = Linear((stage.tone(0.0), cloth[0]), (centre[0] - side * 0.34, 0), (centre[0] + side * 0.2, 0))
    stage.sheet.fill(outline, ink=shade, opacity=0.3)
    collar = closed([(-0.075, -0.07), (0.075, -0.07), (0.045, 0.02), (0.0, 0.09), (-0.045, 0.02)])
    stage.sheet.fill(placed(collar, centre), ink=_shaded(stage, skin, centre))
    for index in range(stage.count(2, 0)):
        line = arc((centre[0], centre[1] - 0.1), 0.085 + 0.024 * index, 0.5, np.pi - 0.5)
        stage.sheet.stroke(line, width=0.006, ink=stage.accent(index + 1))


def _paint_face(stage: Stage, centre: XY, skin: Colour) -> None:
    """Paint the face: lit skin, closed lids, a nose line and lips."""
    x, y = centre
    side = -1 if stage.light[0] <= x else 1
    hot = (x + side * 0.05, y - 0.33)
    ink = Radial(
        (mix(skin, (255, 255, 255), 0.25), skin, mix(skin, stage.tone(0.0), 0.25)), hot, (hot[0] - side * 0.19, hot[1])
    )
    stage.sheet.fill(_whole(FACE, centre), ink=ink)
    dark = mix(skin, stage.palette.ramp(0.0), 0.75)
    for eye in (-1, 1):
        lid = curve([(x + eye * 0.022, y - 0.29), (x + eye * 0.043, y - 0.281), (x + eye * 0.066, y - 0.293)])
        brow = curve([(x + eye * 0.02, y - 0.322), (x + eye * 0.046, y - 0.332), (x + eye * 0.072, y - 0.322)])
        stage.sheet.stroke(lid, brow, width=0.0055, ink=dark)
        blush = ellipse((x + eye * 0.058, y - 0.232), 0.026, 0.018)
        stage.sheet.fill(blush, ink=stage.accent(1), opacity=0.3, blur=0.008)
    nose = curve([(x + side * 0.004, y - 0.3), (x - side * 0.014, y - 0.238), (x + side * 0.002, y - 0.23)])
    stage.sheet.stroke(nose, width=0.0035, ink=dark, opacity=0.6)
    lips = closed([(-0.03, -0.186), (-0.01, -0.195), (0, -0.19), (0.01, -0.195), (0.03, -0.186), (0.0, -0.17)])
    stage.sheet.fill(placed(lips, centre), ink=mix(stage.accent(0), stage.palette.ramp(0.15), 0.3))


def _paint_fringe(stage: Stage, centre: XY, hair: Colour) -> None:
    """Lay the hair that falls over the forehead."""
    sweep = float(stage.rng("parting").choice([-1.0, 1.0]))
    lock = closed(
        [(-0.112, -0.3), (-0.1, -0.4), (0.0, -0.46), (0.1, -0.4), (0.114, -0.31), (0.085, -0.36), (0.0, -0.39)]
    )
    stage.sheet.fill(placed(lock, centre, 1.0, sweep), ink=_shaded(stage, hair, centre))


def _paint_hat(stage: Stage, centre: XY) -> None:
    """Set a wide hat on the head, with a band."""
    kind = stage.rng("hat").random()
    colour = stage.accent(2)
    brim = ellipse((0, -0.395), 0.3 if kind < 0.6 else 0.18, 0.055 if kind < 0.6 else 0.03)
    crown = closed(
        [(-0.13, -0.4), (-0.125, -0.5), (-0.07, -0.56), (0.07, -0.56), (0.125, -0.5), (0.13, -0.4), (0, -0.38)]
    )
    band = closed([(-0.131, -0.41), (-0.131, -0.44), (0.131, -0.44), (0.131, -0.41), (0, -0.39)])
    tilt = [placed(shape, centre) for shape in (brim, crown, band)]
    stage.sheet.fill(tilt[0] + np.asarray((0.0, 0.014)), ink=stage.tone(0.0), opacity=0.35, blur=0.01)
    stage.sheet.fill(tilt[0], ink=_shaded(stage, mix(colour, stage.tone(0.0), 0.12), centre))
    stage.sheet.fill(tilt[1], ink=_shaded(stage, colour, centre))
    stage.sheet.fill(tilt[2], ink=stage.tone(0.06))


def _paint_earrings(stage: Stage, centre: XY) -> None:
    """Hang earrings, longer the denser the picture."""
    for side in (-1, 1):
        for index in range(stage.count(3)):
            at = (centre[0] + side * 0.112, centre[1] - 0.225 + 0.036 * index)
            stage.sheet.fill(ellipse(at, 0.015 + 0.004 * index), ink=stage.accent(index + 1))
