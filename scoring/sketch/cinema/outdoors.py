"""Film scenes under the sky: a desert, a forest in fog, a road, another world."""

from __future__ import annotations

import numpy as np

from scoring.sketch.canvas import Linear, Radial
from scoring.sketch.cinema.lens import paint_person
from scoring.sketch.colour import mix
from scoring.sketch.geometry import arc, below, curve, ellipse, points, rectangle, ribbon
from scoring.sketch.nature import (
    paint_birds,
    paint_fog,
    paint_range,
    paint_sky,
    paint_stars,
    paint_trees,
    paint_water,
)
from scoring.sketch.stage import Stage


def draw_desert(stage: Stage) -> None:
    """Draw dunes with knife-edge shadows and a lone walker."""
    paint_sky(stage, 0.11)
    paint_range(stage, stage.horizon, 0.06, 0.4, 0.95, "mesas")
    dunes = stage.count(5, 2)
    rng = stage.rng("dunes")
    for index in range(dunes):
        near = (index + 1) / dunes
        _paint_dune(stage, stage.horizon + 0.02 + 0.42 * near**1.4, near, rng)
    walker = (stage.sheet.width * float(rng.uniform(0.35, 0.65)), stage.horizon + 0.2)
    paint_person(stage, walker, 0.13, stage.tone(0.02))
    paint_birds(stage)


def _paint_dune(stage: Stage, level: float, near: float, rng: np.random.Generator) -> None:
    """Paint one dune: a lit slope, and a dark one that falls from its crest."""
    left, _, right, bottom = stage.sheet.bounds()
    peak = stage.sheet.width * float(rng.uniform(0.15, 0.85))
    tall = 0.06 + 0.13 * near
    crest = curve(
        [
            (left, level + 0.05),
            (peak - 0.5, level - 0.01),
            (peak, level - tall),
            (peak + 0.45, level),
            (right, level + 0.06),
        ]
    )
    sand = stage.far(mix(stage.tone(0.66), stage.accent(1), 0.3), 0.75 * (1 - near))
    shade = stage.far(mix(stage.tone(0.14), stage.accent(2, 0.4), 0.3), 0.6 * (1 - near))
    lit = mix(sand, stage.tone(1.0), 0.3)
    stage.sheet.fill(below(crest, bottom), ink=Linear((lit, sand, shade), (0, level - tall), (0, level + 0.4)))
    lee = 1.0 if stage.light[0] < peak else -1.0
    sway = 0.0 if stage.parts.attributes.composition == "symmetrical" else lee  # a fold wants a straight edge
    spine = curve(
        [
            (peak, level - tall),
            (peak + 0.05 * sway, level - tall * 0.2),
            (peak - 0.06 * sway, level + tall),
            (peak + 0.1 * sway, level + 3 * tall),
        ]
    )
    flank = crest[crest[:, 0] >= peak] if lee > 0 else crest[crest[:, 0] <= peak][::-1]
    edge = np.concatenate([flank, points((flank[-1, 0], bottom)), spine[::-1]])
    stage.sheet.fill(
        edge, ink=Linear((shade, mix(shade, sand, 0.5)), (peak, level), (peak + lee * 0.6, level)), opacity=0.85
    )


def draw_forest(stage: Stage) -> None:
    """Draw trunks stepping back into lit fog, with a figure on the path."""
    paint_sky(stage, 0.07)
    ground = stage.sheet.height * {"low-angle": 0.9, "birds-eye": 0.6}.get(stage.parts.attributes.viewpoint, 0.8)
    left, _, right, bottom = stage.sheet.bounds()
    stage.sheet.glow((stage.light[0], ground - 0.25), 0.6, mix(stage.air, stage.lamp, 0.5), 0.7)
    layers = 4
    for layer in range(layers):
        near = layer / (layers - 1)
        level = ground - 0.05 + 0.12 * near
        floor = stage.far(stage.tone(0.12), 0.85 * (1 - near))
        stage.sheet.fill(rectangle(left, level, right, bottom), ink=floor, blur=0.01)
        _paint_trunks(stage, level, near)
        paint_fog(stage, level, 0.1, 0.55 * (1 - near) * stage.mood.haze)
        if layer == 2:
            paint_person(stage, (stage.middle[0], level + 0.035), 0.2, stage.tone(0.0))
    _paint_rays(stage)


def _paint_trunks(stage: Stage, level: float, near: float) -> None:
    """Stand one row of trunks with a few bare boughs."""
    rng = stage.rng(f"trunks{near:.2f}")
    left, top, right, _ = stage.sheet.bounds()
    bark = stage.far(stage.tone(0.04), 0.92 * (1 - near))
    shapes = []
    for _ in range(stage.count(13 - 8 * near, 2)):
        x, broad = rng.uniform(left, right), 0.012 + 0.05 * near * rng.uniform(0.6, 1.4)
        if near > 0.6 and abs(x - stage.middle[0]) < 0.22:
            continue
        bend = rng.normal(0, 0.02)
        line = curve([(x, level + 0.03), (x + bend, level - 0.5), (x - bend, top)])
        shapes.append(ribbon(line, [broad * 1.7, broad, broad * 0.8, broad * 0.7]))
        for _ in range(stage.count(3, 0 if stage.sparse() else 1)):
            y, reach = level - rng.uniform(0.25, 0.7), rng.choice([-1, 1]) * rng.uniform(0.06, 0.16)
            bough = curve([(x, y), (x + reach * 0.5, y - 0.03), (x + reach, y - abs(reach) * 0.8)])
            shapes.append(ribbon(bough, [broad * 0.35, 0.002]))
    if shapes:
        stage.sheet.fill(*shapes, ink=bark)


def _paint_rays(stage: Stage) -> None:
    """Let shafts of light fall from the light's side."""
    rng = stage.rng("rays")
    x, y = stage.light
    for _ in range(stage.count(6, 2)):
        angle = np.pi / 2 + rng.normal(0, 0.5)
        spread = rng.uniform(0.02, 0.06)
        far = [(x + 1.4 * np.cos(angle + s), y - 0.2 + 1.4 * np.sin(angle + s)) for s in (-spread, spread)]
        shaft = points((x, y - 0.2), *far)
        stage.sheet.fill(shaft, ink=mix(stage.lamp, stage.air, 0.4), opacity=0.13 * stage.mood.glow, blur=0.012)


def draw_lake(stage: Stage) -> None:
    """Draw a still lake that doubles the hills, with a pier and someone at its end."""
    paint_sky(stage, 0.07)
    for index in range(stage.count(3, 2)):
        crest = paint_range(stage, stage.horizon, 0.2 - 0.06 * index, 0.5, 0.9 - 0.3 * index, f"range{index}")
    paint_trees(stage, crest, stage.count(22, 4), 0.07, stage.far(stage.tone(0.06), 0.35))
    _reflect(stage)
    paint_fog(stage, stage.horizon, 0.05, 0.6 * stage.mood.haze)
    x, tall = stage.middle[0], stage.sheet.height
    near, far = tall + 0.2, stage.horizon + 0.16
    pier = points((x - 0.2, near), (x - 0.035, far), (x + 0.035, far), (x + 0.2, near))
    stage.sheet.fill(pier, ink=Linear((stage.tone(0.3), stage.tone(0.04)), (x, far), (x, near)))
    for step in range(stage.count(14, 5)):
        y = far + (near - far) * (step / stage.count(14, 5)) ** 1.7
        half = 0.035 + 0.165 * (y - far) / (near - far)
        stage.sheet.stroke(points((x - half, y), (x + half, y)), width=0.003, ink=stage.tone(0.0), opacity=0.7)
    paint_person(stage, (x, far + 0.025), 0.15, stage.tone(0.0))


def _reflect(stage: Stage) -> None:
    """Fill the lake with the sky's colours, darkened, and its glints."""
    paint_water(stage, stage.horizon)
    left, _, right, _ = stage.sheet.bounds()
    dark = stage.far(stage.tone(0.1), 0.5)
    mirrored = rectangle(left, stage.horizon, right, stage.horizon + 0.1)
    stage.sheet.fill(mirrored, ink=dark, opacity=0.4, blur=0.025)


def draw_world(stage: Stage) -> None:
    """Draw another world: a ringed planet over spires and a traveller."""
    paint_sky(stage, 0.03)
    paint_stars(stage)
    rng = stage.rng("planet")
    centre = (stage.sheet.width * float(rng.uniform(0.35, 0.65)), stage.horizon - 0.24)
    radius = float(rng.uniform(0.17, 0.26))
    _paint_planet(stage, centre, radius)
    for index in range(stage.count(3, 2)):
        near = (index + 1) / stage.count(3, 2)
        crest = paint_range(
            stage, stage.horizon + 0.13 * near, 0.05 + 0.1 * near, 0.62, 0.9 * (1 - near), f"spires{index}"
        )
        _paint_spires(stage, crest, near)
        paint_fog(stage, stage.horizon + 0.13 * near, 0.05, 0.5 * (1 - near))
    paint_person(stage, (stage.middle[0] + 0.04, stage.sheet.height * 0.9), 0.13, stage.tone(0.0))


def _paint_planet(stage: Stage, centre: tuple[float, float], radius: float) -> None:
    """Paint a banded planet, lit from one side, and its ring."""
    hot = (centre[0] - radius * 0.6, centre[1] - radius * 0.5)
    base = stage.accent(0)
    ink = Radial(
        (mix(base, stage.tone(1.0), 0.6), base, mix(base, stage.air, 0.6), stage.sky_colours[1]),
        hot,
        (hot[0] + 1.75 * radius, hot[1]),
    )
    stage.sheet.glow(centre, radius * 2.2, base, 0.5 * stage.mood.glow)
    stage.sheet.fill(ellipse(centre, radius), ink=ink)
    for side in (0.0, np.pi):
        ring = arc((0, 0), radius * 1.75, side + 0.42, side + np.pi - 0.42) * (1, 0.16)
        if side == 0.0:
            stage.sheet.stroke(ring + centre, width=0.007, ink=stage.tone(1.0), opacity=0.75)


def _paint_spires(stage: Stage, crest: np.ndarray, near: float) -> None:
    """Raise slender towers from a crest."""
    rng = stage.rng(f"towers{near:.2f}")
    body = stage.far(stage.tone(0.1), 0.9 * (1 - near))
    shapes = []
    for _ in range(stage.count(7, 1)):
        x, y = crest[int(rng.integers(len(crest)))]
        tall, broad = rng.uniform(0.1, 0.3) * (0.5 + near), rng.uniform(0.008, 0.03)
        shapes.append(
            points(
                (x - broad, y + 0.05),
                (x - broad * 0.5, y - tall * 0.7),
                (x, y - tall),
                (x + broad * 0.5, y - tall * 0.7),
                (x + broad, y + 0.05),
            )
        )
    stage.sheet.fill(*shapes, ink=body)
