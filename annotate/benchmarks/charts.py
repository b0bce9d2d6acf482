"""Draw lines with their intervals as SVG, for report pages that stand on their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT = 520, 300  # px
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 12, 40
COLOURS = ("#0f766e", "#b45309", "#4f46e5", "#64748b")
TICKS = 5


@dataclass(frozen=True, kw_only=True)
class Band:
    """A line with a lower and an upper end at every point."""

    name: str
    mean: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]


def chart(*, title: str, x_name: str, labels: Sequence[str], bands: Sequence[Band]) -> dict[str, Any]:
    """Give what a template needs to draw the bands over evenly spaced labels."""
    floor = min(min(band.low) for band in bands)
    ceiling = max(max(band.high) for band in bands)
    span = (ceiling - floor) or 1.0
    step = (WIDTH - LEFT - RIGHT) / max(len(labels) - 1, 1)

    def x(place: int) -> float:
        return LEFT + place * step

    def y(value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (ceiling - value) / span

    def points(values: Sequence[float]) -> list[str]:
        return [f"{x(place):.1f},{y(value):.1f}" for place, value in enumerate(values)]

    ticks = [floor + span * part / (TICKS - 1) for part in range(TICKS)]
    return {
        "title": title,
        "x_name": x_name,
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "right": WIDTH - RIGHT,
        "bottom": HEIGHT - BOTTOM,
        "middle": (LEFT + WIDTH - RIGHT) / 2,
        "x_ticks": [(f"{x(place):.1f}", label) for place, label in enumerate(labels)],
        "y_ticks": [(f"{y(value):.1f}", f"{value:.1f}") for value in ticks],
        "bands": [
            {
                "name": band.name,
                "colour": colour,
                "line": " ".join(points(band.mean)),
                "area": " ".join([*points(band.high), *reversed(points(band.low))]),
            }
            for band, colour in zip(bands, COLOURS, strict=False)
        ],
    }
