"""What was measured of a model version: facts with a shape, as its row, its run and its card hold them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Annotated, Any

from ratings.values.shapes import Note, json_of, loaded


@dataclass(frozen=True, kw_only=True)
class MeasuredFigure:
    """A mean over raters with its 95 % interval; what could not be measured is none."""

    value: Annotated[float | None, Note("The mean.")] = None
    low: Annotated[float | None, Note("Lower end of the interval.")] = None
    high: Annotated[float | None, Note("Upper end of the interval.")] = None
    raters: Annotated[int | None, Note("Raters behind it.", left_out_blank=True)] = None
    images: Annotated[int | None, Note("Images behind it.", left_out_blank=True)] = None
    repeats: Annotated[int | None, Note("Images rated twice behind it.", left_out_blank=True)] = None
    pairs: Annotated[int | None, Note("Pairs of images behind it.", left_out_blank=True)] = None

    @classmethod
    def from_json(cls, stored: Any) -> "MeasuredFigure":
        """Read a stored figure; a bare number has no interval."""
        if isinstance(stored, Mapping):
            return loaded(cls, stored)
        return cls(value=stored if isinstance(stored, int | float) else None)


def figure(meaning: str) -> Note:
    """Note a figure that may not have been measured."""
    return Note(meaning, left_out_blank=True)


@dataclass(frozen=True, kw_only=True)
class ModelFigures:
    """How well one model predicts the test slice, per rater and against the mean opinion."""

    srocc: Annotated[MeasuredFigure | None, figure("Rank correlation (Spearman).")] = None
    plcc: Annotated[MeasuredFigure | None, figure("Linear correlation (Pearson).")] = None
    pairwise_accuracy: Annotated[MeasuredFigure | None, figure("Share of pairs in the right order.")] = None
    prompt_accuracy: Annotated[MeasuredFigure | None, figure("Share of pairs of one prompt in the right order.")] = None
    rmse: Annotated[MeasuredFigure | None, figure("Root of the mean squared error.")] = None
    nll: Annotated[MeasuredFigure | None, figure("Negative log-likelihood, in nats.")] = None
    coverage_50: Annotated[MeasuredFigure | None, figure("Share of ratings inside 50 % intervals.")] = None
    coverage_80: Annotated[MeasuredFigure | None, figure("Share of ratings inside 80 % intervals.")] = None
    coverage_95: Annotated[MeasuredFigure | None, figure("Share of ratings inside 95 % intervals.")] = None
    mean_opinion_srocc: Annotated[MeasuredFigure | None, figure("SROCC with the images' mean rating.")] = None
    mean_opinion_plcc: Annotated[MeasuredFigure | None, figure("PLCC with the images' mean rating.")] = None

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "ModelFigures":
        """Read stored figures; versions before stored the SROCC alone where a curve has a point."""
        return loaded(cls, {"srocc": stored} if "value" in stored else stored)


@dataclass(frozen=True, kw_only=True)
class LiveFigures(ModelFigures):
    """How well the model that was live then predicts what both can."""

    version: Annotated[str, Note("Which version it was.")] = ""

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "LiveFigures":
        """Read stored figures."""
        return loaded(cls, stored)


@dataclass(frozen=True, kw_only=True)
class ComparedFigures:
    """Two versions on the same ratings of the test slice."""

    ratings: Annotated[int, Note("Ratings that both predicted.")] = 0
    raters: Annotated[int, Note("Raters who gave them.")] = 0
    newer: Annotated[ModelFigures | None, figure("The newer version.")] = None
    older: Annotated[ModelFigures | None, figure("The older version.")] = None
    differences: Annotated[
        Mapping[str, MeasuredFigure], figure("Newer less older, paired by rater, by name of the figure.")
    ] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Give what a row holds."""
        return json_of(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "ComparedFigures":
        """Read what a row holds."""
        return loaded(cls, stored)


@dataclass(frozen=True, kw_only=True)
class GameFigures:
    """How well one model predicts choices that were kept out, game by game of two pictures, per rater."""

    accuracy: Annotated[MeasuredFigure | None, figure("Share of games that went as it expected.")] = None
    log_likelihood: Annotated[MeasuredFigure | None, figure("Log chance of what was said, in nats per game.")] = None
    confidence: Annotated[MeasuredFigure | None, figure("Share of games that it expected to be right in.")] = None


@dataclass(frozen=True, kw_only=True)
class ChoiceMetrics:
    """What was measured of a version that learned from choices alone."""

    learned: Annotated[int, Note("Choices learned from.")] = 0
    test_choices: Annotated[int, Note("Choices kept out, to measure on.")] = 0
    test_games: Annotated[int, Note("Games between two pictures that these decided.")] = 0
    personal: Annotated[GameFigures | None, figure("This model.")] = None
    everybody: Annotated[GameFigures | None, Note("The same without taste.", key="global", left_out_blank=True)] = None
    one_utility: Annotated[GameFigures | None, figure("One utility for everybody, linear in features.")] = None
    lead: Annotated[
        Mapping[str, MeasuredFigure], figure("How far this model is ahead in log likelihood, by model.")
    ] = field(default_factory=dict)
    live: Annotated[GameFigures | None, figure("The live model then, on what both can predict.")] = None
    live_version: Annotated[str, figure("Which version that was.")] = ""
    choices_known: Annotated[Mapping[str, GameFigures], figure("New raters, by the number of their choices known.")] = (
        field(default_factory=dict)
    )


@dataclass(frozen=True, kw_only=True)
class CalibrationPoint:
    """How many ratings fell into the predicted intervals of one level."""

    level: Annotated[float, Note("Level of the interval.")]
    inside: Annotated[MeasuredFigure, Note("Share of each rater's ratings inside.")]


@dataclass(frozen=True, kw_only=True)
class SelectionPoint:
    """Errors after so many ratings of a new rater."""

    chosen: Annotated[MeasuredFigure, Note("RMSE after images that a model chose.")]
    drawn: Annotated[MeasuredFigure, Note("RMSE after images drawn at random.")]
    gain: Annotated[MeasuredFigure, Note("How much lower that of chosen images is, paired by rater.")]


@dataclass(frozen=True, kw_only=True)
class DividingImage:
    """An image on which raters are expected to differ."""

    image: Annotated[str, Note("Its id.")]
    spread: Annotated[float, Note("Spread of the expected ratings, each rater's mean set aside.")]
    low: Annotated[float, Note("Below it lies a tenth of the expected ratings.")]
    high: Annotated[float, Note("Above it lies a tenth of the expected ratings.")]


@dataclass(frozen=True, kw_only=True)
class LearningSource:
    """Where ratings that a version learned from came from, and how much they counted."""

    name: Annotated[str, Note("Name of the set; blank for the study's own ratings.")]
    ratings: Annotated[int, Note("Ratings.")]
    share: Annotated[float, Note("Of all ratings that it learned from.")]
    weight_share: Annotated[float, Note("Of the weight of all ratings in the fit.")]


Tables = Mapping[str, ModelFigures]


@dataclass(frozen=True, kw_only=True)
class LearningPoint:
    """How well a model predicts that learned from a part of the ratings."""

    ratings: Annotated[int, Note("Ratings of the study that it learned from.")]
    srocc: Annotated[MeasuredFigure, Note("SROCC on the whole test slice.")]


@dataclass(frozen=True, kw_only=True)
class GainPoint:
    """What so many more ratings are expected to bring."""

    more: Annotated[int, Note("Further ratings.")]
    srocc: Annotated[MeasuredFigure, Note("How much the SROCC is expected to rise.")]


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """What more ratings of the same raters are expected to bring, from models of parts of the ratings."""

    points: Annotated[tuple[LearningPoint, ...], Note("The learning curve.", entry="point")] = ()
    gains: Annotated[tuple[GainPoint, ...], Note("What more ratings would bring.", entry="point")] = ()
    expected_before: Annotated[
        MeasuredFigure | None, figure("What half of the ratings would have expected of the other half.")
    ] = None
    brought_before: Annotated[MeasuredFigure | None, figure("What the other half brought.")] = None


@dataclass(frozen=True, kw_only=True)
class RaterGains:
    """How well a model expects to predict one rater, now and after more of their ratings."""

    now: Annotated[MeasuredFigure | None, figure("Expected SROCC on pictures not rated yet.")] = None
    gains: Annotated[tuple[GainPoint, ...], Note("What more ratings would bring.", entry="point")] = ()

    def as_json(self) -> dict[str, Any]:
        """Give what a row holds."""
        return json_of(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "RaterGains":
        """Read what a row holds."""
        return loaded(cls, stored)


@dataclass(frozen=True, kw_only=True)
class VersionMetrics:
    """What a training run measured of the version that it made; without a test slice only what it learned from."""

    fit: Annotated[Mapping[str, Any], Note("Record of the fit.", left_out_blank=True)] = field(default_factory=dict)
    ratings: Annotated[int, Note("Ratings learned from.")] = 0
    raters: Annotated[int, Note("Raters learned from.")] = 0
    images: Annotated[int, Note("Images learned from.")] = 0
    test_ratings: Annotated[int, Note("Ratings of the test slice.")] = 0
    noise_ceiling: Annotated[MeasuredFigure | None, Note("SROCC that a perfect model could reach.")] = None
    personal: Annotated[ModelFigures | None, figure("This model.")] = None
    everybody: Annotated[ModelFigures | None, Note("The same without taste.", key="global", left_out_blank=True)] = None
    baselines: Annotated[Tables, figure("Simpler models by name.")] = field(default_factory=dict)
    lead: Annotated[Mapping[str, MeasuredFigure], figure("How far taste is ahead in SROCC, by model.")] = field(
        default_factory=dict
    )
    personal_minus_global: Annotated[MeasuredFigure | None, figure("What taste adds to the SROCC.")] = None
    calibration: Annotated[tuple[CalibrationPoint, ...], figure("Opinions inside predicted intervals.")] = ()
    parts: Annotated[Mapping[str, float], figure("What carries a prediction, shares by part.")] = field(
        default_factory=dict
    )
    live: Annotated[LiveFigures | None, figure("The live model then.")] = None
    srocc_minus_live: Annotated[MeasuredFigure | None, figure("SROCC less that of the live model.")] = None
    rmse_minus_live: Annotated[MeasuredFigure | None, figure("RMSE less that of the live model.")] = None
    k_shot: Annotated[Tables, figure("New raters, by the number of their ratings known.")] = field(default_factory=dict)
    unseen_raters: Annotated[ModelFigures | None, figure("Raters never met.")] = None
    selection: Annotated[Mapping[str, SelectionPoint], figure("Chosen against drawn, by number of ratings.")] = field(
        default_factory=dict
    )
    choices: Annotated[ChoiceMetrics | None, figure("What was measured on choices, where it learned from them.")] = None
    outlook: Annotated[Outlook | None, figure("What more ratings would bring.")] = None
    scale: Annotated[str, figure("Key of the scale that was learned, where it is not the main one.")] = ""
    software: Annotated[Mapping[str, str], figure("Programs that made it.")] = field(default_factory=dict)
    dividing: Annotated[tuple[DividingImage, ...], figure("Images that divide raters most.")] = ()

    @property
    def tables(self) -> dict[str, ModelFigures]:
        """Give the figures of every model that was compared, by name, this one's first."""
        found = {"personal": self.personal, "global": self.everybody, "live": self.live}
        found |= {"unseen_raters": self.unseen_raters, **self.baselines}
        return {name: table for name, table in found.items() if table is not None and table.srocc is not None}

    @property
    def sources(self) -> tuple[LearningSource, ...]:
        """Give what it learned from: the study's own ratings, and set by set; a record of before names no sets."""
        own, *sets = self.fit.get("datasets") or [{"ratings": self.ratings, "weight": 1.0}]
        rows = [("", own), *((str(one["name"]), one) for one in sets)]
        counts = [int(one["ratings"]) for _, one in rows]
        weights = [count * float(one.get("weight", 1.0)) for count, (_, one) in zip(counts, rows, strict=True)]
        return tuple(
            LearningSource(
                name=name,
                ratings=count,
                share=round(count / max(sum(counts), 1), 5),
                weight_share=round(weight / (sum(weights) or 1.0), 5),
            )
            for (name, _), count, weight in zip(rows, counts, weights, strict=True)
        )

    @property
    def training_curve(self) -> list[list[float]]:
        """Give the looks at a network while it was fitted; none where it was not."""
        return list(self.fit.get("training_curve") or [])

    def as_json(self) -> dict[str, Any]:
        """Give what a row holds."""
        return json_of(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "VersionMetrics":
        """Read what a row holds; further tables at the top, as of former versions, are among the baselines."""
        known = {*(one.name for one in fields(cls)), "global"}
        further = dict(further_tables(stored, known=known))
        return loaded(cls, {**stored, "baselines": {**further, **(stored.get("baselines") or {})}})


def further_tables(stored: Mapping[str, Any], *, known: set[str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give the models' tables that stand under names of their own."""
    for name, part in stored.items():
        if name not in known and isinstance(part, Mapping) and isinstance(part.get("srocc"), Mapping):
            yield name, part


NOT_MEASURED = VersionMetrics()
