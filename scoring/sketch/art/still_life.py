"""Still lifes and plants: vessels, fruit, branches and single botanical studies."""

from __future__ import annotations

import numpy as np

from scoring.sketch.canvas import Linear, Radial
from scoring.sketch.colour import mix
from scoring.sketch.geometry import (
    XY,
    curve,
    ellipse,
    points,
    rectangle,
    ribbon,
)
from scoring.sketch.plants import paint_branch
from scoring.sketch.stage import Stage

# half-widths of vessels from foot to lip, as shares of their height
VESSELS = (
    (0.16, 0.3, 0.36, 0.3, 0.16, 0.1, 0.12),
    (0.2, 0.26, 0.22, 0.12, 0.08, 0.08, 0.1),
    (0.14, 0.22, 0.34, 0.42, 0.4, 0.34, 0.36),
    (0.22, 0.24, 0.24, 0.24, 0.22, 0.14, 0.15),
    (0.1, 0.2, 0.3, 0.34, 0.24, 0.12, 0.16),
)


def draw_still_life(stage: Stage) -> None:
    """Draw vessels with branches and fruit on a table before a lit wall."""
    stage.paint_backdrop(0.93, 0.5)
    _paint_window_light(stage)
    x, _ = stage.middle
    table = stage.sheet.height * {"low-angle": 0.86, "birds-eye": 0.5}.get(stage.parts.attributes.viewpoint, 0.68)
    _paint_table(stage, table)
    rng = stage.rng("still life")
    vessels = stage.count(3, 1)
    for index in range(vessels):
        offset = (index - (vessels - 1) / 2) * 0.25 + rng.uniform(-0.03, 0.03)
        foot = (x + offset, table + 0.06 + 0.05 * ((index * 2) % 3))
        height = float(rng.uniform(0.3, 0.42) if index == vessels // 2 else rng.uniform(0.16, 0.3))
        _paint_branches(stage, foot, height, index)
        paint_vessel(stage, foot, height, index)
    for index in range(stage.count(7, 1)):
        at = (x + float(rng.uniform(-0.42, 0.42)), table + float(rng.uniform(0.13, 0.22)))
        _paint_fruit(stage, at, float(rng.uniform(0.035, 0.055)), index)


def _paint_window_light(stage: Stage) -> None:
    """Throw the light of a window across the wall."""
    if stage.mood.is_night:
        stage.sheet.glow((stage.light[0], 0.2), 0.7, stage.lamp, 0.55 * stage.mood.glow)
        return
    side = -1 if stage.light[0] < stage.middle[0] else 1
    pane = points((-0.14, -0.2), (0.02, -0.2), (0.12, 0.14), (-0.04, 0.14)) * (-side, 1)
    lit = stage.palette.ramp(1.0)
    for column in range(2):
        for row in range(2):
            shape = pane * (1, 0.55) + (
                stage.middle[0] + 0.19 * column - 0.1 - side * 0.12 - side * 0.06 * row,
                0.24 + 0.21 * row,
            )
            stage.sheet.fill(shape, ink=lit, opacity=0.5 * stage.mood.glow + 0.1, blur=0.006)


def _paint_table(stage: Stage, level: float) -> None:
    """Lay the table and the soft line where it meets the wall."""
    left, _, right, bottom = stage.sheet.bounds()
    cloth = mix(stage.tone(0.62), stage.accent(2), 0.35)
    ink = Linear((mix(cloth, stage.tone(1.0), 0.3), mix(cloth, stage.tone(0.1), 0.45)), (0, level), (0, level + 0.5))
    stage.sheet.fill(rectangle(left, level, right, bottom), ink=ink)
    stage.sheet.fill(rectangle(left, level - 0.05, right, level), ink=stage.tone(0.1), opacity=0.12, blur=0.02)


def paint_vessel(stage: Stage, foot: XY, height: float, index: int) -> None:
    """Paint a turned vessel with its shadow and highlight."""
    profile = VESSELS[int(stage.rng(f"vessel{index}").integers(len(VESSELS)))]
    heights = np.linspace(0, -height, len(profile))
    right = curve(np.stack([np.asarray(profile) * height, heights], axis=1))
    outline = np.concatenate([right, (right * (-1, 1))[::-1]]) + foot
    base = stage.accent(index) if index % 2 == 0 else stage.tone(0.8)
    side = -1.0 if stage.light[0] < foot[0] else 1.0
    _paint_cast(stage, foot, height, side)
    broad = max(profile) * height
    lit, dark = mix(base, stage.tone(1.0), 0.5), mix(base, stage.tone(0.0), 0.55)
    ink = Linear((lit, base, dark), (foot[0] + side * broad, foot[1]), (foot[0] - side * broad, foot[1]))
    stage.sheet.fill(outline, ink=ink)
    lip = ellipse((foot[0], foot[1] - height), profile[-1] * height, profile[-1] * height * 0.22)
    stage.sheet.fill(lip, ink=mix(dark, stage.tone(0.0), 0.4))
    band = stage.rng(f"glaze{index}").random() < 0.5
    if band:
        glaze = outline[(outline[:, 1] > foot[1] - height * 0.45)]
        stage.sheet.fill(glaze, ink=stage.accent(index + 1), opacity=0.55)
    shine = foot[0] + side * broad * 0.5
    stage.sheet.fill(
        ellipse((shine, foot[1] - height * 0.45), 0.012, height * 0.16),
        ink=stage.tone(1.0),
        opacity=0.5,
        blur=0.008,
    )


def _paint_cast(stage: Stage, foot: XY, height: float, side: float) -> None:
    """Lay the shadow away from the light."""
    centre = (foot[0] - side * height * 0.38, foot[1] + 0.01)
    shadow = ellipse(centre, height * 0.62, height * 0.09)
    stage.sheet.fill(shadow, ink=stage.tone(0.0), opacity=0.42, blur=0.014)


def _paint_fruit(stage: Stage, at: XY, radius: float, index: int) -> None:
    """Paint one round fruit with its stalk."""
    base = stage.accent(index + 1)
    side = -1.0 if stage.light[0] < at[0] else 1.0
    _paint_cast(stage, (at[0], at[1] + radius * 0.85), radius * 1.6, side)
    hot = (at[0] + side * radius * 0.45, at[1] - radius * 0.45)
    edge = (at[0] - side * radius * 0.8, at[1] + radius * 0.8)
    ink = Radial((mix(base, stage.tone(1.0), 0.55), base, mix(base, stage.tone(0.0), 0.55)), hot, edge)
    stage.sheet.fill(ellipse(at, radius, radius * 0.94), ink=ink)
    stalk = curve([(at[0], at[1] - radius * 0.8), (at[0] + 0.006, at[1] - radius * 1.2)])
    stage.sheet.stroke(stalk, width=0.004, ink=stage.tone(0.05))


def _paint_branches(stage: Stage, foot: XY, height: float, index: int) -> None:
    """Put leafy or flowering branches into a vessel."""
    rng = stage.rng(f"branches{index}")
    for _ in range(stage.count(4, 1)):
        reach = rng.normal(0, 0.13)
        tall = rng.uniform(0.16, 0.34)
        root = (foot[0], foot[1] - height)
        tip = (root[0] + reach, root[1] - tall)
        stem = curve([root, (root[0] + reach * 0.25, root[1] - tall * 0.55), tip])
        paint_branch(stage, stem, rng, stage.accent(index + 1))


def draw_botanical(stage: Stage) -> None:
    """Draw a botanical study: tall stems over a pale ground with a disc behind."""
    stage.paint_backdrop(0.99, 0.86)
    rng = stage.rng("botanical")
    x, y = stage.middle
    disc = Radial((stage.accent(0), mix(stage.accent(0), stage.tone(1.0), 0.5)), (x, y - 0.1), (x + 0.36, y))
    stage.sheet.fill(ellipse((x, y - 0.06), 0.33), ink=disc)
    stems = stage.count(7, 2)
    foot = y + 0.44
    for index in range(stems):
        lean = (index - (stems - 1) / 2) * 0.7 / stems + rng.normal(0, 0.03)
        tall = rng.uniform(0.5, 0.85)
        root = (x + lean * 0.2, foot)
        tip = (x + lean, foot - tall)
        stem = curve([root, (x + lean * 0.35 + rng.normal(0, 0.02), foot - tall * 0.5), tip])
        paint_branch(stage, stem, rng, stage.accent(index + 1))
    tuft = [
        ribbon(curve([(x, foot + 0.02), (x + r, foot - 0.12)]), [0.012, 0.001])
        for r in rng.normal(0, 0.12, stage.count(12))
    ]
    stage.sheet.fill(*tuft, ink=stage.tone(0.2))
