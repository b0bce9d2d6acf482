"""Move jobs of every kind through their states: start, report, finish, fail, cancel, queue again, and the sweep.

Each change is one conditional UPDATE. What a worker writes also names its attempt (`owner`), so that a worker that was
cancelled, or counted as dead and replaced, changes nothing any more.
"""

import logging
import os
import secrets
import socket
from collections.abc import Collection
from datetime import timedelta
from typing import Any, TypeVar

from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Concat
from django.utils import timezone

from ratings.choices import ACTIVE_JOB_STATES, JobState
from ratings.exceptions import ConflictError, JobStoppedError
from ratings.files.text_files import without_strays
from ratings.models.job import Job
from ratings.models.said import with_made
from ratings.sentences import Sentence, staff_gettext
from ratings.services.notifications.record import announce_end

logger = logging.getLogger(__name__)

SILENCE = timedelta(minutes=2)  # without a heartbeat for so long, a job's worker counts as dead
MOST_ATTEMPTS = 3  # workers that a job may cost
LONGEST_STAGE = 60

J = TypeVar("J", bound=Job)

STOPPED = "The job was cancelled, or another worker has taken it up."


def is_silent() -> Q:
    """Select the active jobs without a heartbeat: their worker died, or their message was lost.

    A job that has cost several workers rests longer before the next one.
    """
    now = timezone.now()
    silent = Q(state__in=ACTIVE_JOB_STATES, heartbeat_at__lt=now - SILENCE)
    for attempts in range(2, MOST_ATTEMPTS):
        silent &= ~Q(attempts=attempts) | Q(heartbeat_at__lt=now - attempts * SILENCE)
    return silent


def abandoned_jobs(*, kind: type[J]) -> QuerySet[J]:
    """Give the jobs of a kind without a heartbeat."""
    return kind._default_manager.filter(is_silent())


def start_job(*, kind: type[J], job_id: int) -> J | None:
    """Take up a job that is queued, or whose worker died; give none where there is nothing to take up."""
    fail_abandoned(abandoned_jobs(kind=kind).filter(pk=job_id))
    owner = f"{socket.gethostname()[:80]}:{os.getpid()}:{secrets.token_hex(8)}"
    now = timezone.now()
    taken = kind._default_manager.filter(Q(state=JobState.QUEUED) | is_silent(), pk=job_id).update(
        state=JobState.RUNNING,
        owner=owner,
        attempts=F("attempts") + 1,
        progress=0,
        error="",
        error_code="",
        started_at=now,
        heartbeat_at=now,
        finished_at=None,
    )
    return kind._default_manager.filter(pk=job_id, owner=owner).first() if taken else None


def held_row(job: J) -> QuerySet[J]:
    """Give the job's row for as long as this attempt holds it."""
    return type(job)._default_manager.filter(pk=job.pk, owner=job.owner)


def report_progress(*, job: Job, stage: str, share: float) -> None:
    """Show how far a job is, in [0, 1]; raise where it was cancelled, or is another worker's by now."""
    still_held = (
        held_row(job)
        .filter(state=JobState.RUNNING)
        .update(
            **with_made({"stage": shown_stage(stage)}),
            progress=min(max(share, 0.0), 1.0),
            heartbeat_at=timezone.now(),
        )
    )
    if not still_held:
        raise JobStoppedError(STOPPED)


def shown_stage(words: str) -> str:
    """Cut a stage to what its column holds; a shorter one stays the sentence that it is."""
    return words if len(words) <= LONGEST_STAGE else words[:LONGEST_STAGE]


def touch_job(*, job: Job) -> None:
    """Send a heartbeat of a job."""
    held_row(job).filter(state=JobState.RUNNING).update(heartbeat_at=timezone.now())


def append_log(*, job: Job, line: str) -> None:
    """Add a line to the job's log."""
    stamped = f"{timezone.now():%H:%M:%S} {without_strays(line)}\n"
    held_row(job).update(log=Concat(F("log"), Value(stamped)))


def describe_job(*, job: Job, **facts: Any) -> None:
    """Write down what a job works on."""
    held_row(job).update(**with_made(facts))


@transaction.atomic
def finish_job(*, job: Job, state: JobState | None = None, **fields: Any) -> bool:
    """End a job, well unless another state is given; tell whether this attempt still held it.

    The messages of its end are recorded with it.
    """
    ended = state or job.finished_state
    whole = {"progress": 1.0} if ended == job.finished_state else {}
    if "stage" in fields:
        fields["stage"] = shown_stage(fields["stage"])
    active = held_row(job).filter(state__in=ACTIVE_JOB_STATES)
    is_ended = bool(active.update(state=ended, finished_at=timezone.now(), **with_made({**whole, **fields})))
    if is_ended:
        announce_end(job=job, state=ended, error=fields.get("error", ""))
    return is_ended


def settle_job(*, job: Job, **fields: Any) -> None:
    """End a job well; raise where it was stopped, so that what its worker wrote with this is rolled back."""
    if not finish_job(job=job, **fields):
        raise JobStoppedError(STOPPED)


def fail_job(*, job: Job, error: BaseException) -> bool:
    """End a job that cannot be done, with the reason in one sentence."""
    code = error_code(error) or "unexpected"
    return finish_job(job=job, state=JobState.FAILED, error=reason_of(job, error), error_code=code)


def error_code(error: BaseException) -> str:
    """Give the stable code of a domain error of any app; other errors have none."""
    code = getattr(error, "code", "")
    return code if isinstance(code, str) else ""


def reason_of(job: Job, error: BaseException) -> str:
    """Say in a sentence why a job failed; domain errors bring their own."""
    if isinstance(error, MemoryError):
        return staff_gettext("The worker ran out of memory: give it more, or ask for less at once.")
    if isinstance(error, SoftTimeLimitExceeded):
        return staff_gettext(
            "The job took longer than {minutes} minutes and was stopped: ask for less at once."
        ).format(minutes=job.time_limit // 60)
    if isinstance(error, KeyboardInterrupt):
        return staff_gettext("The command was stopped by hand (Ctrl-C).")
    said = getattr(error, "message", "") or str(error)
    if isinstance(said, Sentence) and error_code(error) and without_strays(said) == said:
        return said
    said = str(said).strip()
    return without_strays(said if error_code(error) else f"{type(error).__name__}: {said}")


def workers_died() -> str:
    """Say why a job was given up."""
    return staff_gettext(
        "The worker died {times} times in the middle of this job: look into its log, and give it more memory."
    ).format(times=MOST_ATTEMPTS)


def release_job(*, job: Job, error: BaseException) -> None:
    """Return a job that was stopped by a temporary error to the queue; fail it after the last attempt."""
    if job.attempts >= MOST_ATTEMPTS:
        fail_job(job=job, error=error)
        return
    held_row(job).filter(state=JobState.RUNNING).update(
        state=JobState.QUEUED,
        owner="",
        heartbeat_at=timezone.now(),
        stage="",
        **with_made({"error": reason_of(job, error)}),
    )


def cancel_job(*, job: Job) -> None:
    """Stop a job that is queued or running; its worker notices at the next report of progress."""
    active = type(job)._default_manager.filter(pk=job.pk, state__in=ACTIVE_JOB_STATES)
    if not active.update(state=JobState.CANCELLED, finished_at=timezone.now()):
        raise ConflictError(staff_gettext("The job has ended already, so there is nothing to cancel."))


def requeue_job(*, job: Job, ended: Collection[JobState], **fields: Any) -> bool:
    """Queue a job again that ended in one of these states; tell whether it had."""
    again = {"state": JobState.QUEUED, "owner": "", "attempts": 0, "heartbeat_at": timezone.now()}
    cleared = {"error": "", "error_code": "", "stage": "", "progress": 0, "finished_at": None}
    rows = type(job)._default_manager.filter(pk=job.pk, state__in=ended)
    return bool(rows.update(**again, **cleared, **fields))


@transaction.atomic
def fail_abandoned(jobs: "QuerySet[Any]") -> None:
    """Fail the silent jobs among these that have cost as many workers as a job may."""
    spent = jobs.filter(state=JobState.RUNNING, attempts__gte=MOST_ATTEMPTS).order_by("pk")
    failed: list[Job] = list(spent.select_for_update(skip_locked=True, of=("self",)))  # from other sweeps
    if not failed:
        return
    jobs.model._default_manager.filter(pk__in=[job.pk for job in failed]).update(
        state=JobState.FAILED,
        finished_at=timezone.now(),
        error_code="workers_died",
        **with_made({"error": workers_died()}),
    )
    for job in failed:
        announce_end(job=job, state=JobState.FAILED, error=workers_died())
    logger.error("Gave up %s of %s: %s", len(failed), jobs.model._meta.verbose_name_plural, workers_died())


@transaction.atomic
def revive_jobs(*, kind: type[Job]) -> list[int]:
    """Queue the jobs again that nobody works on, but for those that have cost enough workers: these fail.

    A job that waits for a busy worker is among them: it is given another message, and what is taken up once is not
    taken up twice.
    """
    abandoned = abandoned_jobs(kind=kind)
    fail_abandoned(abandoned)
    # Two sweeps at once share the jobs: each takes those that the other has not locked.
    rows = abandoned.select_for_update(skip_locked=True, of=("self",)).order_by("pk")
    keys = list(rows.values_list("pk", flat=True))
    kind._default_manager.filter(pk__in=keys).update(
        state=JobState.QUEUED, owner="", stage="", heartbeat_at=timezone.now()
    )
    return keys
