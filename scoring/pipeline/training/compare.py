"""Measure two versions of a study's model against each other, on one slice and with the same knowledge of raters."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

import numpy as np

from ratings.models import Participation, Study
from ratings.sentences import staff_gettext
from ratings.services.jobs.work import JobReport
from scoring.exceptions import ModelConflictError
from scoring.metrics import ComparedFigures, MeasuredFigure, ModelFigures
from scoring.ml.data.arrays import Floats, Ratings
from scoring.ml.evaluation.metrics import (
    COMPARED,
    Scored,
    joined_scores,
    paired_difference,
    per_rater,
    score_prediction,
    summarise,
)
from scoring.ml.reward import RepresentedImages
from scoring.ml.taste.posterior import TastePosterior
from scoring.ml.threads import one_thread
from scoring.models import ModelVersion, VersionComparison
from scoring.pipeline.serving.live import model_of, prior_of, stored_representation
from scoring.pipeline.serving.precompute import represent_missing
from scoring.pipeline.training.measure import measured
from scoring.selectors.training import StudyRatings, TrainingRow, learned_scale, study_ratings
from scoring.services.version_comparisons import save_comparison


@dataclass(frozen=True, kw_only=True)
class Slice:
    """What both versions are measured on: the same test ratings, and per rater the same ratings to learn from."""

    study: Study
    test: Sequence[TrainingRow]  # in the order of raters
    learned: dict[UUID, list[TrainingRow]]
    raters: dict[UUID, Participation]


@one_thread()
def compare_versions(comparison: VersionComparison, report: JobReport) -> None:
    """Predict the test slice by both versions, pair by rater, and keep what was found."""
    study, newer, older = comparison.study, comparison.newer, comparison.older
    require_one_scale(study, newer, older)
    for version in (older, newer):  # which may be older than pictures and ratings of today
        represent_missing(version, model_of(version))
    report(staff_gettext("reading the ratings"), 0.1)
    common = common_slice(study, study_ratings(study=study), (newer, older))
    report(staff_gettext("predicting with {version}").format(version=older), 0.2)
    before = predictions(older, common)
    report(staff_gettext("predicting with {version}").format(version=newer), 0.5)
    after = predictions(newer, common)
    report(staff_gettext("comparing"), 0.8)
    save_comparison(comparison=comparison, figures=compared(before=before, after=after))


def require_one_scale(study: Study, newer: ModelVersion, older: ModelVersion) -> None:
    """Raise where the versions learned different scales, or another one than raters' answers are read on now."""
    scales = {newer.scale, older.scale, learned_scale(study)}
    if len(scales) > 1:
        named = " and ".join(sorted(f"“{scale or 'the main one'}”" for scale in scales))
        raise ModelConflictError(
            staff_gettext("These versions and the study are about different scales: {named}.").format(named=named)
        )


def common_slice(study: Study, ratings: StudyRatings, versions: Sequence[ModelVersion]) -> Slice:
    """Keep the ratings of pictures that every version has seen, or raise where none is left."""
    wanted = list({row.image_id for row in (*ratings.test, *ratings.learnable)})
    seen = set(wanted)
    for version in versions:
        seen &= set(stored_representation(version=version, images=wanted)[0])
    test = sorted((row for row in ratings.test if row.image_id in seen), key=lambda row: str(row.participation_id))
    if not test:
        raise ModelConflictError(
            staff_gettext("There is no rating of the test slice that both versions can predict yet.")
        )
    learned: dict[UUID, list[TrainingRow]] = {row.participation_id: [] for row in test}
    for row in ratings.learnable:
        if row.image_id in seen and row.participation_id in learned:
            learned[row.participation_id].append(row)
    raters = Participation.objects.filter(pk__in=learned).select_related("rater__profile").in_bulk()
    return Slice(
        study=study, test=[row for row in test if row.participation_id in raters], learned=learned, raters=raters
    )


def predictions(version: ModelVersion, common: Slice) -> Scored:
    """Predict the slice with a version, each rater's taste learned from their other ratings."""
    model = model_of(version)
    rows = [*common.test, *(row for known in common.learned.values() for row in known)]
    images, seen = stored_representation(version=version, images=list({row.image_id for row in rows}))
    place = {image: number for number, image in enumerate(images)}
    number = {rater: code for code, rater in enumerate(common.learned)}
    parts = []
    for rater, group in groupby(common.test, key=lambda row: row.participation_id):
        asked, known = list(group), common.learned[rater]
        prior = TastePosterior.from_bytes(prior_of(model, common.raters[rater]))
        taste = model.posterior(taken(seen, place, known), values(common.study, known), prior)
        query = Ratings.of(
            np.full(len(asked), number[rater], np.int64),
            np.array([place[row.image_id] for row in asked], np.int64),
            values(common.study, asked),
        )
        parts.append(score_prediction(query, model.predict(taken(seen, place, asked), taste)))
    return joined_scores(parts)


def taken(seen: RepresentedImages, place: dict[UUID, int], rows: Sequence[TrainingRow]) -> RepresentedImages:
    """Give what a version sees in the pictures of these ratings."""
    return seen.take(np.array([place[row.image_id] for row in rows], np.int64))


def values(study: Study, rows: Sequence[TrainingRow]) -> Floats:
    """Give ratings in [0, 1]."""
    return np.array([study.unit_value(row.value) for row in rows], np.float64)


def compared(*, before: Scored, after: Scored) -> ComparedFigures:
    """Give the figures of both, and each paired difference, newer less older."""
    mine, others = per_rater(after), per_rater(before)
    ahead: dict[str, MeasuredFigure] = {
        name: measured(paired_difference(mine[name], others[name])) for name in COMPARED
    }
    return ComparedFigures(
        ratings=len(after.value),
        raters=len(np.unique(after.rater)),
        newer=ModelFigures.from_json(summarise(after)),
        older=ModelFigures.from_json(summarise(before)),
        differences=ahead,
    )
