"""Measure choices of the best and the worst: scores from the pairs that they imply, places and time."""

from ratings.services.quality.measured import measure_choices as measure

__all__ = ["measure"]
