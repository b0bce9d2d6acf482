"""What a tracker is given of a training run: settings, figures and names, nothing of a rater."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class TrackedFacts:
    """An ended run, as any tracker takes it."""

    key: str  # the same whenever it is logged again
    name: str
    study: str
    is_finished: bool  # not where it failed
    started_at: datetime
    ended_at: datetime
    settings: Mapping[str, str]
    figures: Mapping[str, float]
    labels: Mapping[str, str]
    verdict: str = ""


class TrackerUnavailableError(Exception):
    """A tracker took nothing; the text says why."""


def reason_of(error: Exception) -> str:
    """Give the first line of what a library says, without a password that an address in it may hold."""
    first = str(error).strip().split("\n")[0] or type(error).__name__
    return re.sub(r"//[^/@\s]*@", "//", first)
