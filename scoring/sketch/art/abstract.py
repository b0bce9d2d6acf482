"""Abstract pictures: floating discs, cut planes, flowing bands."""

from __future__ import annotations

import numpy as np

from scoring.sketch.canvas import Linear, Radial
from scoring.sketch.colour import mix
from scoring.sketch.geometry import (
    Points,
    arc,
    blob,
    curve,
    ellipse,
    moved,
    points,
    regular,
    ribbon,
    turned,
)
from scoring.sketch.stage import Stage


def draw_discs(stage: Stage) -> None:
    """Draw discs that drift and overlap, with fine orbits and a line or two across."""
    stage.paint_backdrop(0.97, 0.72)
    rng = stage.rng("discs")
    x, y = stage.middle
    main = float(rng.uniform(0.24, 0.32))
    _paint_disc(stage, (x, y), main, 0)
    for index in range(stage.count(15)):
        reach = main * rng.uniform(0.7, 2.1)
        angle = rng.uniform(0, 6.28)
        centre = (x + reach * np.cos(angle), y + reach * np.sin(angle))
        _paint_disc(stage, centre, float(0.025 + 0.13 * rng.random() ** 2.2), index + 1)
    dark = stage.tone(0.08)
    for _ in range(stage.count(5)):
        start, sweep = rng.uniform(0, 6.28), rng.uniform(1.2, 4.5)
        ring = arc((x, y), main * rng.uniform(1.1, 2.0), start, start + sweep)
        stage.sheet.stroke(ring, width=float(rng.choice([0.002, 0.004, 0.009])), ink=dark)


def _paint_disc(stage: Stage, centre: tuple[float, float], radius: float, index: int) -> None:
    """Paint one disc as a lit sphere, a flat coin or a ring of light."""
    base = stage.accent(index) if index % 3 else stage.tone(0.3)
    lit, dark = mix(base, stage.tone(1.0), 0.45), mix(base, stage.tone(0.0), 0.45)
    away = np.asarray(stage.light) - centre
    away = away / max(float(np.hypot(*away)), 1e-6) * radius * 0.55
    hot = (centre[0] + float(away[0]), centre[1] + float(away[1]))
    edge = (hot[0] - float(away[0]) * 3.2, hot[1] - float(away[1]) * 3.2)
    shadow = ellipse((centre[0] - float(away[0]) * 0.5, centre[1] - float(away[1]) * 0.5), radius)
    stage.sheet.fill(shadow, ink=stage.tone(0.05), opacity=0.3, blur=radius * 0.16)
    ink = Radial((lit, base, dark), hot, edge)
    stage.sheet.fill(ellipse(centre, radius), ink=ink, opacity=0.94)


def draw_planes(stage: Stage) -> None:
    """Draw leaning planes, cut across by arcs, in the manner of the suprematists."""
    stage.paint_backdrop(0.99, 0.84)
    rng = stage.rng("planes")
    x, y = stage.middle
    lean = float(rng.uniform(-0.6, 0.6))
    for index in range(stage.count(15, 3)):
        spread = 0.3 if index else 0.05
        centre = (x + rng.normal(0, spread), y + rng.normal(0, spread))
        big = index < 3
        long = rng.uniform(0.35, 0.6) if big else rng.uniform(0.06, 0.42)
        thick = rng.uniform(0.16, 0.3) if big else rng.uniform(0.008, 0.07)
        turn = lean + float(rng.choice([0.0, np.pi / 2, 0.5])) + rng.normal(0, 0.04)
        _paint_plane(stage, centre, (long, thick), turn, index)
    disc = (x + rng.uniform(-0.25, 0.25), y - rng.uniform(0.05, 0.3))
    stage.sheet.fill(ellipse(disc, rng.uniform(0.07, 0.15)), ink=stage.accent(1))
    ring = arc((x, y), rng.uniform(0.3, 0.42), lean, lean + rng.uniform(1.5, 4.0))
    stage.sheet.stroke(ring, width=0.012, ink=stage.tone(0.04))


def _paint_plane(stage: Stage, centre: tuple[float, float], size: tuple[float, float], turn: float, index: int) -> None:
    """Paint one plane that fades along its length."""
    half_long, half_thick = size[0] / 2, size[1] / 2
    box = points((-half_long, -half_thick), (half_long, -half_thick), (half_long, half_thick), (-half_long, half_thick))
    shape = turned(box, turn) + centre
    base = stage.accent(index) if index % 4 else stage.tone(0.12)
    faded = mix(base, stage.tone(0.95), 0.38 if index % 2 else 0.08)
    start, end = shape[0], shape[1]
    ink = Linear((base, faded), (float(start[0]), float(start[1])), (float(end[0]), float(end[1])))
    stage.sheet.fill(moved(shape, 0.008, 0.012), ink=stage.tone(0.0), opacity=0.16, blur=0.01)
    stage.sheet.fill(shape, ink=ink, opacity=0.95)


def draw_flow(stage: Stage) -> None:
    """Draw bands that flow across like silk, each lit along its upper edge."""
    rng = stage.rng("flow")
    low, high = (0.05, 0.3) if stage.mood.is_night or rng.random() < 0.4 else (0.98, 0.8)
    stage.paint_backdrop(high, low)
    left, _, right, _ = stage.sheet.bounds()
    turn = float(rng.uniform(-0.7, 0.7))
    waves = [(rng.uniform(1.5, 5.0), rng.uniform(0, 6.28), rng.uniform(0.02, 0.11)) for _ in range(3)]
    bands = min(22, stage.count(16, 4))
    for index in range(bands):
        across = (index + 0.5) / bands
        x = np.linspace(left, right, 120)
        y = np.full_like(x, stage.sheet.height * (0.05 + 0.95 * across))
        for wave, phase, height in waves:
            y += height * np.sin(wave * x + phase + 1.7 * across)
        line = turned(np.stack([x, y], axis=1), turn, stage.middle)
        _paint_band(stage, line, 0.8 / bands * rng.uniform(0.6, 1.9) + 0.012, index)


def _paint_band(stage: Stage, line: Points, width: float, index: int) -> None:
    """Paint one band with a shaded belly and a bright rim."""
    base = stage.accent(index) if index % 2 else stage.tone(0.2 + 0.6 * ((index * 0.37) % 1))
    swell = width * (0.35 + np.abs(np.sin(np.linspace(0.3, 3.0, 9) + index)))
    shape = ribbon(line, swell)
    stage.sheet.fill(moved(shape, 0.006, 0.018), ink=stage.tone(0.0), opacity=0.28, blur=0.012)
    far = (stage.sheet.width, stage.sheet.height)
    ink = Linear((mix(base, stage.tone(1.0), 0.4), base, mix(base, stage.tone(0.0), 0.35)), (0, 0), far)
    stage.sheet.fill(shape, ink=ink)
    rim = shape[: len(line)]
    stage.sheet.stroke(rim, width=0.0022, ink=stage.tone(1.0), opacity=0.5)


def draw_pebbles(stage: Stage) -> None:
    """Draw soft organic forms stacked and strewn, with dots, stems and a sun behind."""
    stage.paint_backdrop(0.98, 0.8)
    rng = stage.rng("pebbles")
    x, y = stage.middle
    stage.sheet.fill(ellipse((x, y - 0.08), 0.3), ink=stage.accent(0), opacity=0.9)
    for index in range(stage.count(11, 3)):
        centre = (x + rng.normal(0, 0.2), y + rng.normal(0.04, 0.22))
        shape = blob(centre, rng.uniform(0.06, 0.2), rng, 0.3)
        colour = stage.accent(index + 1) if index % 2 else stage.tone(0.15 + 0.5 * rng.random())
        stage.sheet.fill(moved(shape, 0.006, 0.012), ink=stage.tone(0.0), opacity=0.2, blur=0.012)
        stage.sheet.fill(shape, ink=colour)
        for step in range(stage.count(3, 0 if stage.sparse() else 1)):
            inner = (shape - centre) * (0.78 - 0.2 * step) + centre
            stage.sheet.stroke(np.concatenate([inner, inner[:1]]), width=0.002, ink=stage.tone(0.98))
    for _ in range(stage.count(5)):
        foot = (x + rng.normal(0, 0.25), y + rng.uniform(0.1, 0.4))
        sway, swing = rng.normal(0, 0.08, 2)
        stem = curve([foot, (foot[0] + sway, foot[1] - 0.15), (foot[0] + sway + swing, foot[1] - 0.34)])
        stage.sheet.stroke(stem, width=0.004, ink=stage.tone(0.03))
        stage.sheet.fill(regular(stem[-1], 0.014, 24), ink=stage.tone(0.03))
