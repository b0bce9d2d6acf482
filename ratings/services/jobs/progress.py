"""The callback by which long work reports its progress."""

from collections.abc import Callable

Progress = Callable[[str, float], None]  # the stage in words, with its counts, and the share of the whole in [0, 1]


def no_progress(_stage: str, _share: float) -> None:
    """Ignore progress."""


def part_of(progress: Progress, *, start: float, end: float, sentence: str = "{stage}") -> Progress:
    """Give a callback for a step that goes from one share of the whole to another."""
    return lambda stage, share: progress(sentence.format(stage=stage), start + (end - start) * share)
