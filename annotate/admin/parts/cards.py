"""Figures at the top of a page."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Card:
    """One figure with what it means."""

    title: str
    value: str
    detail: str = ""
    percent: float | None = None
    is_thin: bool = False  # whether it rests on few cases: it is greyed and says so
    url: str = ""  # to what the figure is of
