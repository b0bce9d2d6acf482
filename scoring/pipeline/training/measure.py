"""Measure a model on unseen data: the test slice, beside baselines and the live model, and repeats."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from ratings.models import Study
from ratings.services.jobs.progress import Progress
from scoring.metrics import CalibrationPoint, LiveFigures, MeasuredFigure, ModelFigures, VersionMetrics
from scoring.ml.data.arrays import Ints, Ratings, Snapshot, rows_by
from scoring.ml.evaluation.baselines import BASELINES, fit_baseline
from scoring.ml.evaluation.metrics import (
    Estimate,
    Scored,
    bootstrap_mean,
    compare,
    group_accuracy,
    group_codes,
    noise_ceiling,
    paired_difference,
    per_rater,
    score_prediction,
    summarise,
)
from scoring.ml.reward import RewardModel
from scoring.ml.taste.posterior import TastePosterior
from scoring.ml.training.fit import FitResult, fit_reward, predict_ratings
from scoring.models import ModelVersion
from scoring.pipeline.inputs.arrays import NO_RATINGS, StudyArrays
from scoring.pipeline.serving.live import live_model, stored_representation
from scoring.pipeline.training.attribution import carrying_parts
from scoring.selectors.training import StudyRatings, TrainingRow

ALONE = "study-alone"
LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


@dataclass(frozen=True, kw_only=True)
class TrainedModel:
    """What a run fitted, and what it may be measured on."""

    data: StudyArrays
    joint: Snapshot  # the study's ratings, and behind them those of the sets that it learns from
    ratings: StudyRatings
    fitted: FitResult

    @property
    def model(self) -> RewardModel:
        """Give the fitted model."""
        return self.fitted.model


def measure_model(trained: TrainedModel, *, tell: Progress) -> VersionMetrics:
    """Give the metrics on the test slice: this model, the same without taste, baselines and the live one, paired."""
    snapshot, test = trained.data.snapshot, trained.data.known(trained.ratings.test)
    metrics = VersionMetrics(
        fit=trained.fitted.record,
        ratings=len(snapshot.ratings),
        raters=len(snapshot.raters),
        images=len(np.unique(snapshot.ratings.image)),
        test_ratings=len(test),
        noise_ceiling=repeat_ceiling(trained.ratings),
    )
    if not test:
        return metrics
    query = trained.data.ratings(test)
    personal = score_prediction(query, predict_ratings(trained.model, snapshot, query, trained.model.known_raters))
    everybody = score_prediction(query, predict_ratings(trained.model, snapshot, query, prior_tastes(trained)))
    simpler = {**baselines(trained, query, tell=tell), **study_alone(trained, query)}
    prompts = prompt_codes(trained.data, query)
    ahead = compare({"personal": personal, "global": everybody, **simpler}, "personal")
    lead = {name: MeasuredFigure.from_json(found) for name, found in ahead.items()}
    measured_here = replace(
        metrics,
        personal=with_prompts(figures_of(personal), personal, prompts),
        everybody=with_prompts(figures_of(everybody), everybody, prompts),
        baselines={name: with_prompts(figures_of(found), found, prompts) for name, found in simpler.items()},
        lead=lead,
        personal_minus_global=lead["global"],
        calibration=calibration(personal),
        parts=carrying_parts(trained.model, trained.data, test),
    )
    return against_live(trained.data.study, test, personal, metrics=measured_here)


def figures_of(found: Scored) -> ModelFigures:
    """Give the figures of one model."""
    return ModelFigures.from_json(summarise(found))


def with_prompts(figures: ModelFigures, found: Scored, prompts: Ints) -> ModelFigures:
    """Add how well the variants of one prompt are ordered, where raters judged several."""
    accuracy = group_accuracy(found, prompts)
    return replace(figures, prompt_accuracy=None if accuracy is None else MeasuredFigure.from_json(accuracy))


def prompt_codes(data: StudyArrays, query: Ratings) -> Ints:
    """Give each rating the number of its picture's prompt, -1 where that has none."""
    prompts = [data.images[key].prompt for key in data.snapshot.images.keys]
    return np.asarray(group_codes(prompts)[query.image])


def measured(estimate: Estimate) -> MeasuredFigure:
    """Give an estimate as it is stored."""
    return MeasuredFigure.from_json(estimate.as_json())


def prior_tastes(trained: TrainedModel) -> dict[str, TastePosterior]:
    """Give every rater what is expected of the average one."""
    prior = trained.model.prior()
    return dict.fromkeys(trained.data.snapshot.raters.keys, prior)


def baselines(trained: TrainedModel, query: Ratings, *, tell: Progress) -> dict[str, Scored]:
    """Predict the test slice with each simpler model, fitted to the same ratings."""
    found = {}
    for place, name in enumerate(BASELINES):
        tell(f"fitting the baseline {name}", place / len(BASELINES))
        found[name] = score_prediction(query, fit_baseline(name, trained.data.snapshot, NO_RATINGS, query))
    return found


def study_alone(trained: TrainedModel, query: Ratings) -> dict[str, Scored]:
    """Predict by a model of the study's own ratings alone, where it learns from imported sets too: what they add."""
    if len(trained.joint.datasets) == 1:
        return {}
    model = fit_reward(trained.data.snapshot, encoder_key=trained.model.encoder_key).model
    return {ALONE: score_prediction(query, predict_ratings(model, trained.data.snapshot, query, model.known_raters))}


def calibration(found: Scored) -> tuple[CalibrationPoint, ...]:
    """Give, for intervals of several levels, the share of each rater's ratings inside them."""
    away = np.abs(found.value - found.mean)
    _, rater = np.unique(found.rater, return_inverse=True)
    curve = []
    for level in LEVELS:
        inside = np.bincount(rater, away <= found.half_width(level)) / np.bincount(rater)
        curve.append(CalibrationPoint(level=level, inside=measured(bootstrap_mean(inside))))
    return tuple(curve)


def repeat_ceiling(ratings: StudyRatings) -> MeasuredFigure | None:
    """Give the rank correlation that a perfect model could reach, from images that raters judged twice."""
    first = {(row.participation_id, row.image_id): row.value for row in (*ratings.learnable, *ratings.test)}
    pairs = [row for row in ratings.repeats if (row.participation_id, row.image_id) in first]
    if not pairs:
        return None
    number = {key: place for place, key in enumerate(dict.fromkeys(row.participation_id for row in pairs))}
    repeats = Scored(
        rater=np.array([number[row.participation_id] for row in pairs], np.int64),
        image=np.arange(len(pairs)),
        value=np.array([first[row.participation_id, row.image_id] for row in pairs]),
        mean=np.array([row.value for row in pairs]),
        sd=np.ones(len(pairs)),
    )
    return replace(measured(noise_ceiling(repeats)), repeats=len(pairs))


def against_live(
    study: Study, test: Sequence[TrainingRow], personal: Scored, *, metrics: VersionMetrics
) -> VersionMetrics:
    """Add the error of this model less that of the live one, on the ratings that both can predict."""
    live = live_model(study)
    if live is None:
        return metrics
    before, both = predicted_by_live(live.version, live.model, test, personal)
    if before is None:
        return metrics
    now = personal.take(both)
    mine, others = per_rater(now), per_rater(before)
    ahead = {name: measured(paired_difference(mine[name], others[name])) for name in ("srocc", "rmse")}
    figures = LiveFigures.from_json({"version": str(live.version), **summarise(before)})
    return replace(metrics, live=figures, srocc_minus_live=ahead["srocc"], rmse_minus_live=ahead["rmse"])


def predicted_by_live(
    version: ModelVersion, model: RewardModel, test: Sequence[TrainingRow], like: Scored
) -> tuple[Scored | None, NDArray[np.bool_]]:
    """Predict with the live model and what it knows of each rater now; images it has not seen are left out."""
    images = list(dict.fromkeys(row.image_id for row in test))
    known, seen = stored_representation(version=version, images=images)
    place = {image: row for row, image in enumerate(known)}
    both = np.array([row.image_id in place for row in test], bool)
    if not both.any():
        return None, both
    tastes = live_tastes(version)
    kept = like.take(both)
    rows = [row for row in test if row.image_id in place]
    for mine in rows_by(kept.rater).values():
        where = np.array([place[rows[row].image_id] for row in mine], np.int64)
        found = model.predict(seen.take(where), tastes.get(rows[mine[0]].participation_id) or model.prior())
        kept.mean[mine], kept.sd[mine], kept.stretches[mine] = found.mean, found.sd, found.stretches
    return kept, both


def live_tastes(version: ModelVersion) -> Mapping[UUID, TastePosterior]:
    """Give what a version knows of each rater."""
    rows = version.tastes.values_list("participation_id", "posterior")
    return {participation: TastePosterior.from_bytes(bytes(packed)) for participation, packed in rows}
