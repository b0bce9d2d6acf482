"""Pictures of a study: taken off it, and put back."""

from ratings.services.taking_off import OffReport, put_back, take_off

__all__ = ["OffReport", "put_back", "take_off"]
