"""Film scenes in town: a skyline, a wet street at night, a room with a window."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter, ImageOps

from scoring.sketch.canvas import Linear
from scoring.sketch.cinema.lens import paint_person
from scoring.sketch.colour import Colour, mix
from scoring.sketch.geometry import XY, Points, ellipse, moved, points, rectangle
from scoring.sketch.nature import paint_fog, paint_sky
from scoring.sketch.stage import Stage


def draw_skyline(stage: Stage) -> None:
    """Draw towers in ranks behind each other, lit windows, and a river before them."""
    paint_sky(stage, 0.12)
    base = stage.horizon + 0.07
    ranks = stage.count(4, 2)
    for rank in range(ranks):
        near = (rank + 1) / ranks
        _paint_rank(stage, base + 0.02 * rank, near)
        paint_fog(stage, base, 0.09, 0.5 * (1 - near) + 0.15 * stage.mood.haze)
    reflect(stage, base + 0.02 * ranks)


def _paint_rank(stage: Stage, base: float, near: float) -> None:
    """Paint one row of towers."""
    rng = stage.rng(f"rank{near:.2f}")
    left, _, right, _ = stage.sheet.bounds()
    body = stage.far(stage.tone(0.05), 0.95 * (1 - near))
    x = left
    while x < right:
        broad = float(rng.uniform(0.04, 0.11))
        middle = np.exp(-(((x - stage.middle[0]) / 0.45) ** 2))
        tall = float(rng.uniform(0.07, 0.16) + middle * rng.uniform(0.1, 0.36) * (1.15 - 0.5 * near))
        _paint_tower(stage, (x, base), (broad, tall), body, rng)
        if near > 0.45:
            _light_windows(stage, (x, base), (broad, tall), near, rng)
        x += broad + float(rng.choice([0.0, 0.004, 0.03, 0.08])) * (1 if stage.sparse() else 0.5)


def _paint_tower(stage: Stage, foot: XY, size: XY, body: Colour, rng: np.random.Generator) -> None:
    """Paint one tower with its setbacks and mast."""
    (x, base), (broad, tall) = foot, size
    shapes = [rectangle(x, base - tall, x + broad, base + 0.4)]
    if rng.random() < 0.5:
        shapes.append(rectangle(x + broad * 0.2, base - tall * 1.12, x + broad * 0.8, base - tall))
    if rng.random() < 0.3:
        middle = x + broad / 2
        shapes.append(points((middle - 0.004, base - tall), (middle, base - tall * 1.4), (middle + 0.004, base - tall)))
    lit = mix(body, stage.air, 0.4)
    toward = x if stage.light[0] < x else x + broad
    away = x + broad if stage.light[0] < x else x
    stage.sheet.fill(*shapes, ink=Linear((lit, body), (toward, 0), (away, 0)))


def _light_windows(stage: Stage, foot: XY, size: XY, near: float, rng: np.random.Generator) -> None:
    """Light some of a tower's windows."""
    (x, base), (broad, tall) = foot, size
    pitch = 0.011 + 0.006 * near
    columns, rows = int((broad - 0.012) / pitch), int(tall / pitch)
    share = (0.42 if stage.mood.is_night else 0.16) * min(1.2, stage.count(10) / 10)
    warm: list[Points] = []
    cold: list[Points] = []
    for column in range(columns):
        for row in range(rows):
            if rng.random() < share:
                left, top = x + 0.008 + column * pitch, base - tall + 0.01 + row * pitch
                pane = rectangle(left, top, left + pitch * 0.5, top + pitch * 0.62)
                (warm if rng.random() < 0.75 else cold).append(pane)
    for panes, colour in ((warm, stage.lamp), (cold, stage.accent(0))):
        if panes:
            stage.sheet.fill(*panes, ink=colour, opacity=0.5 + 0.4 * stage.mood.is_night)


def reflect(stage: Stage, level: float) -> None:
    """Turn all below a level into wet ground or water that mirrors what is above."""
    image = stage.sheet.image
    camera = stage.sheet.camera
    row = int(camera.project(points((stage.middle[0], level)))[0, 1] * stage.sheet.unit)
    depth = image.height - row
    if row < 8 or depth < 8:
        return
    source = image.crop((0, max(0, row - depth), image.width, row))
    mirrored = ImageOps.flip(source).resize((image.width, depth))
    small = mirrored.resize((image.width // 2, max(1, depth // 10)), Image.Resampling.BOX)
    streaked = small.resize((image.width, depth), Image.Resampling.BICUBIC)
    streaked = streaked.filter(ImageFilter.GaussianBlur(image.width / 500))
    dark = Image.new("RGB", streaked.size, stage.palette.ramp(0.04))
    image.paste(Image.blend(streaked, dark, 0.34), (0, row))
    rng = stage.rng("glints")
    for _ in range(stage.count(60, 12)):
        y = level + 0.01 + 0.4 * rng.random() ** 1.6
        x, long = rng.uniform(*stage.sheet.bounds()[0::2]), rng.uniform(0.01, 0.09)
        lens = points((x - long, y), (x, y - 0.0016), (x + long, y), (x, y + 0.0016))
        stage.sheet.fill(lens, ink=stage.air, opacity=0.4)


def draw_street(stage: Stage) -> None:
    """Draw a street in one-point perspective, shop signs, wet ground and a walker."""
    paint_sky(stage, 0.05)
    end = (stage.middle[0], stage.horizon)
    stage.sheet.glow(end, 0.5, mix(stage.air, stage.lamp, 0.4), 0.9 * stage.mood.glow)
    blocks = stage.count(7, 3)
    for block in range(blocks):
        near = (block + 1) / blocks
        for side in (-1.0, 1.0):
            _paint_facade(stage, end, near, side)
    reflect(stage, stage.horizon + 0.07)
    _paint_lamps(stage, end)
    paint_person(stage, (end[0] + 0.03, stage.horizon + 0.24), 0.23, stage.tone(0.0))


def _paint_facade(stage: Stage, end: XY, near: float, side: float) -> None:
    """Paint one house front that runs towards the vanishing point, with windows and a sign."""
    rng = stage.rng(f"facade{near:.2f}{side}")
    inner, outer = 0.04 + 0.3 * near**1.8, 0.08 + 0.6 * near**1.5
    tall = 0.14 + 0.75 * near**1.4 * rng.uniform(0.75, 1.2)
    ground = 0.05 + 0.25 * near
    x0, x1 = end[0] + side * inner, end[0] + side * outer
    front = points(
        (x0, end[1] - tall * 0.8), (x1, end[1] - tall), (x1, end[1] + ground * 1.3), (x0, end[1] + ground * 0.6)
    )
    wall = stage.far(mix(stage.tone(0.16), stage.accent(int(near * 9), 0.55), 0.3), 0.85 * (1 - near))
    stage.sheet.fill(front, ink=Linear((mix(wall, stage.air, 0.3), wall), (x0, 0), (x1, 0)))
    panes = []
    rows = stage.count(6, 3)
    for row in range(rows):
        for column in (0.25, 0.65):
            if rng.random() < 0.62:
                x = x0 + (x1 - x0) * column
                y = end[1] - tall * (0.12 + 0.7 * row / rows)
                half, high = abs(x1 - x0) * 0.11, tall * 0.35 / rows
                panes.append(rectangle(x - half, y - high, x + half, y + high))
    if panes:
        stage.sheet.fill(*panes, ink=stage.lamp, opacity=0.85 if stage.mood.is_night else 0.45)
    if rng.random() < 0.75:
        _hang_sign(stage, (x0, end[1] - tall * rng.uniform(0.15, 0.4)), near, side, rng)


def _hang_sign(stage: Stage, at: XY, near: float, side: float, rng: np.random.Generator) -> None:
    """Hang a glowing sign over the pavement."""
    colour = stage.accent(int(rng.integers(4)))
    broad, high = 0.02 + 0.035 * near, (0.05 + 0.12 * near) * rng.uniform(0.6, 1.2)
    x = at[0] - side * broad
    stage.sheet.glow((x, at[1]), 0.08 + 0.2 * near, colour, 0.7 * stage.mood.glow)
    stage.sheet.fill(
        rectangle(x - broad / 2, at[1] - high / 2, x + broad / 2, at[1] + high / 2),
        ink=mix(colour, stage.tone(1.0), 0.3),
    )
    for mark in range(3):
        y = at[1] - high * 0.3 + high * 0.3 * mark
        stage.sheet.fill(
            rectangle(x - broad * 0.25, y - high * 0.07, x + broad * 0.25, y + high * 0.07), ink=stage.tone(0.05)
        )


def _paint_lamps(stage: Stage, end: XY) -> None:
    """Hang lamps along the street."""
    for step in range(stage.count(5, 2)):
        near = (step + 1) / stage.count(5, 2)
        for side in (-1, 1):
            at = (end[0] + side * (0.03 + 0.24 * near**1.7), end[1] - 0.05 - 0.24 * near)
            stage.sheet.glow(at, 0.05 + 0.12 * near, stage.lamp, stage.mood.glow)
            stage.sheet.fill(ellipse(at, 0.004 + 0.007 * near), ink=mix(stage.lamp, (255, 255, 255), 0.5))


def draw_room(stage: Stage) -> None:
    """Draw a quiet room: tall window, shafts of light on the floor, a chair, someone waiting."""
    stage.paint_backdrop(0.42, 0.14)
    level = stage.sheet.height * {"low-angle": 0.84, "birds-eye": 0.56}.get(stage.parts.attributes.viewpoint, 0.72)
    left, _, right, bottom = stage.sheet.bounds()
    floor = mix(stage.tone(0.3), stage.accent(2, 0.4), 0.35)
    stage.sheet.fill(
        rectangle(left, level, right, bottom),
        ink=Linear((floor, mix(floor, stage.tone(0.0), 0.7)), (0, level), (0, level + 0.4)),
    )
    x = stage.middle[0] + (0.0 if stage.light[0] == stage.middle[0] else (stage.light[0] - stage.middle[0]) * 0.6)
    windows = stage.count(2, 1)
    for index in range(windows):
        centre = x + (index - (windows - 1) / 2) * 0.36
        _paint_tall_window(stage, (centre, level - 0.1), 0.12)
        _cast_window(stage, centre, level, 0.12)
    _furnish(stage, level)
    paint_person(stage, (stage.middle[0] + 0.16, level + 0.12), 0.42, stage.tone(0.0))
    stage.sheet.glow((x, level - 0.3), 0.75, mix(stage.air, stage.lamp, 0.3), 0.42 * stage.mood.glow)


def _paint_tall_window(stage: Stage, foot: XY, half: float) -> None:
    """Paint a tall window with the sky behind its bars."""
    x, base = foot
    top = base - 0.46
    sky = Linear(stage.sky_colours, (x, top), (x, base))
    lit = mix(stage.air, stage.palette.ramp(1.0), 0.35 if not stage.mood.is_night else 0.0)
    stage.sheet.fill(rectangle(x - half - 0.014, top - 0.014, x + half + 0.014, base + 0.014), ink=stage.tone(0.06))
    stage.sheet.fill(
        rectangle(x - half, top, x + half, base),
        ink=sky if stage.mood.is_night else Linear((lit, stage.air), (x, top), (x, base)),
    )
    bars: list[Points] = [rectangle(x - 0.004, top, x + 0.004, base)]
    bars += [rectangle(x - half, top + 0.46 * s - 0.004, x + half, top + 0.46 * s + 0.004) for s in (0.25, 0.5, 0.75)]
    stage.sheet.fill(*bars, ink=stage.tone(0.06))


def _cast_window(stage: Stage, x: float, level: float, half: float) -> None:
    """Lay the window's light on the floor."""
    slant = 0.12 if stage.light[0] <= stage.middle[0] else -0.12
    for column in (0, 1):
        for row in (0, 1):
            x0, x1 = x - half + column * half + 0.005, x - half + (column + 1) * half - 0.005
            y0, y1 = level + 0.035 + 0.11 * row, level + 0.135 + 0.11 * row
            s0, s1 = slant * (1 + row), slant * (2 + row)
            pane = points((x0 + s0, y0), (x1 + s0, y0), (x1 + s1, y1), (x0 + s1, y1))
            stage.sheet.fill(
                pane, ink=mix(stage.air, stage.lamp, 0.4), opacity=0.25 + 0.5 * stage.mood.glow, blur=0.004
            )


def _furnish(stage: Stage, level: float) -> None:
    """Place a lamp, a chair and pictures on the wall, as many as the density allows."""
    dark, x = stage.tone(0.03), stage.middle[0]
    chair = points(
        (0, 0),
        (0.012, 0),
        (0.02, -0.1),
        (0.12, -0.1),
        (0.128, 0),
        (0.14, 0),
        (0.135, -0.12),
        (0.135, -0.125),
        (0.02, -0.125),
        (0.0, -0.29),
        (-0.012, -0.29),
        (0.004, -0.11),
    )
    stage.sheet.fill(moved(chair, x - 0.36, level + 0.13), ink=dark)
    for index in range(stage.count(4, 0)):
        at = (x + (-0.42, 0.44, -0.58, 0.6)[index % 4], level - 0.44 + 0.05 * (index % 3))
        stage.sheet.fill(rectangle(at[0] - 0.05, at[1] - 0.06, at[0] + 0.05, at[1] + 0.06), ink=dark)
        stage.sheet.fill(
            rectangle(at[0] - 0.04, at[1] - 0.05, at[0] + 0.04, at[1] + 0.05), ink=stage.accent(index, 0.3)
        )
    if not stage.sparse():
        lamp = (x + 0.38, level - 0.26)
        stage.sheet.stroke(points((lamp[0], lamp[1]), (lamp[0], level + 0.08)), width=0.006, ink=dark)
        stage.sheet.glow(lamp, 0.3, stage.lamp, 0.9)
        shade = points(
            (lamp[0] - 0.03, lamp[1] - 0.05),
            (lamp[0] + 0.03, lamp[1] - 0.05),
            (lamp[0] + 0.06, lamp[1] + 0.03),
            (lamp[0] - 0.06, lamp[1] + 0.03),
        )
        stage.sheet.fill(shade, ink=mix(stage.lamp, stage.tone(1.0), 0.3))
