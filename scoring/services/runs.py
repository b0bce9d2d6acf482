"""Ask for training runs, one per study at a time, and cancel them."""

from collections.abc import Iterable

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from ratings.models import Study
from ratings.sentences import staff_gettext
from ratings.services.audit import log_action
from ratings.services.jobs.lifecycle import cancel_job
from scoring.exceptions import ModelConflictError, TrainingInProgressError
from scoring.models import ModelVersion, TrainingRun
from scoring.selectors.checkpoints import live_versions_without_files
from scoring.selectors.training import answer_count


def request_training(*, study: Study, reason: str, requested_by: User | None) -> TrainingRun:
    """Queue a training run, one per study at a time; none for an archived study."""
    if study.archived_at is not None:
        raise ModelConflictError(staff_gettext("{title} is archived: restore it first.").format(title=study.title))
    try:
        with transaction.atomic():
            run = TrainingRun.objects.create(
                study=study, reason=reason, requested_by=requested_by, rating_count=answer_count(study=study)
            )
            log_action(action="retrain", target=study.slug, actor=requested_by, run=run.pk, reason=reason)
    except IntegrityError as error:
        raise TrainingInProgressError(
            staff_gettext("{title} is being trained already: wait for it or cancel it.").format(title=study.title)
        ) from error
    return run


def request_each(*, studies: Iterable[Study], reason: str) -> list[TrainingRun]:
    """Queue a run for each study; one that is being trained already is left alone."""
    found = []
    for study in studies:
        try:
            found.append(request_training(study=study, reason=reason, requested_by=None))
        except TrainingInProgressError:
            continue  # that run will see the new ratings, or the next sweep comes back
    return found


def request_replacements() -> list[TrainingRun]:
    """Queue a run for each study whose live model cannot be read: once for each model."""
    found = []
    for version in lost_versions_to_replace():
        found += request_each(studies=[version.study], reason=loss_of(version))
    return found


def lost_versions_to_replace() -> list[ModelVersion]:
    """Give the live models that have lost their files and that no run was asked for to replace."""
    return [
        version
        for version in live_versions_without_files()
        if not TrainingRun.objects.filter(study=version.study_id, reason=loss_of(version)).exists()
    ]


def loss_of(version: ModelVersion) -> str:
    """Say why a run replaces a model whose files are lost, cut short or of another format."""
    return f"the files of model {version} cannot be read"


def cancel_run(*, run: TrainingRun, actor: User | None) -> None:
    """Stop a run that is queued or running."""
    cancel_job(job=run)
    log_action(action="cancel-run", target=run.study.slug, actor=actor, run=run.pk)
