"""A process that sends messages is killed with kill -9 in the middle: none is lost."""

import os
import signal
import subprocess
import sys
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import transaction
from django.utils import timezone

from annotate.env import BASE_DIR
from annotate.tests.databases import address_of_test_database
from ratings.choices import Channel, Event, NotificationState
from ratings.models import Notification
from ratings.services.notifications import deliver
from ratings.services.notifications.record import announce_event
from ratings.services.notifications.subscriptions import make_subscription
from ratings.tests.factories import make_staff, make_study
from ratings.tests.receivers import Receiver, receiving


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_message_outlives_a_sender_that_is_killed_in_the_middle(settings: LazySettings) -> None:
    with receiving() as receiver:
        kill_a_sender(receiver, settings)


def kill_a_sender(receiver: Receiver, settings: LazySettings) -> None:
    """Kill the process that sends, while the receiver has the message and has not answered; then send again."""
    settings.WEBHOOK_HOSTS = [receiver.host]
    actor = make_staff("mira", group="researcher")
    terms: dict[str, Any] = {"study": None, "channel": Channel.WEBHOOK, "events": [Event.DUMP_READY], "actor": actor}
    _, secret = make_subscription(address=receiver.address, **terms)
    with transaction.atomic():
        announce_event(study_id=make_study().pk, event=Event.DUMP_READY, subject="one", number=1)
    receiver.may_answer.clear()
    (waiting,) = deliver.due_notifications()
    send = "from ratings.services.notifications.deliver import deliver_notification as send; send(notification_id={})"
    environment = {
        **os.environ,
        "DATABASE_URL": address_of_test_database(),
        "SECRET_KEY": settings.SECRET_KEY,
        "WEBHOOK_HOSTS": receiver.host,
    }
    command = [sys.executable, "manage.py", "shell", "-c", send.format(waiting)]
    with subprocess.Popen(command, cwd=BASE_DIR, env=environment) as sender:
        assert receiver.asked.wait(60)
        sender.send_signal(signal.SIGKILL)
    receiver.may_answer.set()
    left = Notification.objects.get()
    assert (left.state, left.attempts) == (NotificationState.WAITING, 1)
    assert deliver.due_notifications() == [], "it is tried again in two minutes, not at once"
    Notification.objects.update(due_at=timezone.now())
    deliver.deliver_notification(notification_id=waiting)
    assert Notification.objects.get().state == NotificationState.DELIVERED
    assert len(receiver.verified(secret)) == 2
