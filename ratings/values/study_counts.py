"""What a study holds, as counted at one moment: items, places, raters, answers, and how they are spread."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from ratings.values.shapes import Note, json_of, loaded


@dataclass(frozen=True, kw_only=True)
class Served:
    """What one policy put to a study's raters, and what became of it."""

    policy: Annotated[str, Note("The policy.")]
    handed_out: Annotated[int, Note("Assignments that were shown.")]
    rated: Annotated[int, Note("Those that were answered.")]
    skipped: Annotated[int, Note("Those that were skipped.")]
    returned: Annotated[int, Note("Those that were given back.")]
    held: Annotated[int, Note("Those that a rater holds.")]
    waiting: Annotated[int, Note("Those that wait in a rater's queue.")]
    propensity: Annotated[float | None, Note("On average, of what was handed out.")]


@dataclass(frozen=True, kw_only=True)
class Spread:
    """How a study's items and answers are spread."""

    covered: Annotated[int, Note("Items with all the raters that they want.")]
    by_taken: Annotated[Mapping[str, int], Note("Items by the number of their places taken.")]
    by_day: Annotated[Mapping[str, int], Note("Answers by day.")]
    by_value: Annotated[Mapping[str, int], Note("Answers by value.")]
    generators: Annotated[tuple[str, ...], Note("What its images say they were made by.")]
    domains: Annotated[tuple[str, ...], Note("What its images say they show.")]
    by_policy: Annotated[tuple[Served, ...], Note("What each policy served.", entry="policy")]
    practised: Annotated[int | None, Note("Raters who answered a practice picture; absent from older counts.")] = None

    def as_json(self) -> dict[str, Any]:
        """Give what a row holds."""
        return json_of(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Spread":
        """Read what a row holds."""
        return loaded(cls, stored)
