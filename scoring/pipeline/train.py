"""Train a study's reward model: snapshot, fit, evaluate on the test slice, save, serve."""

import logging
from dataclasses import replace

import numpy as np
from django.db import transaction

from ratings.choices import JobState
from ratings.exceptions import StorageFailedError
from ratings.selectors.datasets import teachable_ratings
from ratings.services.jobs import lifecycle
from ratings.services.jobs.progress import Progress, no_progress
from ratings.services.jobs.work import JobReport, do_job
from scoring.exceptions import TooFewRatingsError
from scoring.ml.checkpoints import save_model, software_versions
from scoring.ml.cores import one_core
from scoring.ml.data import Snapshot
from scoring.ml.fit import FitResult, fit_reward
from scoring.models import ModelVersion, TrainingRun
from scoring.pipeline.arrays import joint_snapshot, study_arrays
from scoring.pipeline.catch_up import follow_live_model
from scoring.pipeline.embed import embed_missing, encoder_key_of
from scoring.pipeline.measure import Trained, measure_model
from scoring.pipeline.newcomers import measure_new_raters
from scoring.pipeline.portraits import dividing_images
from scoring.pipeline.serve import represent_missing, save_tastes
from scoring.selectors import training
from scoring.selectors.cards import model_card
from scoring.selectors.versions import checkpoint_folder, version_of_data
from scoring.services import versions

logger = logging.getLogger(__name__)

FEWEST_RATINGS = 30
FEWEST_IMAGES = 10


def train(*, run_id: int, on_progress: Progress = no_progress) -> TrainingRun | None:
    """Do a training run from wherever it stands; its row tells how it went."""
    return do_job(kind=TrainingRun, job_id=run_id, runner=train_study, on_progress=on_progress)


@one_core()
def train_study(run: TrainingRun, report: JobReport) -> None:
    """Go through the steps; a snapshot that a version was trained on already ends the run early."""
    study, key = run.study, encoder_key_of(run.study)
    embed_study(run, key, report)
    report("reading", 0.25)
    ratings = training.study_ratings(study=study)
    data = study_arrays(study=study, rows=ratings.learnable, encoder_key=key)
    require_enough(data.snapshot)
    joint = joint_snapshot(data=data, encoder_key=key)
    report_sets(run)
    digest = joint.digest()
    lifecycle.describe_job(job=run, encoder_key=key, data_digest=digest, rating_count=ratings.count)
    known = version_of_data(run=run, encoder_key=key, data_digest=digest)
    if known is not None:
        lifecycle.finish_job(job=run, state=JobState.SKIPPED, stage=f"nothing new since {known}")
        return
    lifecycle.append_log(
        job=run,
        line=f"{len(data.snapshot.ratings)} ratings of {len(data.snapshot.images)} images by "
        f"{len(data.snapshot.raters)} raters, {len(ratings.test)} more kept as the test slice",
    )
    fitted = fit_reward(joint, encoder_key=key, progress=report.part(0.3, 0.65, prefix="fitting: "))
    trained = Trained(data=data, joint=joint, ratings=ratings, fitted=fitted)
    metrics = measure_model(trained, tell=report.part(0.65, 0.75))
    metrics |= measure_new_raters(trained, tell=report.part(0.75, 0.9))
    report("saving", 0.9)
    version = save_version(run, fitted, versions.Candidate(encoder_key=key, data_digest=digest, metrics=metrics))
    represent_missing(version, fitted.model)
    versions.add_metrics(version=version, metrics={"dividing": dividing_images(version, fitted.model)})
    report("writing tastes", 0.95)
    save_tastes(study, version, fitted.model, ratings)
    settle(run, version)


def embed_study(run: TrainingRun, key: str, report: JobReport) -> None:
    """Embed what is missing, showing progress."""

    def progress(done: int, failed: int) -> None:
        have, total = training.embedding_progress(study=run.study, encoder_key=key)
        report(f"embedding {have} of {total} images", 0.25 * have / max(total, 1))
        if failed:
            logger.warning("%s images of %s cannot be embedded (%s done)", failed, run.study.slug, done)

    report("embedding", 0.0)
    embed_missing(encoder_key=key, studies=[run.study_id], progress=progress)


def report_sets(run: TrainingRun) -> None:
    """Write down how much each chosen set teaches, and warn of one that teaches nothing."""
    warnings = []
    for dataset in run.study.datasets.order_by("name"):
        found = teachable_ratings(dataset=dataset)
        if not dataset.sampling_weight:
            warnings.append(f"The set {dataset.name} teaches nothing: its sampling weight is 0.")
        elif not found.teachable:
            warnings.append(f"The set {dataset.name} teaches nothing: {found.sentence}")
        else:
            lifecycle.append_log(job=run, line=f"set {dataset.name}: {found.sentence}")
    lifecycle.describe_job(job=run, warnings=warnings)


def require_enough(snapshot: Snapshot) -> None:
    """Raise unless there is something to learn from."""
    images = len(np.unique(snapshot.ratings.image))
    if len(snapshot.ratings) < FEWEST_RATINGS or images < FEWEST_IMAGES:
        raise TooFewRatingsError(
            f"There are {len(snapshot.ratings)} ratings of {images} images to learn from: "
            f"collect at least {FEWEST_RATINGS} ratings of {FEWEST_IMAGES} images first."
        )


def save_version(run: TrainingRun, fitted: FitResult, candidate: versions.Candidate) -> ModelVersion:
    """Write the checkpoint and the row that names it; tastes stay in the database, where a withdrawal finds them."""

    def save(version: ModelVersion) -> None:
        try:
            model = replace(fitted.model, known_raters={})
            save_model(model, checkpoint_folder(version=version), card=model_card(version=version))
        except OSError as error:
            reason = error.strerror or error
            raise StorageFailedError(f"The model could not be saved ({reason}): make room and train again.") from error

    metrics = {**candidate.metrics, "software": software_versions()}
    return versions.add_candidate(run=run, candidate=replace(candidate, metrics=metrics), save=save)


def settle(run: TrainingRun, version: ModelVersion) -> None:
    """Promote the candidate unless the paired test says that it is worse than the live model, and end the run."""
    low = (version.metrics.get("rmse_minus_live") or {}).get("low")
    is_worse = low is not None and low > 0
    with transaction.atomic():  # a crash in between must not leave a live version of an unfinished run
        if not is_worse:
            versions.promote(version=version, actor=run.requested_by)
        verdict = "is worse than the live model on the test slice: not promoted" if is_worse else "is live"
        lifecycle.append_log(job=run, line=f"{version} {verdict}")
        lifecycle.settle_job(job=run, stage="done", metrics=version.metrics)
    if not is_worse:
        follow_live_model(study_id=run.study_id)
