"""Move long work through its states; a run is a row, so that pages can show it and a crash can be mended."""

from datetime import timedelta
from typing import Any, TypeVar

from django.db.models import F, QuerySet, Value
from django.db.models.functions import Concat
from django.utils import timezone

from scoring.exceptions import ModelConflictError, RunCancelledError
from scoring.models import ACTIVE_RUN_STATES, Run, RunState

SILENCE = timedelta(minutes=2)  # after which a running run counts as dead
MOST_ATTEMPTS = 3  # workers that a run may cost

R = TypeVar("R", bound=Run)

WORKERS_DIED = (
    f"The worker died {MOST_ATTEMPTS} times in the middle of this run: look into its log, and give it more memory."
)


def start_run(*, kind: type[R], run_id: int) -> R | None:
    """Take up a run that is queued, or one whose worker died; give none if there is nothing to take up."""
    now = timezone.now()
    runs = kind._default_manager.filter(pk=run_id)
    stale = runs.filter(state=RunState.RUNNING, heartbeat_at__lt=now - SILENCE)
    stale.filter(attempts__gte=MOST_ATTEMPTS).update(state=RunState.FAILED, finished_at=now, error=WORKERS_DIED)
    taken = (runs.filter(state=RunState.QUEUED) | stale).update(
        state=RunState.RUNNING, started_at=now, heartbeat_at=now, progress=0, attempts=F("attempts") + 1
    )
    return runs.select_related("study").get() if taken else None


def report_progress(*, run: Run, stage: str, share: float) -> None:
    """Show how far a run is, in [0, 1]; raise when somebody has cancelled it."""
    still_ours = (
        rows_of(run)
        .filter(state=RunState.RUNNING)
        .update(stage=stage, progress=min(max(share, 0.0), 1.0), heartbeat_at=timezone.now())
    )
    if not still_ours:
        raise RunCancelledError("The run was cancelled.")


def append_log(*, run: Run, line: str) -> None:
    """Add a line to the run's log."""
    stamped = f"{timezone.now():%H:%M:%S} {line}\n"
    rows_of(run).update(log=Concat(F("log"), Value(stamped)))


def describe_run(*, run: Run, **facts: Any) -> None:
    """Write down what a run works on."""
    rows_of(run).update(**facts)


def finish_run(*, run: Run, state: RunState, **fields: Any) -> None:
    """End a run unless it was cancelled meanwhile."""
    rows_of(run).filter(state__in=ACTIVE_RUN_STATES).update(state=state, finished_at=timezone.now(), **fields)


def stop_run(*, run: Run) -> None:
    """Stop a run that is queued or running; its worker notices at the next report of progress."""
    active = rows_of(run).filter(state__in=ACTIVE_RUN_STATES)
    if not active.update(state=RunState.CANCELLED, finished_at=timezone.now()):
        raise ModelConflictError("The run has ended already, so there is nothing to cancel.")


def abandoned_runs(*, kind: type[Run]) -> list[int]:
    """Give runs that nobody seems to work on: their worker died, or their message was lost."""
    active = kind._default_manager.filter(state__in=ACTIVE_RUN_STATES)
    return list(active.filter(heartbeat_at__lt=timezone.now() - SILENCE).values_list("pk", flat=True))


def touch_run(*, run: Run) -> None:
    """Show that somebody works on a run."""
    rows_of(run).filter(state=RunState.RUNNING).update(heartbeat_at=timezone.now())


def rows_of(run: R) -> QuerySet[R]:
    """Give the run's row, to be changed as the database has it now."""
    return type(run)._default_manager.filter(pk=run.pk)
