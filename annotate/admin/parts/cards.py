"""Figures at the top of a page."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Card:
    """One figure with what it means."""

    title: str
    value: str
    detail: str = ""
    percent: float | None = None
    url: str = ""  # to what the figure is of
