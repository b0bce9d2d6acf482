"""Train a study's reward model: snapshot, fit, evaluate on the test slice, save, serve."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ratings.models import Study
from ratings.registry import design_of
from ratings.selectors.datasets import teachable_ratings
from ratings.sentences import staff_gettext
from ratings.services.jobs import lifecycle
from ratings.services.jobs.progress import Progress, no_progress
from ratings.services.jobs.work import JobReport, do_job
from scoring.exceptions import UnreadableImagesError
from scoring.metrics import VersionMetrics
from scoring.ml.data.arrays import Snapshot
from scoring.ml.storage.checkpoints import software_versions
from scoring.ml.threads import one_thread
from scoring.ml.training.fit import fit_reward
from scoring.models import TrainingRun
from scoring.pipeline.inputs.arrays import joint_snapshot, study_arrays
from scoring.pipeline.inputs.embeddings import embed_missing
from scoring.pipeline.serving.precompute import represent_missing, save_tastes
from scoring.pipeline.serving.taste_profiles import dividing_images
from scoring.pipeline.training.measure import TrainedModel, measure_model
from scoring.pipeline.training.outcome import (
    FEWEST_ANSWERS,
    FEWEST_IMAGES,
    NothingToLearn,
    is_enough,
    promote_unless_worse,
    save_version,
    skip,
)
from scoring.pipeline.training.outlook import measure_outlook, save_rater_outlooks
from scoring.pipeline.training.train_choices import train_on_choices
from scoring.pipeline.training.unseen_raters import measure_new_raters
from scoring.selectors import training
from scoring.selectors.choices import trains_on_choices
from scoring.selectors.encoders import encoder_key_of
from scoring.selectors.versions import version_of_data
from scoring.services import versions


def train(*, run_id: int, on_progress: Progress = no_progress) -> TrainingRun | None:
    """Run a training job from its present state; its row shows the outcome."""
    return do_job(kind=TrainingRun, job_id=run_id, runner=train_on_answers, on_progress=on_progress)


def train_on_answers(run: TrainingRun, report: JobReport) -> None:
    """Train on a study's ratings, or on its choices where these train a model of its own."""
    if trains_on_choices(run.study):
        train_on_choices(run, report)
    else:
        train_study(run, report)


@one_thread()
def train_study(run: TrainingRun, report: JobReport) -> None:
    """Go through the steps; a study with nothing to learn, or nothing new, ends the run early."""
    study, key = run.study, encoder_key_of(run.study)
    # The key is stored first: the switch of encoders counts as tried, and starts no other run even if this one fails.
    lifecycle.describe_job(job=run, encoder_key=key)
    report_sets(run)
    why = nothing_to_learn(study=study, rows=training.study_ratings(study=study).learnable)
    if why is not None:
        skip(run, why)
        return
    embed_missing(encoder_key=key, studies=[run.study_id], on_progress=report.part(0.0, 0.25))
    report(staff_gettext("reading"), 0.25)
    ratings = training.study_ratings(study=study)
    data = study_arrays(study=study, rows=ratings.learnable, encoder_key=key)
    require_embedded(data.snapshot, rows=len(ratings.learnable))
    joint = joint_snapshot(data=data, encoder_key=key)
    digest = joint.digest()
    lifecycle.describe_job(job=run, encoder_key=key, data_digest=digest, rating_count=ratings.count)
    known = version_of_data(run=run, encoder_key=key, data_digest=digest)
    if known is not None:
        skip(run, NothingToLearn(stage=staff_gettext("nothing new since {known}").format(known=known)))
        return
    lifecycle.append_log(
        job=run,
        line=f"{len(data.snapshot.ratings)} ratings of {len(np.unique(data.snapshot.ratings.image))} images by "
        f"{len(data.snapshot.raters)} raters, {len(ratings.test)} more kept as the test slice"
        + (f", {len(ratings.elsewhere)} without a value on the learned scale left out" if ratings.elsewhere else ""),
    )
    fitted = fit_reward(
        joint, encoder_key=key, progress=report.part(0.3, 0.65, sentence=staff_gettext("fitting: {stage}"))
    )
    trained = TrainedModel(data=data, joint=joint, ratings=ratings, fitted=fitted)
    metrics = measured_in_full(trained, report)
    report(staff_gettext("saving"), 0.9)
    version = save_version(run, fitted, versions.VersionCandidate(encoder_key=key, data_digest=digest, metrics=metrics))
    represent_missing(version, fitted.model)
    versions.add_dividing_images(version=version, images=dividing_images(version, fitted.model))
    report(staff_gettext("writing tastes"), 0.95)
    save_tastes(study, version, fitted.model, ratings)
    save_rater_outlooks(version, trained)
    promote_unless_worse(run, version)


def measured_in_full(trained: TrainedModel, report: JobReport) -> VersionMetrics:
    """Measure a model: on the test slice, of new raters, and what more ratings would bring."""
    metrics = measure_model(trained, tell=report.part(0.65, 0.75))
    metrics = measure_new_raters(trained, metrics, tell=report.part(0.75, 0.85))
    metrics = measure_outlook(trained, metrics, tell=report.part(0.85, 0.9))
    return replace(metrics, scale=training.learned_scale(trained.data.study), software=software_versions())


def report_sets(run: TrainingRun) -> None:
    """Log how much each chosen set contributes, and warn of one that contributes nothing."""
    warnings = []
    for dataset in run.study.datasets.order_by("name"):
        found = teachable_ratings(dataset=dataset)
        if not dataset.sampling_weight:
            warnings.append(
                staff_gettext("The set {name} teaches nothing: its sampling weight is 0.").format(name=dataset.name)
            )
        elif not found.teachable:
            sentence = staff_gettext("The set {name} teaches nothing: {reason}")
            warnings.append(sentence.format(name=dataset.name, reason=found.sentence))
        else:
            lifecycle.append_log(job=run, line=f"set {dataset.name}: {found.sentence}")
    lifecycle.describe_job(job=run, warnings=warnings)


def nothing_to_learn(*, study: Study, rows: Sequence[training.TrainingRow]) -> NothingToLearn | None:
    """Say why a study can train no model yet, or never will; none where it can."""
    if not design_of(study).trains:
        asked = design_of(study).answers
        return NothingToLearn(
            stage=staff_gettext("its {asked} teach another study's model").format(asked=staff_gettext(asked)),
            sentence=f"Raters of {study.title} give {asked}, which teach tastes in the study named in “Taste from”; "
            "it has no model of its own.",
        )
    images = len({row.image_id for row in rows})
    if is_enough(len(rows), images):
        return None
    return NothingToLearn(
        stage=staff_gettext("too few ratings to learn from"),
        sentence=f"There are {len(rows)} ratings of {images} images to learn from: "
        f"collect at least {FEWEST_ANSWERS} ratings of {FEWEST_IMAGES} images first.",
    )


def require_embedded(snapshot: Snapshot, *, rows: int) -> None:
    """Raise where there are ratings enough, but too many of their images have no vector."""
    images = len(np.unique(snapshot.ratings.image))
    if not is_enough(len(snapshot.ratings), images):
        raise UnreadableImagesError(
            staff_gettext(
                "Of {rows} ratings only {snapshot}, of {images} images, are of files that the encoder can "
                "read: the worker's log says what is wrong with the others."
            ).format(rows=rows, snapshot=len(snapshot.ratings), images=images)
        )
