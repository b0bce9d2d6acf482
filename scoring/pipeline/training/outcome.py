"""What becomes of a training run: nothing to learn, or a version, which goes live unless it is worse."""

from dataclasses import dataclass, replace

from django.db import transaction

from ratings.choices import JobState
from ratings.exceptions import StorageFailedError
from ratings.sentences import staff_gettext
from ratings.services.jobs import lifecycle
from scoring.ml.training.fit import FitResult
from scoring.models import ModelVersion, TrainingRun
from scoring.pipeline.serving.catch_up import follow_live_model
from scoring.pipeline.serving.checkpoints import save_checkpoint
from scoring.services import versions
from scoring.verdicts import promotion

FEWEST_ANSWERS = 30  # ratings, or choices
FEWEST_IMAGES = 10


@dataclass(frozen=True, kw_only=True)
class NothingToLearn:
    """Why a run has nothing to do, which is no failure."""

    stage: str  # what the list of runs shows
    sentence: str = ""  # for the log


def is_enough(answers: int, images: int) -> bool:
    """Tell whether a model can be learned from so many answers about so many images."""
    return answers >= FEWEST_ANSWERS and images >= FEWEST_IMAGES


def skip(run: TrainingRun, why: NothingToLearn) -> None:
    """End a run that has nothing to do, and say why."""
    if why.sentence:
        lifecycle.append_log(job=run, line=why.sentence)
    lifecycle.finish_job(job=run, state=JobState.SKIPPED, stage=why.stage)


def save_version(run: TrainingRun, fitted: FitResult, candidate: versions.VersionCandidate) -> ModelVersion:
    """Write the checkpoint and the row that names it; tastes stay in the database, where a withdrawal finds them."""

    def save(version: ModelVersion) -> None:
        try:
            model = replace(fitted.model, known_raters={})
            save_checkpoint(model=model, version=version)
        except OSError as error:
            reason = error.strerror or error
            raise StorageFailedError(
                staff_gettext("The model could not be saved ({reason}): make room and train again.").format(
                    reason=reason
                )
            ) from error

    return versions.add_candidate(run=run, candidate=candidate, save=save)


def promote_unless_worse(run: TrainingRun, version: ModelVersion) -> None:
    """Promote the candidate unless the rule says that it is worse than the live model, and end the run."""
    decision = promotion(version.measured)
    is_worse = decision.is_worse
    with transaction.atomic():  # a crash in between must not leave a live version of an unfinished run
        if not is_worse:
            versions.promote(version=version, actor=run.requested_by)
        outcome = "is not promoted" if is_worse else "is live"
        why = ". ".join(part for part in (decision.point.answer, decision.point.evidence) if part)
        lifecycle.append_log(job=run, line=f"{version} {outcome}: {why}")
        lifecycle.settle_job(job=run, stage=staff_gettext("done"), metrics=version.metrics)
    if not is_worse:
        follow_live_model(study_id=run.study_id)
