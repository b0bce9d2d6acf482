"""What somebody wants of a study before it opens, and what a worker finds that it takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from ratings.values.shapes import Note, json_of, loaded


@dataclass(frozen=True, kw_only=True)
class PlanTerms:
    """The precision that is wanted, and what is stated instead of being measured."""

    half_width: Annotated[
        float | None,
        Note(
            "Wanted half-width of the 95 % interval of a picture's mean, in points of the scale; of a choice's share, "
            "in designs with choices. A tenth of the scale unless it is given.",
            label="Half-width of the 95 % interval",
            lowest=0.0001,
        ),
    ] = None
    rater_sd: Annotated[
        float | None,
        Note(
            "Standard deviation of different raters' answers about one picture, from a pilot study; measured here, or "
            "a quarter of the scale, unless it is given.",
            label="Standard deviation between raters",
            lowest=0.0001,
        ),
    ] = None
    seconds: Annotated[
        float | None,
        Note(
            "Seconds that one answer takes; measured here, or 6, unless they are given.",
            label="Seconds per answer",
            lowest=0.1,
        ),
    ] = None
    items: Annotated[
        int | None,
        Note(
            "Pictures or pairs that the study will have; those that it has unless it is given.",
            label="Pictures or pairs",
            lowest=1,
        ),
    ] = None

    def as_json(self) -> dict[str, Any]:
        """Give what a row holds."""
        return json_of(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "PlanTerms":
        """Read what a row holds."""
        return loaded(cls, stored)


@dataclass(frozen=True, kw_only=True)
class PlanOption:
    """What one choice of answers per item and per rater takes, and brings."""

    per_item: Annotated[int, Note("Raters of each item.")]
    per_rater: Annotated[int, Note("Answers asked of each rater, repeats and checks among them.")]
    raters: Annotated[int, Note("Raters needed.")]
    answers: Annotated[int, Note("Answers of all raters together.")]
    hours: Annotated[float, Note("Hours that all raters spend together.")]
    cost: Annotated[float | None, Note("What they are paid together; none where the study states no pay.")]
    half_width: Annotated[float, Note("Half-width of the 95 % interval of an item's mean, 1.96 sd / sqrt(n).")]
    reached: Annotated[float | None, Note("Share of items whose own interval is as narrow as wanted, simulated.")]
    srocc: Annotated[float | None, Note("Expected SROCC for a new rater after that many answers.")]
    srocc_low: Annotated[float | None, Note("Lower end of its 95 % interval over simulated raters.")]
    srocc_high: Annotated[float | None, Note("Upper end of that interval.")]


@dataclass(frozen=True, kw_only=True)
class StudyPlanFigures:
    """What a wanted precision takes, beside other choices, and what this rests on."""

    sentence: Annotated[str, Note("What the wanted precision takes, in one sentence.")] = ""
    half_width: Annotated[float, Note("The half-width that was wanted.")] = 0.0
    unit: Annotated[str, Note("What the half-width is counted in.")] = ""
    items: Annotated[int, Note("Items that were reckoned with.")] = 0
    item_words: Annotated[str, Note("What an item is, in the plural.")] = ""
    currency: Annotated[str, Note("Currency of the cost.")] = ""
    options: Annotated[
        tuple[PlanOption, ...], Note("The choices, by answers per rater and raters per item.", entry="option")
    ] = ()
    needed: Annotated[
        PlanOption | None, Note("The choice that reaches the wanted precision with the study's quota.")
    ] = None
    rests_on: Annotated[
        tuple[str, ...], Note("Where each figure comes from, measured, stated or assumed, a sentence each.")
    ] = ()

    def as_json(self) -> dict[str, Any]:
        """Give what a row holds."""
        return json_of(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "StudyPlanFigures":
        """Read what a row holds."""
        return loaded(cls, stored)
