"""Posters: a big form, a headline and small print, in several manners."""

from __future__ import annotations

import numpy as np

from scoring.sketch.canvas import Camera, Linear, Radial
from scoring.sketch.colour import BLACK, WHITE, Colour, mix
from scoring.sketch.design.lettering import (
    SMALL_LINE,
    border,
    flat_camera,
    headline,
    headline_sizes,
    legible,
    set_headline,
    set_small_print,
    small_print,
)
from scoring.sketch.geometry import (
    arc,
    below,
    ellipse,
    points,
    rectangle,
    ribbon,
    ridge,
    sector,
)
from scoring.sketch.stage import Stage

BUSY = 20.0  # spread of luminance, of 255, above which type needs a plain band


def ground(stage: Stage, rng_name: str) -> Colour:
    """Choose and lay the poster's ground: pale by day, dark or coloured by night."""
    rng = stage.rng(rng_name)
    pale = mix(stage.tone(0.97), stage.palette.ramp(1.0), 0.5)
    options = [pale, stage.accent(0), stage.tone(0.12)]
    choice = 2 if stage.mood.is_night else int(rng.choice([0, 0, 1, 2]))
    colour = options[choice]
    x, y = stage.light
    lit, dark = mix(colour, (255, 255, 255), 0.1), mix(colour, stage.palette.ramp(0.0), 0.14)
    stage.sheet.wash(Radial((lit, colour, dark), (x, y), (x + 1.0, y + 0.5)))
    return colour


def draw_rings(stage: Stage) -> None:
    """Draw a Swiss poster of swung arcs."""
    back = ground(stage, "rings")
    rng = stage.rng("arcs")
    centre = (stage.middle[0], stage.middle[1] - 0.15)
    rings = stage.count(9, 3)
    start = float(rng.uniform(0, 6.28))
    for index in range(rings):
        outer = 0.32 * (rings - index) / rings
        start += float(rng.choice([np.pi / 2, np.pi / 4, np.pi]))
        sweep = float(rng.choice([np.pi, 1.5 * np.pi, np.pi / 2]))
        band = sector(centre, outer, start, start + sweep, outer * (1 - 0.62 / max(rings - index, 1.3)))
        colour = stage.accent(index) if index % 3 else legible(stage, back)
        stage.sheet.fill(band, ink=colour)
    stage.sheet.fill(ellipse(centre, 0.05), ink=stage.accent(1))


def draw_blocks(stage: Stage) -> None:
    """Draw a Bauhaus tiling of quarter discs, halves and stripes."""
    back = ground(stage, "blocks")
    rng = stage.rng("tiles")
    cells = {1: 2, 2: 3, 4: 4}.get(stage.count(4), 6)
    side = 0.64 / cells
    left, top = stage.middle[0] - 0.32, stage.middle[1] - 0.45
    for row in range(cells):
        for column in range(cells):
            corner = (left + column * side, top + row * side)
            _paint_tile(stage, corner, side, rng, back)


def _paint_tile(stage: Stage, corner: tuple[float, float], side: float, rng: np.random.Generator, back: Colour) -> None:
    """Paint one tile of the pattern."""
    x, y = corner
    colours = [stage.accent(0), stage.accent(1), stage.accent(2), stage.accent(3), stage.tone(0.1), stage.tone(0.9)]
    first, second = (colours[i] for i in rng.permutation(len(colours))[:2])
    stage.sheet.fill(rectangle(x, y, x + side, y + side), ink=first)
    kind = int(rng.integers(6))
    if kind == 0:
        hook = ((x, y), (x + side, y), (x + side, y + side), (x, y + side))[int(rng.integers(4))]
        quarter = ellipse(hook, side).clip((x, y), (x + side, y + side))
        stage.sheet.fill(quarter, ink=second)
    elif kind == 1:
        stage.sheet.fill(ellipse((x + side / 2, y + side / 2), side * 0.34), ink=second)
        stage.sheet.fill(ellipse((x + side / 2, y + side / 2), side * 0.14), ink=back)
    elif kind == 2:
        stage.sheet.fill(points((x, y), (x + side, y), (x, y + side)), ink=second)
    elif kind == 3:
        bars = [rectangle(x, y + side * b / 5, x + side, y + side * (b + 1) / 5) for b in (0, 2, 4)]
        stage.sheet.fill(*bars, ink=second)
    elif kind == 4:
        half = ellipse((x + side / 2, y + side), side / 2).clip((x, y), (x + side, y + side))
        stage.sheet.fill(half, ink=second)


def draw_sunburst(stage: Stage) -> None:
    """Draw rays behind a sun over layered hills, as on a travel or festival poster."""
    ground(stage, "sunburst")
    rng = stage.rng("rays")
    sun = (stage.middle[0], stage.middle[1] - 0.08)
    rays = stage.count(15, 6)
    wedge = np.pi / rays
    shapes = [sector(sun, 1.9, 2 * wedge * i, 2 * wedge * i + wedge) for i in range(rays)]
    pale = stage.accent(1)
    stage.sheet.fill(*shapes, ink=Radial((stage.tone(0.95), pale, pale), sun, (sun[0] + 0.9, sun[1])), opacity=0.62)
    for ring in range(3):
        colour = mix(stage.accent(2), stage.tone(1.0), 0.3 * ring)
        stage.sheet.fill(ellipse(sun, 0.25 - 0.05 * ring), ink=colour)
    left, _, right, bottom = stage.sheet.bounds()
    layers = stage.count(4, 2)
    for layer in range(layers):
        crest = ridge((left, right), stage.middle[1] + 0.08 + 0.3 * layer / layers, 0.08, rng, 0.42)
        tone = stage.tone(0.5 - 0.46 * layer / max(layers - 1, 1))
        stage.sheet.fill(below(crest, bottom), ink=mix(tone, stage.accent(layer), 0.35))


def draw_waves(stage: Stage) -> None:
    """Draw an optical pattern of lines that swell over a hidden ball."""
    back = ground(stage, "waves")
    rng = stage.rng("lines")
    left, top, right, bottom = stage.sheet.bounds()
    lines = stage.count(34, 10)
    centre = (stage.middle[0], stage.middle[1] - 0.08)
    radius = float(rng.uniform(0.24, 0.34))
    x = np.linspace(left, right, 150)
    for index in range(lines):
        y = np.full_like(x, top + (bottom - top) * (index + 0.5) / lines)
        reach = np.hypot(x - centre[0], y - centre[1])
        bump = np.exp(-((reach / radius) ** 2))
        line = np.stack([x, y - 0.16 * bump + 0.012 * np.sin(7 * x + index * 0.25)], axis=1)
        width = (bottom - top) / lines * (0.22 + 0.5 * bump[::6])
        inside = stage.accent(index // max(1, lines // 5))
        colour = mix(legible(stage, back), inside, 0.75 if index % 2 else 0.15)
        stage.sheet.fill(ribbon(line, width), ink=colour)


def draw_mark(stage: Stage) -> None:
    """Draw a logo: one simple mark built of arcs and bars, with much air around it."""
    back = ground(stage, "mark")
    rng = stage.rng("mark shape")
    x, y = stage.middle[0], stage.middle[1] - 0.16
    petals = int(rng.choice([3, 4, 5, 6, 8]))
    radius = 0.22
    ink, kind = legible(stage, back), int(rng.integers(3))
    for index in range(petals):
        angle = 2 * np.pi * index / petals + float(rng.choice([0.0]))
        hub = (x + radius * 0.5 * np.cos(angle), y + radius * 0.5 * np.sin(angle))
        colour = stage.accent(index) if index % 2 or petals < 5 else ink
        if kind == 0:
            stage.sheet.fill(ellipse(hub, radius * 0.5), ink=colour, opacity=0.82)
        elif kind == 1:
            blade = sector((x, y), radius, angle, angle + 1.6 * np.pi / petals, radius * 0.34)
            stage.sheet.fill(blade, ink=colour)
        else:
            swing = arc(hub, radius * 0.5, angle, angle + np.pi)
            stage.sheet.stroke(swing, width=0.045, ink=colour)
    rings = stage.count(3, 0) if not stage.sparse() else 0
    for ring in range(rings):
        stage.sheet.stroke(arc((x, y), radius * (1.12 + 0.09 * ring), 0, 6.2832, 90), width=0.004, ink=ink)
    stage.sheet.fill(ellipse((x, y), radius * 0.12), ink=back)


def draw_gradient(stage: Stage) -> None:
    """Draw a modern poster of soft colour clouds and one crisp form."""
    ground(stage, "gradient")
    rng = stage.rng("colour clouds")
    for index in range(stage.count(8, 3)):
        at = (stage.middle[0] + rng.normal(0, 0.3), stage.middle[1] + rng.normal(0, 0.3))
        stage.sheet.fill(ellipse(at, rng.uniform(0.12, 0.34)), ink=stage.accent(index), opacity=0.75, blur=0.07)
    x, y = stage.middle[0], stage.middle[1] - 0.14
    bars = stage.count(11, 4)
    for index in range(bars):
        left = x - 0.3 + 0.6 * index / bars
        ink = Linear((stage.tone(0.98), stage.accent(2), stage.tone(0.1)), (left, y), (left + 0.6 / bars, y))
        half = 0.28 * np.sqrt(max(0.02, 1 - ((index + 0.5) / bars * 2 - 1) ** 2))
        stage.sheet.fill(rectangle(left, y - half, left + 0.6 / bars, y + half), ink=ink, opacity=0.9)


def crown_poster(stage: Stage) -> None:
    """Set the poster's type and border over the finished print."""
    sheet = stage.sheet
    scene_camera, sheet.camera = sheet.camera, flat_camera(stage)
    words, lines = headline(stage), small_print(stage)
    high = 0.88 * sum(headline_sizes(words, 0.62)) + 0.05 + SMALL_LINE * len(lines)
    values = stage.parts.attributes
    edge = {"framed": 0.1, "diagonal": 0.09}.get(values.composition, 0.055)
    top = sheet.height - edge - high
    x = stage.middle[0]
    if values.composition == "thirds":
        x += 0.13 * (1 if scene_camera.shift[0] < 0 else -1)
    colour = legible(stage, _calmed(stage, top - 0.03, top + high + 0.02))
    end = set_headline(stage, words, (x, top), colour)
    set_small_print(stage, lines, (x, end + 0.022), colour)
    sheet.camera = Camera(focus=(0, 0))
    border(stage, colour)
    sheet.camera = scene_camera


def _calmed(stage: Stage, top: float, bottom: float) -> Colour:
    """Give the mean colour of a strip, laying a plain band over it where it is too busy for type."""
    image = stage.sheet.image
    unit = stage.sheet.unit
    strip = image.crop((0, max(0, round(top * unit)), image.width, min(image.height, round(bottom * unit))))
    pixels = np.asarray(strip.reduce(4), dtype=np.float64)
    red, green, blue = (round(value) for value in pixels.mean(axis=(0, 1)))
    spread = float((pixels @ (0.299, 0.587, 0.114)).std())
    if spread < BUSY:
        return red, green, blue
    dark = stage.mood.is_night or red + green + blue < 380
    band = mix(stage.palette.ramp(0.0), BLACK, 0.2) if dark else mix(stage.palette.ramp(1.0), WHITE, 0.3)
    left, _, right, far = stage.sheet.bounds()
    stage.sheet.fill(rectangle(left, top, right, far), ink=band)
    return band
