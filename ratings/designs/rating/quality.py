"""Measure ratings: agreement, test-retest reliability, time and attention."""

from ratings.services.quality.measured import measure_ratings as measure

__all__ = ["measure"]
