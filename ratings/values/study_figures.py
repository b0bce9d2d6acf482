"""What the answers of a study say together: the figures that its page on quality shows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from ratings.values.shapes import Note, json_of, loaded

Ends = Annotated[float | None, Note("An end of the 95 % interval.")]
Score = Annotated[float, Note("On Elo's scale: 1000 is the mean, 400 points are odds of ten to one.")]


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How far raters agree on the images that several of them rated."""

    level: Annotated[str, Note("Of measurement: ordinal or interval.")] = "ordinal"
    images: Annotated[int, Note("Images with ratings of several raters.")] = 0
    value: Annotated[float | None, Note("Krippendorff's alpha.")] = None
    low: Ends = None
    high: Ends = None


@dataclass(frozen=True, kw_only=True)
class ScaleAgreement(Agreement):
    """How far raters agree on one of several scales."""

    label: Annotated[str, Note("What the scale is called.")]


@dataclass(frozen=True, kw_only=True)
class Retest:
    """How far raters agree with themselves on images that they saw twice."""

    pairs: Annotated[int, Note("Images rated twice by one rater.")] = 0
    srocc: Annotated[float | None, Note("Rank correlation of both ratings.")] = None
    low: Ends = None
    high: Ends = None
    mean_difference: Annotated[float | None, Note("Mean difference of both ratings.")] = None
    equal_share: Annotated[float | None, Note("Share of pairs with twice the same rating.")] = None


@dataclass(frozen=True, kw_only=True)
class AnswerTimes:
    """How long answers take, and how that changes over a session."""

    median: Annotated[float | None, Note("Median seconds of an answer.")] = None
    labels: Annotated[tuple[str, ...], Note("Ranges of seconds.")] = ()
    counts: Annotated[tuple[int, ...], Note("Answers in each range.")] = ()
    positions: Annotated[tuple[str, ...], Note("Ranges of places in a session.")] = ()
    medians: Annotated[tuple[float | None, ...], Note("Median seconds in each range of places.")] = ()


@dataclass(frozen=True, kw_only=True)
class OthersAgreement:
    """How far raters go with the mean of the others."""

    raters: Annotated[int, Note("Raters of whom that could be measured.")] = 0
    mean: Annotated[float | None, Note("Mean of their rank correlations.")] = None


@dataclass(frozen=True, kw_only=True)
class RaterBins:
    """How many raters have a figure in each of equal ranges."""

    low: Annotated[float, Note("Where the first range begins.")]
    high: Annotated[float, Note("Where the last range ends.")]
    counts: Annotated[tuple[int, ...], Note("Raters in each range; what lies beyond the ends counts there.")]


@dataclass(frozen=True, kw_only=True)
class SharedAgreement:
    """How far two raters agree, and on how many answers that rests; no value on too few or without any variation."""

    shared: int
    value: float | None = None


@dataclass(frozen=True, kw_only=True)
class RatingFigures:
    """Figures of a study whose raters rate one image at a time."""

    ratings: Annotated[int, Note("Current ratings at a first showing.")] = 0
    raters: Annotated[int, Note("Raters who gave them.")] = 0
    agreement: Annotated[Agreement, Note("Agreement of raters with each other.")] = field(default_factory=Agreement)
    retest: Annotated[Retest, Note("Agreement of raters with themselves.")] = field(default_factory=Retest)
    times: Annotated[AnswerTimes, Note("Times of the answers.")] = field(default_factory=AnswerTimes)
    checks: Annotated[int, Note("Attention checks answered.")] = 0
    checks_passed: Annotated[int, Note("Attention checks answered as they ask.")] = 0
    consensus: Annotated[OthersAgreement, Note("Agreement of raters with the others' mean.")] = field(
        default_factory=OthersAgreement
    )
    rater_bins: Annotated[
        Mapping[str, RaterBins], Note("Raters by range of a figure: means, spreads, runs, consensus.")
    ] = field(default_factory=dict)
    scales: Annotated[
        tuple[ScaleAgreement, ...],
        Note("Agreement on each of several scales, the main one first.", entry="scale", left_out_blank=True),
    ] = ()

    @property
    def answers(self) -> int:
        """Count the answers."""
        return self.ratings

    def as_json(self) -> dict[str, Any]:
        """Give what a row holds."""
        return json_of(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "RatingFigures":
        """Read what a row holds."""
        return loaded(cls, stored)


@dataclass(frozen=True, kw_only=True)
class BradleyTerryScore:
    """How strong a condition is, with an interval from resampled raters."""

    games: Annotated[int, Note("Comparisons that it took part in.")]
    ties: Annotated[int, Note("Those of them without a winner.")]
    win_share: Annotated[float | None, Note("Share that it won; a tie is half a win.")]
    bradley_terry: Score
    bradley_terry_low: Ends
    bradley_terry_high: Ends


@dataclass(frozen=True, kw_only=True)
class Strength(BradleyTerryScore):
    """The same with Elo, which plays the games one after the other."""

    elo: Score
    elo_low: Ends
    elo_high: Ends


@dataclass(frozen=True, kw_only=True)
class ConditionScores(Strength):
    """The scores of one condition."""

    name: Annotated[str, Note("The condition.")]


@dataclass(frozen=True, kw_only=True)
class SideShare:
    """How often the picture on the first side won: half, where sides do not matter."""

    left: Annotated[int, Note("Decisions for the first side.")] = 0
    decided: Annotated[int, Note("Choices that were no tie.")] = 0
    share: Annotated[float | None, Note("Share of the first side.")] = None
    low: Ends = None
    high: Ends = None


@dataclass(frozen=True, kw_only=True)
class ComparisonFigures:
    """Figures of a study whose raters choose among several pictures."""

    choices: Annotated[int, Note("Choices that stand.")] = 0
    raters: Annotated[int, Note("Raters who gave them.")] = 0
    ties: Annotated[int, Note("Choices without a winner.")] = 0
    sides: Annotated[SideShare, Note("Whether sides mattered.")] = field(default_factory=SideShare)
    is_connected: Annotated[bool, Note("Whether a chain of wins leads from every condition to every other.")] = True
    conditions: Annotated[tuple[ConditionScores, ...], Note("Scores by condition.", entry="condition")] = ()
    wins: Annotated[tuple[tuple[float, ...], ...], Note("Wins of the row's condition over the column's.")] = ()
    times: Annotated[AnswerTimes, Note("Times of the answers.")] = field(default_factory=AnswerTimes)

    @property
    def answers(self) -> int:
        """Count the answers."""
        return self.choices

    def as_json(self) -> dict[str, Any]:
        """Give what a row holds."""
        return json_of(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "ComparisonFigures":
        """Read what a row holds."""
        return loaded(cls, stored)


StudyFigures = RatingFigures | ComparisonFigures
