"""Draw lines with their intervals as SVG, for report pages that stand on their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor
from typing import Any

WIDTH, HEIGHT = 560, 320  # px
LEFT, RIGHT, TOP, BOTTOM = 40, 136, 14, 44  # on the right stand the names of the lines
COLOURS = ("#b8400e", "#0f766e", "#4f46e5", "#6b7280")
STEPS = (0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 5.0)  # between two ticks
MOST_TICKS = 7
NAME_HEIGHT = 17.0  # px, that two names keep apart


@dataclass(frozen=True, kw_only=True)
class Band:
    """A line with a lower and an upper end at every point."""

    name: str
    mean: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]


def chart(*, title: str, x_name: str, labels: Sequence[str], bands: Sequence[Band]) -> dict[str, Any]:
    """Give what a template needs to draw the bands over evenly spaced labels."""
    ticks = round_ticks(low=min(min(band.low) for band in bands), high=max(max(band.high) for band in bands))
    span = ticks[-1] - ticks[0]
    step = (WIDTH - LEFT - RIGHT) / max(len(labels) - 1, 1)

    def x(place: int) -> float:
        return LEFT + place * step

    def y(value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (ticks[-1] - value) / span

    def points(values: Sequence[float]) -> list[str]:
        return [f"{x(place):.1f},{y(value):.1f}" for place, value in enumerate(values)]

    heights = apart([y(band.mean[-1]) for band in bands])
    return {
        "title": title,
        "x_name": x_name,
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "right": WIDTH - RIGHT,
        "bottom": HEIGHT - BOTTOM,
        "middle": (LEFT + WIDTH - RIGHT) / 2,
        "name_at": WIDTH - RIGHT + 10,
        "x_ticks": [(f"{x(place):.1f}", label) for place, label in enumerate(labels)],
        "y_ticks": [(f"{y(value):.1f}", f"{value:g}", value == 0) for value in ticks],
        "bands": [
            {
                "name": band.name,
                "colour": colour,
                "line": " ".join(points(band.mean)),
                "dots": [point.split(",") for point in points(band.mean)],
                "area": " ".join([*points(band.high), *reversed(points(band.low))]),
                "name_y": f"{height:.1f}",
            }
            for band, colour, height in zip(bands, COLOURS, heights, strict=False)
        ],
    }


def round_ticks(*, low: float, high: float) -> list[float]:
    """Give a few round values from below the lowest to above the highest; zero is among them."""
    low, high = min(low, 0.0), max(high, 0.0)
    step = next((one for one in STEPS if (high - low) / one < MOST_TICKS), STEPS[-1])
    first, last = floor(low / step), max(ceil(high / step), 1)
    return [round(place * step, 6) for place in range(first, last + 1)]


def apart(heights: Sequence[float]) -> list[float]:
    """Move names that would cover each other down, in the order of their lines."""
    moved = list(heights)
    order = sorted(range(len(moved)), key=lambda place: moved[place])
    for before, after in pairwise(order):
        moved[after] = max(moved[after], moved[before] + NAME_HEIGHT)
    return moved
