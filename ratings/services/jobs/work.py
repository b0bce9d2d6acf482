"""Do a job: own its row, send heartbeats, and leave it finished, failed, or free for the next attempt."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import DatabaseError, InterfaceError, OperationalError, connection

from ratings.exceptions import JobStoppedError
from ratings.models.job import Job
from ratings.services.jobs import lifecycle
from ratings.services.jobs.lifecycle import J
from ratings.services.jobs.progress import Progress, no_progress, part_of

logger = logging.getLogger(__name__)

BEAT_SECONDS = 20.0
DATABASE_AWAY = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)


@dataclass(frozen=True, kw_only=True)
class JobReport:
    """Where a job reports its progress: its row, and a listener."""

    job: Job
    listener: Progress = no_progress

    def __call__(self, stage: str, share: float) -> None:
        """Write the stage and the share done; raise where the job was stopped."""
        lifecycle.report_progress(job=self.job, stage=stage, share=share)
        self.listener(stage, share)

    def part(self, start: float, end: float, *, sentence: str = "{stage}") -> Progress:
        """Give a callback for a step that goes from one share of the job to another."""
        return part_of(self, start=start, end=end, sentence=sentence)


Runner = Callable[[Any, JobReport], None]  # ends the job itself, or returns when it is done


def do_job(*, kind: type[J], job_id: int, runner: Runner, on_progress: Progress = no_progress) -> J | None:
    """Do a job from its present state; its row shows the outcome. Give none where there is nothing to do.

    A database that goes away leaves the job to the next attempt; whatever else stops it is the reason why it failed.
    """
    job = lifecycle.start_job(kind=kind, job_id=job_id)
    if job is None:
        return None
    try:
        with keep_alive(job):
            runner(job, JobReport(job=job, listener=on_progress))
    except JobStoppedError:
        logger.info("%s was stopped", job)
    except DATABASE_AWAY as error:
        release(job, error)
        raise
    except BaseException as error:
        log_failure(job, error)
        lifecycle.fail_job(job=job, error=error)
        if not isinstance(error, Exception):  # a signal to end the process still ends it
            raise
    else:
        lifecycle.finish_job(job=job)
    return kind._default_manager.filter(pk=job.pk).first()


def log_failure(job: Job, error: BaseException) -> None:
    """Log why a job failed: a domain error says all in a sentence, anything else is a bug and brings its traceback."""
    if lifecycle.error_code(error):
        logger.warning("%s failed: %s", job, error)
    else:
        logger.error("%s failed", job, exc_info=error)


def release(job: Job, error: BaseException) -> None:
    """Give a job back where the database can be reached again; otherwise the sweep finds it."""
    logger.warning("%s was stopped by the database: %s", job, error)
    if not connection.in_atomic_block:  # a connection that broke is not one to write this down by
        connection.close_if_unusable_or_obsolete()
    try:
        lifecycle.release_job(job=job, error=error)
    except DatabaseError as failure:
        logger.warning("%s is left to the sweep: %s", job, failure)


@contextmanager
def keep_alive(job: Job) -> Iterator[None]:
    """Show that the job is alive while a long step says nothing."""
    done = threading.Event()
    thread = threading.Thread(target=send_heartbeats, args=(job, done), name=f"heartbeat of {job}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def send_heartbeats(job: Job, done: threading.Event) -> None:
    """Send heartbeats until the job is done; a database that is unreachable for a moment is tried again."""
    try:
        while not done.wait(BEAT_SECONDS):
            try:
                lifecycle.touch_job(job=job)
            except DatabaseError as error:
                logger.warning("No heartbeat of %s could be stored: %s", job, error)
                connection.close_if_unusable_or_obsolete()
    finally:
        connection.close()
