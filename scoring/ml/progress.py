"""The callback by which long computations report their progress; `ratings.services.jobs.progress` is the same type."""

from collections.abc import Callable

Progress = Callable[[str, float], None]  # the stage in words, and the share of the whole in [0, 1]; may raise to cancel


def no_progress(_stage: str, _share: float) -> None:
    """Ignore progress."""
