"""Type for posters: short words from the subject and the small print that goes with them."""

from __future__ import annotations

import re

from scoring.sketch.canvas import Camera
from scoring.sketch.colour import BLACK, WHITE, Colour, luminance, mix
from scoring.sketch.geometry import points, rectangle
from scoring.sketch.stage import Stage

SMALL_LINE = 0.032
FILLERS = frozenset(["and", "for", "from", "into", "over", "poster", "the", "under", "with"])
NOUNS = ("FORM", "RHYTHM", "COLOUR", "SIGNAL", "OPEN AIR", "ECHO", "TYPE", "LIGHT", "MOTION")
SMALL = ("SPRING SERIES", "OPEN DAILY 10 TO 18", "EXHIBITION", "VOLUME TWO", "CITY HALL", "FREE ENTRY")


def headline(stage: Stage) -> list[str]:
    """Take the first telling words of the subject, or a word that fits any poster."""
    words = re.findall(r"[^\W\d_]+", stage.parts.subject)
    telling = [word.upper() for word in words if word.lower() not in FILLERS and len(word) > 2]
    if not telling:
        return [NOUNS[int(stage.rng("noun").integers(len(NOUNS)))]]
    return telling[:1] if stage.sparse() else telling[:2]


def legible(stage: Stage, ground: Colour) -> Colour:
    """Choose the type's colour for a ground."""
    light, dark = mix(stage.palette.ramp(1.0), WHITE, 0.3), mix(stage.palette.ramp(0.0), BLACK, 0.5)
    return dark if luminance(ground) > 0.45 else light


def headline_sizes(words: list[str], width: float) -> list[float]:
    """Give each line the size at which it fills the width, within reason."""
    return [min(0.125, 1.4 * width / max(len(word), 4)) for word in words]


def set_headline(stage: Stage, words: list[str], at: tuple[float, float], colour: Colour) -> float:
    """Set the words in lines from a level downwards; gives the level below the last line."""
    x, y = at
    for word, size in zip(words, headline_sizes(words, 0.62), strict=True):
        stage.sheet.text(word, (x, y + size * 0.4), size, colour, weight=0.035)
        y += size * 0.88
    return y


def small_print(stage: Stage) -> list[str]:
    """Choose the lines of small type."""
    order = stage.rng("small print").permutation(len(SMALL))
    return [SMALL[i] for i in order[: min(3, stage.count(2))]]


def set_small_print(stage: Stage, lines: list[str], at: tuple[float, float], colour: Colour) -> None:
    """Set small type under a fine rule."""
    x, y = at
    stage.sheet.fill(rectangle(x - 0.15, y, x + 0.15, y + 0.003), ink=colour)
    for row, line in enumerate(lines):
        stage.sheet.text(line, (x, y + 0.024 + row * SMALL_LINE), 0.021, colour)


def flat_camera(stage: Stage) -> Camera:
    """Give the camera for what lies flat on the sheet, type above all."""
    turned = stage.sheet.camera.turn
    return Camera(focus=stage.middle, turn=turned)


def border(stage: Stage, colour: Colour) -> None:
    """Draw the heavy border of a framed layout."""
    if stage.parts.attributes.composition != "framed":
        return
    wide, tall = stage.sheet.width, stage.sheet.height
    for inset, width in ((0.035, 0.014), (0.062, 0.003)):
        corners = points(
            (inset, inset),
            (wide - inset, inset),
            (wide - inset, tall - inset),
            (inset, tall - inset),
            (inset, inset),
        )
        stage.sheet.stroke(corners, width=width, ink=colour)
