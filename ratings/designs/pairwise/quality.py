"""Measure choices: scores of the conditions, sides and time."""

from ratings.services.quality.measured import measure_choices as measure

__all__ = ["measure"]
