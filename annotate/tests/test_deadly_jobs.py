"""A job that kills its workers is tried three times and fails with a sentence; the next job is done."""

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotate import env
from annotate.benchmarks.installation import wait_for
from annotate.celery import app
from annotate.tests.databases import address_of_test_database
from annotate.tests.deadly import FAILING, TASK
from ratings.choices import DeliveryKind, DumpFormat, JobState
from ratings.models import Delivery, Dump, Job
from ratings.selectors.failures import recent_failures
from ratings.services.jobs.lifecycle import MOST_ATTEMPTS, revive_jobs
from ratings.tasks import job_options, run_job
from ratings.tests.factories import make_study
from scoring.models import TrainingRun

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@dataclass(frozen=True, kw_only=True)
class Worker:
    """A worker with one process and a queue of its own."""

    queue: str

    def run_deadly(self, job: Job) -> None:
        """Hand it a job that ends it."""
        app.send_task(TASK, args=(job._meta.label, job.pk), queue=self.queue)

    def run(self, job: Job) -> None:
        """Hand it a job as the service does."""
        run_job.apply_async(args=(job._meta.label, job.pk), **{**job_options(type(job)), "queue": self.queue})

    def is_up(self) -> bool:
        """Tell whether it answers."""
        return bool(app.control.ping(destination=[f"{self.queue}@test"], timeout=1.0))


@pytest.fixture(scope="module")
def worker(django_db_setup: None) -> Iterator[Worker]:
    """Start a worker on the database of these tests."""
    queue = f"deadly-{uuid.uuid4().hex}"
    celery = [sys.executable, "-m", "celery", "--quiet", "-A", "annotate.tests.deadly", "worker"]
    options = ["-Q", queue, "-n", f"{queue}@test", "-c", "1", "--without-gossip", "--without-mingle"]
    environment = {**os.environ, "DATABASE_URL": address_of_test_database()}
    with subprocess.Popen([*celery, *options], cwd=env.BASE_DIR, env=environment) as process:
        started = Worker(queue=queue)
        try:
            wait_for(started.is_up, what="a worker", patience=120)
            yield started
            assert process.poll() is None, "the worker itself went down"
        finally:
            process.terminate()


def make_delivery(way: str) -> Job:
    """Hand pictures over."""
    return Delivery.objects.create(kind=DeliveryKind.PICTURES, study=make_study(), folder="a", options={"way": way})


def make_training(way: str) -> Job:
    """Ask for a training run."""
    return TrainingRun.objects.create(study=make_study(), reason=way)


MAKE = {Delivery: make_delivery, TrainingRun: make_training}


def reread(job: Job) -> Job:
    """Read a job's row again."""
    return type(job)._default_manager.get(pk=job.pk)


def has_died(job: Job, *, attempts: int) -> bool:
    """Tell whether so many workers were at it, and the last of them is gone."""
    now = reread(job)
    return now.attempts == attempts and now.stage.startswith("about to") and not is_alive(int(now.owner.split(":")[1]))


def is_alive(pid: int) -> bool:
    """Tell whether a process runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:  # which is the answer
        return False
    return True


def let_time_pass(job: Job) -> None:
    """Let the job look as if nobody had worked on it for an hour."""
    rows = type(job)._default_manager.filter(pk=job.pk)
    rows.update(heartbeat_at=timezone.now() - timedelta(hours=1))


def is_swept(job: Job) -> bool:
    """Sweep; the last sign of life of a process that is gone may reach the database after its end."""
    let_time_pass(job)
    revive_jobs(kind=type(job))
    return reread(job).state != JobState.RUNNING


def the_next_job_is_done(worker: Worker) -> bool:
    """Let the worker do a job that harms nobody."""
    dump = Dump.objects.create(study=make_study(), version=1, format=DumpFormat.CSV)
    worker.run(dump)
    wait_for(lambda: not reread(dump).is_active, what="a dump", patience=120)
    return reread(dump).state == JobState.READY


@pytest.mark.parametrize(("kind", "way"), [(Delivery, "exit"), (TrainingRun, "kill")])
def test_a_job_that_kills_its_worker_is_given_up_after_three_and_the_next_job_is_done(
    worker: Worker, kind: type[Job], way: str
) -> None:
    job = MAKE[kind](way)
    for attempt in range(1, MOST_ATTEMPTS + 1):
        worker.run_deadly(job)
        wait_for(partial(has_died, job, attempts=attempt), what="the death of a worker", patience=120)
        wait_for(partial(is_swept, job), what="a sweep that takes the job up", patience=120)
        assert reread(job).state == (JobState.QUEUED if attempt < MOST_ATTEMPTS else JobState.FAILED)
    ended = reread(job)
    assert (ended.state, ended.error_code, ended.attempts) == (JobState.FAILED, "workers_died", 3)
    assert ended.error.startswith("The worker died 3 times")
    assert the_next_job_is_done(worker)


def test_a_job_that_runs_out_of_memory_fails_at_once_and_costs_no_worker(worker: Worker) -> None:
    job = make_delivery("run out of memory")
    worker.run_deadly(job)
    wait_for(lambda: not reread(job).is_active, what="the end of the job", patience=120)
    ended = reread(job)
    assert (ended.state, ended.attempts) == (JobState.FAILED, 1)
    assert ended.error.startswith("The worker ran out of memory")
    assert is_alive(int(ended.owner.split(":")[1]))
    assert the_next_job_is_done(worker)


def test_a_task_without_a_row_of_its_own_that_fails_is_named_on_the_first_page(
    worker: Worker, researcher: Client
) -> None:
    app.send_task(FAILING, args=("the disk\nis full",), queue=worker.queue)
    wait_for(recent_failures, what="a failure", patience=120)
    page = researcher.get(reverse("admin:index")).content.decode()
    assert f"The background task {FAILING} failed once, last just now: RuntimeError: the disk" in page
