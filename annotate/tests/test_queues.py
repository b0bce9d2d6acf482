"""Work goes to the queue of its kind, and none is lost while versions with other queues are mixed."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from annotate import env
from annotate.benchmarks.installation import wait_for
from annotate.celery import app
from annotate.supervisor import service_children
from annotate.tests.databases import address_of_test_database
from annotate.tests.deadly import FAILING
from ratings.choices import Channel, Event
from ratings.selectors.failures import recent_failures
from ratings.selectors.waiting_jobs import job_kinds
from ratings.services.notifications.subscriptions import make_subscription, send_test
from ratings.tasks import deliver_notification
from ratings.tests.factories import make_staff
from ratings.tests.receivers import receiving
from ratings.values.queues import QUEUES, consumed_queues


def test_each_kind_of_work_waits_in_a_queue_of_its_own() -> None:
    found = {kind._meta.label: kind.queue for kind in job_kinds()}
    assert found == {
        "ratings.Delivery": "io",
        "ratings.Dump": "io",
        "ratings.QualityReport": "io",
        "scoring.HubPush": "io",
        "scoring.TrackedRun": "io",
        "scoring.StudyPlan": "default",
        "scoring.VersionComparison": "default",
        "scoring.TrainingRun": "train",
        "scoring.SteeringRun": "steer",
        "scoring.TasteProfile": "default",
    }
    assert {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()} <= set(QUEUES)
    assert set(settings.CELERY_TASK_ROUTES) <= set(app.tasks)


def test_messages_wait_behind_no_job_and_have_workers_of_their_own() -> None:
    route = settings.CELERY_TASK_ROUTES["ratings.tasks.deliver_notification"]
    alike = [name for name, other in settings.CELERY_TASK_ROUTES.items() if other == route]
    assert (route["queue"], alike) == ("send", ["ratings.tasks.deliver_notification"])
    assert "send" not in {kind.queue for kind in job_kinds()}
    commands = [child.command for child in service_children(host="127.0.0.1", port=8000, web_workers=1)]
    taken = [command[command.index("-Q") + 1] for command in commands if "-Q" in command]
    assert taken == ["default", "send", "io", "steer", "embed,train"]


@pytest.mark.parametrize(
    ("named", "consumed"),
    [
        (["default"], ["default"]),
        (["io", "steer"], ["io", "steer", "send"]),
        (["train"], ["train", "gpu"]),
        (["embed", "train"], ["embed", "train", "gpu"]),
        (["send", "io"], ["send", "io"]),
        (["gpu"], ["gpu", "send", "io", "embed", "steer", "train"]),
        (["default", "gpu", "train"], ["default", "gpu", "train", "send", "io", "embed", "steer"]),
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
def worker_of(queues: str, **more: str) -> Iterator[None]:
    """Start a worker whose command names these queues."""
    celery = [sys.executable, "-m", "celery", "--quiet", "-A", "annotate.tests.deadly", "worker"]
    options = ["-Q", queues, "-n", "mixed@test", "-c", "1", "--without-gossip", "--without-mingle"]
    names = {"DATABASE_URL": address_of_test_database(), "CELERY_BROKER_URL": broker_of_its_own(9)}
    with subprocess.Popen([*celery, *options], cwd=env.BASE_DIR, env={**os.environ, **names, **more}) as process:
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
    ("command", "queue"),
    [("gpu", "train"), ("gpu", "steer"), ("gpu", "io"), ("embed,train", "gpu"), ("gpu", "gpu"), ("io", "send")],
)
def test_no_message_is_lost_whichever_side_is_of_the_version_before(command: str, queue: str) -> None:
    reason = f"sent to {queue}"
    with app.connection_for_write(broker_of_its_own(9)) as broker:
        app.send_task(FAILING, args=(reason,), queue=queue, connection=broker)
    with worker_of(command):
        wait_for(partial(has_failed, reason), what=f"a worker of {command} that takes from {queue}", patience=120)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_webhook_is_delivered_while_nobody_takes_dumps() -> None:
    with receiving() as receiver:
        terms: dict[str, Any] = {"study": None, "channel": Channel.WEBHOOK, "events": [Event.DUMP_READY]}
        with override_settings(WEBHOOK_HOSTS=[receiver.host]):
            subscription, secret = make_subscription(
                address=receiver.address, actor=make_staff("mira", group="researcher"), **terms
            )
        message = send_test(subscription=subscription)
        with app.connection_for_write(broker_of_its_own(9)) as broker:
            app.send_task(deliver_notification.name, args=(message.pk,), connection=broker)
        with worker_of("send", WEBHOOK_HOSTS=receiver.host, SECRET_KEY=settings.SECRET_KEY):
            assert receiver.asked.wait(120)
        assert [one["type"] for one in receiver.verified(secret)] == ["test"]
