"""Thin Celery tasks over the records: an id in, one call."""

from typing import Any

from celery import Task, shared_task
from django.apps import apps
from django.db import InterfaceError, OperationalError
from django.utils.module_loading import import_string

from ratings.models import Job
from ratings.queueing import breaker, queue_on_commit
from ratings.selectors.waiting_jobs import job_kinds
from ratings.services import stopping
from ratings.services.counted_studies import count_large_studies
from ratings.services.give_back import release_expired
from ratings.services.jobs.lifecycle import revive_jobs
from ratings.services.jobs.work import do_job
from ratings.services.notifications import deliver, full_studies
from ratings.services.prolific import update_prolific_studies
from ratings.services.purging import finish_purge, finish_purges
from ratings.services.quality.requests import request_due_reports
from ratings.services.uploads.parts import discard_stale_uploads
from ratings.services.uploads.store import discard_unclaimed_files

SECONDS_TO_END = 60  # that a job has after its time limit to write down why it failed


class PatientTask(Task[Any, None]):
    """A task that tries again, a few times and ever more slowly, while the database is away."""

    autoretry_for = (OperationalError, InterfaceError)
    max_retries = 8
    retry_backoff = True
    retry_backoff_max = 60
    retry_jitter = True


@shared_task(base=PatientTask)
def run_job(kind: str, job_id: int) -> None:
    """Do a job of any kind; one that is done, cancelled or in other hands is left alone."""
    model = apps.get_model(kind)
    do_job(kind=model, job_id=job_id, runner=import_string(model.runner))


def job_options(kind: type[Job]) -> dict[str, Any]:
    """Give the queue and the time limits of a kind of job, as the broker takes them."""
    return {
        "queue": kind.queue,
        "soft_time_limit": kind.time_limit,
        "time_limit": kind.time_limit + SECONDS_TO_END,
    }


def queue_job(job: Job) -> None:
    """Hand a job to the workers once its row is stored; what the broker loses, the sweep finds."""
    queue_on_commit(run_job, job._meta.label, job.pk, **job_options(type(job)))


@shared_task(time_limit=60, base=PatientTask)
def sweep_jobs() -> None:
    """Take up the jobs of every kind whose worker died or whose message was lost; none is done twice."""
    for kind in job_kinds():
        for job_id in revive_jobs(kind=kind):
            breaker.send(run_job, kind._meta.label, job_id, **job_options(kind))


@shared_task(time_limit=60)
def release_expired_leases() -> None:
    """Give back leases that ran out; running twice at once does no harm, since each call takes other rows."""
    release_expired()


@shared_task(time_limit=280)
def update_from_prolific() -> None:
    """Read Prolific's submissions of every study that names its own there; what is approved or given back stays so."""
    update_prolific_studies()


@shared_task(time_limit=300)
def measure_due_quality() -> None:
    """Measure every study whose data changed; of two that run at once, one finds the report asked for."""
    for report in request_due_reports():
        queue_job(report)


@shared_task(time_limit=3600, base=PatientTask)
def finish_begun_purge(sha256: str) -> None:
    """Remove the files of a purged picture; a second time there is nothing left."""
    finish_purge(sha256=sha256)


@shared_task(time_limit=3600, base=PatientTask)
def finish_begun_purges() -> None:
    """Finish purges that were cut short; a second time there are none."""
    finish_purges()


@shared_task(time_limit=600)
def count_studies() -> None:
    """Count the large studies that changed, for the admin's pages; counting twice gives the same."""
    count_large_studies()


@shared_task(time_limit=60)
def update_due_arenas() -> None:
    """Have every shown ranking brought up to date that is not of the present choices."""
    from ratings.services.comparisons.arena import outdated_arenas  # brings SciPy, which no page needs

    for study_id in outdated_arenas():
        breaker.send(update_arena, study_id, expires=60)


@shared_task(time_limit=600)
def update_arena(study_id: int) -> None:
    """Compute the rankings of a study's arena from the choices there are; twice, it writes the same."""
    from ratings.services.comparisons.arena import update_rankings  # brings SciPy, which no page needs

    update_rankings(study_id=study_id)


@shared_task(time_limit=600, base=PatientTask)
def stop_sure_images(study_id: int) -> None:
    """Stop a study's pictures whose means are known well enough; twice, the second time finds none."""
    stopping.stop_sure_images(study_id=study_id)


@shared_task(time_limit=60)
def discard_unclaimed_uploads() -> None:
    """Remove uploaded files that nobody is going to read; what is gone is not removed twice."""
    discard_stale_uploads()
    discard_unclaimed_files()


@shared_task(time_limit=60)
def send_due_notifications() -> None:
    """Have every message sent that is due; one that two tasks are about is sent by one of them."""
    for notification_id in deliver.due_notifications():
        breaker.send(deliver_notification, notification_id, expires=60)


@shared_task(time_limit=60)
def announce_full_studies() -> None:
    """Record a message about each study that has become full; of each size one is recorded."""
    full_studies.announce_full_studies()


@shared_task(soft_time_limit=45, time_limit=60, base=PatientTask)
def deliver_notification(notification_id: int) -> None:
    """Try a message once; a second time at once it is not due any more."""
    deliver.deliver_notification(notification_id=notification_id)


@shared_task(time_limit=280)
def discard_old_notifications() -> None:
    """Delete messages that were settled long ago; what is gone is not deleted twice."""
    deliver.discard_old_notifications()
