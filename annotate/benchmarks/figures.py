"""What a measurement gives: one figure beside the limit it is judged by."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measured number; `limit` is the budget or the physical limit, `ratio` the number as a share of it."""

    name: str
    value: float
    unit: str
    limit: float | None = None
    ratio: float | None = None
    note: str = ""

    def __str__(self) -> str:
        """Give the figure as one line of a table."""
        beside = f"limit {self.limit:,.4g} {self.unit}" if self.limit is not None else ""
        share = f"ratio {self.ratio:.2f}" if self.ratio is not None else ""
        return f"{self.name:<44} {self.value:>12,.4g} {self.unit:<10} {beside:<28} {share:<12} {self.note}".rstrip()


def beside(*, name: str, value: float, unit: str, limit: float, note: str = "") -> Figure:
    """Make a figure with its ratio to a limit."""
    return Figure(name=name, value=value, unit=unit, limit=limit, ratio=value / limit if limit else None, note=note)


def percentile(values: Sequence[float], share: float) -> float:
    """Give the value below which that share lies: the nearest rank, 0 where there are no values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def as_json(figures: Sequence[Figure]) -> list[dict[str, Any]]:
    """Give figures as plain dictionaries."""
    return [asdict(figure) for figure in figures]
