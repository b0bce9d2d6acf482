"""Move training runs through their states; a run is a row, so that pages can show it and a crash can be mended."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat
from django.utils import timezone

from ratings.models import Study
from ratings.services.audit import record_act
from scoring.exceptions import ModelConflictError, RunCancelledError, TrainingInProgressError
from scoring.models import ACTIVE_RUN_STATES, RunState, TrainingRun
from scoring.selectors.training import rating_count

SILENCE = timedelta(minutes=2)  # after which a running run counts as dead
MOST_ATTEMPTS = 3  # workers that a run may cost

WORKERS_DIED = (
    f"The worker died {MOST_ATTEMPTS} times in the middle of this run: look into its log, and give it more memory."
)


def request_training(*, study: Study, reason: str, requested_by: User | None) -> TrainingRun:
    """Queue a training run, one per study at a time."""
    try:
        with transaction.atomic():
            run = TrainingRun.objects.create(
                study=study, reason=reason, requested_by=requested_by, rating_count=rating_count(study=study)
            )
            record_act(action="retrain", target=study.slug, actor=requested_by, run=run.pk, reason=reason)
    except IntegrityError as error:
        raise TrainingInProgressError(f"{study.title} is being trained already: wait for it or cancel it.") from error
    return run


def request_each(*, studies: Iterable[Study], reason: str) -> list[TrainingRun]:
    """Queue a run for each study; one that is being trained already is left alone."""
    found = []
    for study in studies:
        try:
            found.append(request_training(study=study, reason=reason, requested_by=None))
        except TrainingInProgressError:  # the next round asks again for what came too late for that run
            continue
    return found


def start_run(*, run_id: int) -> TrainingRun | None:
    """Take up a run that is queued, or one whose worker died; give none if there is nothing to take up."""
    now = timezone.now()
    runs = TrainingRun.objects.filter(pk=run_id)
    stale = runs.filter(state=RunState.RUNNING, heartbeat_at__lt=now - SILENCE)
    stale.filter(attempts__gte=MOST_ATTEMPTS).update(state=RunState.FAILED, finished_at=now, error=WORKERS_DIED)
    taken = (runs.filter(state=RunState.QUEUED) | stale).update(
        state=RunState.RUNNING, started_at=now, heartbeat_at=now, progress=0, attempts=F("attempts") + 1
    )
    return runs.select_related("study").get() if taken else None


def report_progress(*, run_id: int, stage: str, share: float) -> None:
    """Show how far a run is, in [0, 1]; raise when somebody has cancelled it."""
    still_ours = TrainingRun.objects.filter(pk=run_id, state=RunState.RUNNING).update(
        stage=stage, progress=min(max(share, 0.0), 1.0), heartbeat_at=timezone.now()
    )
    if not still_ours:
        raise RunCancelledError("The run was cancelled.")


def append_log(*, run_id: int, line: str) -> None:
    """Add a line to the run's log."""
    stamped = f"{timezone.now():%H:%M:%S} {line}\n"
    TrainingRun.objects.filter(pk=run_id).update(log=Concat(F("log"), Value(stamped)))


def describe_run(*, run_id: int, **facts: Any) -> None:
    """Write down what a run learns from."""
    TrainingRun.objects.filter(pk=run_id).update(**facts)


def finish_run(*, run_id: int, state: RunState, **fields: Any) -> None:
    """End a run unless it was cancelled meanwhile."""
    TrainingRun.objects.filter(pk=run_id, state__in=ACTIVE_RUN_STATES).update(
        state=state, finished_at=timezone.now(), **fields
    )


def cancel_run(*, run: TrainingRun, actor: User | None) -> None:
    """Stop a run that is queued or running; its worker notices at the next report of progress."""
    stopped = TrainingRun.objects.filter(pk=run.pk, state__in=ACTIVE_RUN_STATES).update(
        state=RunState.CANCELLED, finished_at=timezone.now()
    )
    if not stopped:
        raise ModelConflictError("The run has ended already, so there is nothing to cancel.")
    record_act(action="cancel-run", target=run.study.slug, actor=actor, run=run.pk)


def abandoned_runs() -> list[int]:
    """Give runs that nobody seems to work on: their worker died, or their message was lost."""
    silent = TrainingRun.objects.filter(state__in=ACTIVE_RUN_STATES, heartbeat_at__lt=timezone.now() - SILENCE)
    return list(silent.values_list("pk", flat=True))


def touch_run(*, run_id: int) -> None:
    """Show that somebody works on a run."""
    TrainingRun.objects.filter(pk=run_id, state=RunState.RUNNING).update(heartbeat_at=timezone.now())
