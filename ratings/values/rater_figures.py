"""How one rater answered: the figures that flags are raised by, and that pages show."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from ratings.values.shapes import Note, json_of, loaded


@dataclass(frozen=True, kw_only=True)
class RaterFigures:
    """Figures of one rater; what could not be measured is none."""

    ratings: Annotated[int, Note("Answers at a first showing.")] = 0
    mean: Annotated[float | None, Note("Mean of the values.")] = None
    sd: Annotated[float | None, Note("Standard deviation of the values.")] = None
    values_used: Annotated[int, Note("Different values chosen.")] = 0
    mode_share: Annotated[float, Note("Share of the commonest value.")] = 0.0
    longest_run: Annotated[int, Note("Most equal answers in a row.")] = 0
    timed: Annotated[int, Note("Answers of which the time is known.")] = 0
    median_seconds: Annotated[float | None, Note("Median time of an answer.")] = None
    time_spread: Annotated[float | None, Note("Quartile range of the times, in parts of their median.")] = None
    hasty: Annotated[int, Note("Answers that came too fast to have looked.")] = 0
    repeats: Annotated[int, Note("Images rated twice.")] = 0
    repeat_difference: Annotated[float | None, Note("Mean difference of both ratings of an image.")] = None
    chance_difference: Annotated[float | None, Note("Mean difference of ratings of two images.")] = None
    checks: Annotated[int, Note("Attention checks answered.")] = 0
    checks_passed: Annotated[int, Note("Attention checks answered as they ask.")] = 0
    consensus: Annotated[float | None, Note("Rank correlation with the mean of the others.")] = None

    leftover: Annotated[float | None, Note("Share of the variance that the others' means do not explain.")] = None

    def as_json(self) -> dict[str, Any]:
        """Give what a row holds."""
        return json_of(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "RaterFigures":
        """Read what a row holds."""
        return loaded(cls, stored)
