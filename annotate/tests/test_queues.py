"""Work goes to the queue of its kind, and none is lost while versions with other queues are mixed."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from django.conf import settings

from annotate import env
from annotate.benchmarks.installation import wait_for
from annotate.celery import app
from annotate.tests.databases import address_of_test_database
from annotate.tests.deadly import FAILING
from ratings.selectors.failures import recent_failures
from ratings.selectors.waiting_jobs import job_kinds
from ratings.values.queues import QUEUES, consumed_queues


def test_each_kind_of_work_waits_in_a_queue_of_its_own() -> None:
    found = {kind._meta.label: kind.queue for kind in job_kinds()}
    assert found == {
        "ratings.Delivery": "io",
        "ratings.Dump": "io",
        "ratings.QualityReport": "io",
        "scoring.HubPush": "io",
        "scoring.TrainingRun": "train",
        "scoring.SteeringRun": "steer",
        "scoring.TasteProfile": "default",
    }
    assert {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()} <= set(QUEUES)
    assert set(settings.CELERY_TASK_ROUTES) <= set(app.tasks)


@pytest.mark.parametrize(
    ("named", "consumed"),
    [
        (["default"], ["default"]),
        (["io", "steer"], ["io", "steer"]),
        (["train"], ["train", "gpu"]),
        (["embed", "train"], ["embed", "train", "gpu"]),
        (["gpu"], ["gpu", "io", "embed", "steer", "train"]),
        (["default", "gpu", "train"], ["default", "gpu", "train", "io", "embed", "steer"]),
    ],
)
def test_the_former_queue_is_emptied_with_its_heirs(named: list[str], consumed: list[str]) -> None:
    assert consumed_queues(named) == consumed


def broker_of_its_own(number: int) -> str:
    """Give the address of one of the numbered parts of the tests' broker, which no other test run beside it uses."""
    number += 2 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    if settings.CELERY_BROKER_URL.startswith("redis+socket"):
        return f"{settings.CELERY_BROKER_URL}?virtual_host={number}"
    return f"{settings.CELERY_BROKER_URL.rpartition('/')[0]}/{number}"


@contextmanager
def worker_of(queues: str) -> Iterator[None]:
    """Start a worker whose command names these queues."""
    celery = [sys.executable, "-m", "celery", "--quiet", "-A", "annotate.tests.deadly", "worker"]
    options = ["-Q", queues, "-n", "mixed@test", "-c", "1", "--without-gossip", "--without-mingle"]
    names = {"DATABASE_URL": address_of_test_database(), "CELERY_BROKER_URL": broker_of_its_own(9)}
    with subprocess.Popen([*celery, *options], cwd=env.BASE_DIR, env={**os.environ, **names}) as process:
        try:
            yield
        finally:
            process.terminate()


def has_failed(reason: str) -> bool:
    """Tell whether a worker has done the task that fails for this reason."""
    return any(reason in failure.error for failure in recent_failures())


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("command", "queue"), [("gpu", "train"), ("gpu", "steer"), ("gpu", "io"), ("embed,train", "gpu"), ("gpu", "gpu")]
)
def test_no_message_is_lost_whichever_side_is_of_the_version_before(command: str, queue: str) -> None:
    reason = f"sent to {queue}"
    with app.connection_for_write(broker_of_its_own(9)) as broker:
        app.send_task(FAILING, args=(reason,), queue=queue, connection=broker)
    with worker_of(command):
        wait_for(partial(has_failed, reason), what=f"a worker of {command} that takes from {queue}", patience=120)
