"""Textiles: the patterns that garments are cut from, and swatches of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from PIL import Image

from scoring.sketch.canvas import Camera, Sheet
from scoring.sketch.colour import Colour, mix
from scoring.sketch.geometry import blob, ellipse, moved, rectangle, regular, turned
from scoring.sketch.stage import Stage

Cloth = tuple[Colour, Colour, Colour]


def paint_cloth(stage: Stage, sheet: Sheet, name: str, cloth: Cloth) -> None:
    """Cover a sheet with one pattern, chosen by the name's own chance."""
    rng = stage.rng(name)
    sheet.wash(cloth[0])
    kinds = list(PATTERNS)
    kind = kinds[int(rng.integers(len(kinds)))]
    PATTERNS[kind](stage, sheet, cloth, rng)


def _stripe(stage: Stage, sheet: Sheet, cloth: Cloth, rng: np.random.Generator) -> None:
    """Weave stripes of two widths."""
    count = stage.count(12, 4)
    step = sheet.width / count
    lean = float(rng.choice([0.0, 0.35, -0.35]))
    for index in range(-count, 2 * count):
        x = index * step
        broad = rectangle(x, -1, x + step * 0.42, 3)
        thin = rectangle(x + step * 0.62, -1, x + step * 0.7, 3)
        sheet.fill(turned(broad, lean), ink=cloth[1])
        sheet.fill(turned(thin, lean), ink=cloth[2])


def _check(stage: Stage, sheet: Sheet, cloth: Cloth, rng: np.random.Generator) -> None:
    """Weave a check of crossing bands."""
    count = stage.count(9, 3)
    step = sheet.width / count
    share = float(rng.uniform(0.3, 0.55))
    for index in range(count * 2 + 1):
        at = index * step
        down, across = rectangle(at, 0, at + step * share, 3), rectangle(0, at, 3, at + step * share)
        sheet.fill(down, ink=cloth[1], opacity=0.6)
        sheet.fill(across, ink=cloth[1], opacity=0.6)
        fine = rectangle(0, at + step * 0.75, 3, at + step * 0.79)
        sheet.fill(fine, fine[:, ::-1], ink=cloth[2])


def _dots(stage: Stage, sheet: Sheet, cloth: Cloth, rng: np.random.Generator) -> None:
    """Print dots in staggered rows."""
    count = stage.count(11, 4)
    step = sheet.width / count
    size = step * float(rng.uniform(0.18, 0.34))
    spots = [
        (step * (column + 0.5 * (row % 2)), step * row)
        for row in range(int(sheet.height / step) + 2)
        for column in range(count + 1)
    ]
    sheet.fill(*(ellipse(spot, size, steps=24) for spot in spots), ink=cloth[1])
    sheet.fill(*(ellipse(spot, size * 0.4, steps=16) for spot in spots[::3]), ink=cloth[2])


def _petals(stage: Stage, sheet: Sheet, cloth: Cloth, rng: np.random.Generator) -> None:
    """Print scattered blossoms and leaves."""
    for index in range(min(60, stage.count(40, 9))):
        x, y = rng.uniform(0, sheet.width), rng.uniform(0, sheet.height)
        radius, turn = rng.uniform(0.03, 0.06), rng.uniform(0, 6.28)
        leaf = ellipse((radius * 1.3, 0), radius * 0.8, radius * 0.28, 20)
        sheet.fill(
            moved(turned(leaf, turn), x, y), moved(turned(leaf, turn + 2.2), x, y), ink=mix(cloth[2], cloth[0], 0.3)
        )
        petals = [
            moved(turned(ellipse((radius * 0.5, 0), radius * 0.48, radius * 0.3, 16), turn + 1.2566 * petal), x, y)
            for petal in range(5)
        ]
        sheet.fill(*petals, ink=cloth[1] if index % 3 else cloth[2])
        sheet.fill(ellipse((x, y), radius * 0.2, steps=16), ink=cloth[0])


def _zigzag(stage: Stage, sheet: Sheet, cloth: Cloth, rng: np.random.Generator) -> None:
    """Knit zigzag rows."""
    rows = stage.count(13, 5)
    step = sheet.height / rows
    teeth = int(rng.integers(6, 11))
    x = np.linspace(-0.1, sheet.width + 0.1, 2 * teeth + 1)
    for row in range(-1, rows + 1):
        y = step * row + step * 0.7 * (np.arange(len(x)) % 2)
        line = np.stack([x, y], axis=1)
        band = np.concatenate([line, moved(line, 0, step * (0.5 if row % 2 else 0.25))[::-1]])
        sheet.fill(band, ink=cloth[1] if row % 2 else cloth[2])


def _camouflage(stage: Stage, sheet: Sheet, cloth: Cloth, rng: np.random.Generator) -> None:
    """Print large soft patches, as by hand."""
    for index in range(stage.count(24, 6)):
        at = (rng.uniform(0, sheet.width), rng.uniform(0, sheet.height))
        sheet.fill(blob(at, rng.uniform(0.05, 0.16), rng, 0.35), ink=cloth[1 + index % 2])


PATTERNS: Mapping[str, Callable[[Stage, Sheet, Cloth, np.random.Generator], None]] = MappingProxyType(
    {
        "stripe": _stripe,
        "check": _check,
        "dots": _dots,
        "petals": _petals,
        "zigzag": _zigzag,
        "camouflage": _camouflage,
    }
)


def cloth_image(stage: Stage, name: str, cloth: Cloth) -> Image.Image:
    """Give a pattern as large as the stage's sheet."""
    sheet = Sheet(stage.sheet.image.size, Camera(focus=(0, 0), zoom=0.62))
    paint_cloth(stage, sheet, name, cloth)
    return sheet.image


def draw_swatches(stage: Stage) -> None:
    """Draw a designer's table: overlapping swatches, a colour card, thread and buttons."""
    stage.paint_backdrop(0.95, 0.7)
    rng = stage.rng("swatches")
    x, y = stage.middle
    for index in range(min(6, stage.count(5, 2))):
        cloth = (stage.tone(0.9 - 0.12 * (index % 4)), stage.accent(index), stage.accent(index + 1, 0.2))
        if index % 2:
            cloth = (stage.accent(index, 0.1), stage.tone(0.95), stage.tone(0.15))
        at = (x + rng.uniform(-0.27, 0.27), y + rng.uniform(-0.27, 0.27))
        turn, half = rng.normal(0, 0.22), rng.uniform(0.14, 0.24)
        outline = turned(pinked_square(half), turn) + at
        stage.sheet.fill(moved(outline, 0.008, 0.014), ink=stage.tone(0.0), opacity=0.35, blur=0.012)
        stage.sheet.fill(outline, ink=cloth_image(stage, f"swatch{index}", cloth))
    for index in range(stage.count(9, 2)):
        at = (x + rng.uniform(-0.45, 0.45), y + rng.uniform(-0.45, 0.45))
        _paint_button(stage, at, rng.uniform(0.016, 0.03), index)


def pinked_square(half: float) -> np.ndarray:
    """Give a square cut with pinking shears."""
    teeth = 28
    run = np.linspace(-half, half, 2 * teeth + 1)
    jag = half + half * 0.035 * (np.arange(len(run)) % 2)
    top = np.stack([run, -jag], axis=1)
    sides = [turned(top, quarter * np.pi / 2) for quarter in range(4)]
    return np.concatenate(sides)


def _paint_button(stage: Stage, at: tuple[float, float], radius: float, index: int) -> None:
    """Lay down one button."""
    colour = stage.accent(index + 1)
    stage.sheet.fill(ellipse((at[0] + 0.004, at[1] + 0.008), radius), ink=stage.tone(0.0), opacity=0.35, blur=0.006)
    stage.sheet.fill(ellipse(at, radius), ink=colour)
    stage.sheet.fill(ellipse(at, radius * 0.76), ink=mix(colour, stage.tone(1.0), 0.25))
    holes = [ellipse(tuple(spot), radius * 0.11, steps=12) for spot in regular(at, radius * 0.28, 4, 0.785)]
    stage.sheet.fill(*holes, ink=stage.tone(0.03))


def half_to_whole(half: np.ndarray) -> np.ndarray:
    """Mirror the right half of a pattern piece to its left."""
    return np.concatenate([half, (half * (-1, 1))[::-1]])
