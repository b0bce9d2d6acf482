"""Sky, land, water and trees: what landscapes of every domain are built from."""

from __future__ import annotations

import numpy as np

from scoring.sketch.canvas import Linear
from scoring.sketch.colour import WHITE, Colour, mix
from scoring.sketch.geometry import (
    XY,
    Points,
    below,
    closed,
    curve,
    ellipse,
    points,
    rectangle,
    ribbon,
    ridge,
)
from scoring.sketch.noise import clouds, lattice
from scoring.sketch.stage import Stage


def paint_sky(stage: Stage, body: float = 0.085) -> None:
    """Paint the sky with its sun or moon, its stars and clouds."""
    _, top, _, _ = stage.sheet.bounds()
    colours = stage.sky_colours
    stage.sheet.wash(Linear(colours, (0, max(top, -0.15)), (0, stage.horizon)))
    if stage.mood.is_night:
        paint_stars(stage)
    paint_clouds(stage)
    paint_sun(stage, body)


def paint_sun(stage: Stage, radius: float) -> None:
    """Set sun or moon with its halo."""
    lit = stage.lamp if stage.parts.attributes.lighting == "neon" else stage.palette.ramp(1.0)
    if not stage.mood.is_night:
        lit = mix(lit, (255, 236, 190), 0.5)
    glow = stage.mood.glow
    stage.sheet.glow(stage.light, radius * 9, mix(lit, stage.air, 0.3), 0.55 * glow)
    stage.sheet.glow(stage.light, radius * 3.4, lit, 0.6 * glow)
    stage.sheet.fill(ellipse(stage.light, radius), ink=lit, blur=0.002)


def paint_stars(stage: Stage) -> None:
    """Scatter stars over the upper sky."""
    rng = stage.rng("stars")
    left, top, right, _ = stage.sheet.bounds()
    spots = rng.uniform((left, top), (right, stage.horizon), (stage.count(260), 2))
    sizes = 0.0006 + 0.0022 * rng.random(len(spots)) ** 4
    stars = [ellipse((x, y), size, steps=8) for (x, y), size in zip(spots, sizes, strict=True)]
    stage.sheet.fill(*stars, ink=mix(stage.palette.ramp(1.0), WHITE, 0.5), opacity=0.8)


def paint_clouds(stage: Stage) -> None:
    """Spread clouds, more of them the denser the picture."""
    rng = stage.rng("clouds")
    size = stage.sheet.image.size
    cover = {"minimal": 0.0, "spacious": 0.35, "detailed": 0.6, "intricate": 0.8}
    share = cover[stage.parts.attributes.density]
    if share == 0:
        return
    field = clouds(rng, size, (2.2, 6.5), 5)
    fade = np.linspace(0.9, 0.25, size[1], dtype=np.float32)[:, None]
    veil = ((field - (0.72 - 0.3 * share)) * 3.2).clip(0, 1) * fade
    light = mix(stage.palette.ramp(stage.mood.sky[2]), stage.palette.ramp(1.0), 0.45)
    if stage.mood.is_night:
        light = stage.palette.ramp(stage.mood.sky[1] + 0.16)
    stage.sheet.veil(veil, light, 0.75)


def paint_range(stage: Stage, level: float, height: float, rough: float, distance: float, name: str) -> Points:
    """Paint one range of hills or mountains and give its crest."""
    left, _, right, bottom = stage.sheet.bounds()
    crest = ridge((left, right), level, height, stage.rng(name), rough)
    body = stage.far(stage.tone(0.42 - 0.34 * (1 - distance)), distance)
    foot = stage.far(body, 0.25 + 0.3 * distance)
    ink = Linear((body, foot), (0, level - height), (0, level + 0.28))
    stage.sheet.fill(below(crest, bottom), ink=ink)
    return crest


def paint_snow(stage: Stage, crest: Points, level: float, distance: float, name: str) -> None:
    """Cap what rises above a level with ragged snow, brighter on the lit side."""
    rng = stage.rng(name)
    rag = np.interp(np.arange(len(crest)), np.arange(0, len(crest), 3), rng.random(len(crest[::3])))
    lower = np.minimum(crest[:, 1] + 0.012 + 0.55 * (level - crest[:, 1]).clip(0, None) * rag, level)
    lower = np.maximum(lower, crest[:, 1])
    band = np.concatenate([crest, np.stack([crest[:, 0], lower], axis=1)[::-1]])
    stage.sheet.fill(band, ink=stage.far(stage.tone(0.95), distance * 0.6), opacity=0.85)


def paint_water(stage: Stage, level: float) -> None:
    """Paint a sheet of water that answers the sky and carries the light's path."""
    left, _, right, bottom = stage.sheet.bounds()
    top, middle, low = stage.sky_colours
    deep = mix(top, stage.palette.ramp(0.12), 0.5)
    ink = Linear((mix(low, middle, 0.35), mix(middle, top, 0.5), deep), (0, level), (0, level + 0.6))
    stage.sheet.fill(rectangle(left, level, right, bottom), ink=ink)
    rng = stage.rng("ripples")
    count = stage.count(130, 30)
    for depth in np.sort(rng.random(count)):
        _paint_ripple(stage, level, depth, rng)


def _paint_ripple(stage: Stage, level: float, depth: float, rng: np.random.Generator) -> None:
    """Draw one glint, in the light's path more often than beside it."""
    is_glint = rng.random() < 0.6
    y = level + 0.004 + 0.5 * depth**1.5
    x = stage.light[0] + rng.normal(0, 0.03 + 0.09 * depth if is_glint else 0.7)
    long, thick = 0.02 + 0.16 * depth * rng.random(), 0.0012 + 0.006 * depth
    top, _, low = stage.sky_colours
    bright = mix(low, WHITE if not stage.mood.is_night else stage.lamp, 0.5)
    colour = bright if is_glint else mix(top, stage.palette.ramp(0.1), 0.4)
    lens = points((x - long, y), (x, y - thick), (x + long, y), (x, y + thick))
    stage.sheet.fill(lens, ink=colour, opacity=0.7 if is_glint else 0.35)


def paint_fog(stage: Stage, level: float, thick: float, strength: float) -> None:
    """Lay a bank of fog along a level."""
    size = stage.sheet.image.size
    drift = lattice(stage.rng(f"fog{level:.2f}"), size, (3, 2))
    y = np.linspace(0, stage.sheet.height, size[1], dtype=np.float32)[:, None]
    bank = np.exp(-(((y - level - 0.06 * drift) / thick) ** 2))
    stage.sheet.veil(bank * (0.7 + 0.3 * drift), stage.air, strength)


def pine(at: XY, height: float, rng: np.random.Generator) -> Points:
    """Give the outline of a fir standing at a point."""
    tiers = 7
    right: list[XY] = []
    for tier in range(tiers):
        share = (tier + 1) / tiers
        broad = height * 0.19 * share * rng.uniform(0.8, 1.15)
        y = -height * (1 - share) - height * 0.02
        right += [(broad, y), (broad * 0.45, y - height * 0.015)]
    outline = [(0.0, -height), *right, (0.012 * height + 0.002, 0.0)]
    left = [(-x * rng.uniform(0.85, 1.1), y) for x, y in outline[1:]][::-1]
    return np.asarray(outline + left) + at


def crown(at: XY, height: float, rng: np.random.Generator) -> Points:
    """Give the outline of a leafy crown above a point."""
    count = 11
    angles = 2 * np.pi * np.arange(count) / count
    radii = height * 0.32 * rng.uniform(0.8, 1.15, count)
    x = at[0] + radii * np.cos(angles)
    y = at[1] - height * 0.66 + radii * 1.05 * np.sin(angles)
    return closed(np.stack([x, y], axis=1))


def trunk(at: XY, height: float, rng: np.random.Generator) -> Points:
    """Give the outline of a slightly bent trunk."""
    bend = rng.uniform(-0.03, 0.03) * height
    line = curve([at, (at[0] + bend, at[1] - height * 0.35), (at[0], at[1] - height * 0.7)])
    return ribbon(line, [0.06 * height, 0.04 * height, 0.02 * height])


def paint_trees(stage: Stage, crest: Points, count: int, height: float, colour: Colour) -> None:
    """Stand trees along a crest, firs or leafy ones as the subject's chance has it."""
    rng = stage.rng(f"trees{height:.3f}")
    is_fir = stage.rng("tree kind").random() < 0.5
    shapes = []
    for _ in range(count):
        foot = crest[int(rng.integers(0, len(crest)))]
        tall = height * rng.uniform(0.6, 1.3)
        at = (float(foot[0] + rng.normal(0, 0.01)), float(foot[1] + 0.3 * height * rng.random()))
        if is_fir:
            shapes.append(pine(at, tall, rng))
        else:
            shapes += [trunk(at, tall, rng), crown(at, tall, rng)]
    if shapes:
        stage.sheet.fill(*shapes, ink=colour)


def paint_birds(stage: Stage) -> None:
    """Send a few birds across the sky."""
    rng = stage.rng("birds")
    home = np.asarray([rng.uniform(0.2, 0.8) * stage.sheet.width, stage.horizon * 0.5])
    for _ in range(stage.count(9)):
        x, y = home + rng.normal(0, (0.1, 0.05))
        span = rng.uniform(0.008, 0.018)
        wing = curve([(x - span, y - span * 0.5), (x - span * 0.4, y - span * 0.55), (x, y)])
        other = curve([(x, y), (x + span * 0.4, y - span * 0.55), (x + span, y - span * 0.5)])
        stage.sheet.stroke(wing, other, width=0.0025, ink=stage.palette.ramp(0.1), opacity=0.8)
