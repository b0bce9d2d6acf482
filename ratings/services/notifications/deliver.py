"""Send the messages that are due, each again and ever more rarely until it is taken or its attempts are used up.

An attempt begins by moving the next one: a sender that is killed costs a message two minutes, and never the message.
A receiver may get one twice for that, and knows it again by its id.
"""

import json
import logging
import secrets
import time
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from smtplib import SMTPException

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from ratings.choices import Channel, NotificationState
from ratings.exceptions import ConflictError
from ratings.files.text_files import without_strays
from ratings.models import Notification, Subscription
from ratings.platforms.webhooks import WebhookError, webhook_headers
from ratings.sentences import staff_gettext
from ratings.services.failures import record_failure
from ratings.services.notifications.subscriptions import secret_of, webhook_sender

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 200
CLAIM = timedelta(minutes=2)  # longer than an attempt may take
DELAYS_S = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)  # those that Standard Webhooks proposes
MOST_FAILURES = 8  # one after another, over at least a day: then the address is given up
A_DAY = timedelta(days=1)
KEPT = timedelta(days=30)
LONGEST_ANSWER = 500
GIVEN_UP = (
    "Messages to {host} about {study} are stopped: {why}\n\n"
    "What was to be sent waits on the page *Notifications* of the admin. Once the receiver works again, activate the "
    "subscription on its page, which sends what waits.\n"
)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of an attempt."""

    is_delivered: bool
    answer: str
    status: int | None = None

    @property
    def is_unwanted(self) -> bool:
        """Tell whether the receiver wants no more messages."""
        return self.status == HTTPStatus.GONE


def due_notifications() -> list[int]:
    """Name the messages that are to be tried now, the oldest first; those to a stopped address wait.

    An address that fails gets one at a time until it takes one: receivers that answer never wait behind one that hangs.
    """
    rows = Notification.objects.filter(state=NotificationState.WAITING, due_at__lte=timezone.now())
    rows = rows.filter(subscription__is_active=True)
    wanted = rows.filter(subscription__failing_since=None).order_by("due_at", "pk").values_list("pk", flat=True)
    failing = rows.exclude(subscription__failing_since=None).order_by("subscription_id", "due_at", "pk")
    tries = failing.distinct("subscription_id").values_list("pk", flat=True)
    return [*wanted[:MOST_AT_ONCE], *tries[:MOST_AT_ONCE]]


def deliver_notification(*, notification_id: int) -> None:
    """Try a message once, if it is due; of two who try at once, one does."""
    now = timezone.now()
    due = Notification.objects.filter(pk=notification_id, state=NotificationState.WAITING, due_at__lte=now)
    if not due.update(attempts=F("attempts") + 1, due_at=now + CLAIM):
        return
    notification = Notification.objects.select_related("subscription__created_by", "subscription__study").get(
        pk=notification_id
    )
    settle_attempt(notification=notification, outcome=send_once(notification))


def send_once(notification: Notification) -> Outcome:
    """Send a message by its channel; what stands in the way becomes the outcome."""
    send = send_by_mail if notification.subscription.channel == Channel.MAIL else send_by_webhook
    try:
        return send(notification)
    except SoftTimeLimitExceeded:  # the log of messages says so
        return Outcome(is_delivered=False, answer="The answer took too long.")
    except (WebhookError, ConflictError, SMTPException, OSError) as error:
        return Outcome(is_delivered=False, answer=str(error) or type(error).__name__)


def send_by_webhook(notification: Notification) -> Outcome:
    """Post a message, signed at this moment; only an answer from 200 to 299 takes it."""
    subscription = notification.subscription
    body = json.dumps(notification.body, separators=(",", ":"), sort_keys=True).encode()
    headers = webhook_headers(
        secret=secret_of(subscription), message=notification.message, timestamp=int(time.time()), body=body
    )
    answer = webhook_sender().post(subscription.address, body=body, headers=headers)
    taken = HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES
    return Outcome(is_delivered=taken, status=answer.status, answer=answer.words)


def send_by_mail(notification: Notification) -> Outcome:
    """Send a message as a mail that says the same in lines."""
    data = notification.body["data"]
    event = notification.get_event_display()
    lines = [event, "", *(f"{name}: {value}" for name, value in data.items()), f"at: {notification.body['timestamp']}"]
    title = settings.UNFOLD["SITE_TITLE"]
    send_mail(f"{title}: {event} ({data['study']})", "\n".join(lines) + "\n", None, [notification.subscription.address])
    return Outcome(is_delivered=True, answer="handed to the mail server")


@transaction.atomic
def settle_attempt(*, notification: Notification, outcome: Outcome) -> None:
    """Write down an attempt; one that was withdrawn or settled meanwhile stays as it is."""
    now = timezone.now()
    answer = without_strays(outcome.answer)[:LONGEST_ANSWER]
    facts = {"last_status": outcome.status, "last_answer": answer}
    rows = Notification.objects.filter(pk=notification.pk, state=NotificationState.WAITING)
    if outcome.is_delivered:
        rows.update(state=NotificationState.DELIVERED, delivered_at=now, **facts)
        Subscription.objects.filter(pk=notification.subscription_id).update(failures=0, failing_since=None)
        return
    logger.warning("%s was not delivered: %s", notification, answer)
    if notification.attempts > len(DELAYS_S):
        rows.update(state=NotificationState.FAILED, **facts)
    else:
        rows.update(due_at=now + delay_after(notification.attempts), **facts)
    note_failure(notification=notification, outcome=outcome)


def delay_after(attempts: int) -> timedelta:
    """Give how long to wait after so many attempts: up to a fifth longer, so that not all come back at one moment."""
    seconds = DELAYS_S[attempts - 1]
    return timedelta(seconds=seconds + secrets.randbelow(max(seconds // 5, 1)))


def note_failure(*, notification: Notification, outcome: Outcome) -> None:
    """Count a failure of an address, and stop one that has failed for long or wants no more."""
    rows = Subscription.objects.filter(pk=notification.subscription_id)
    now = timezone.now()
    rows.update(failures=F("failures") + 1, failing_since=Coalesce("failing_since", now))
    failed_long = rows.filter(failures__gte=MOST_FAILURES, failing_since__lte=now - A_DAY)
    if outcome.is_unwanted:
        stop_subscription(notification=notification, why="the receiver answered 410, which asks for no more messages.")
    elif failed_long.exists():
        answer = outcome.answer or f"status {outcome.status}"
        stop_subscription(notification=notification, why=f"for a day no message was taken. The last answer: {answer}")


def stop_subscription(*, notification: Notification, why: str) -> None:
    """Send nothing more to an address, and say so to who subscribed it, once; the dashboard says so in any case."""
    subscription = notification.subscription
    reason = without_strays(why)[:300]
    stopped = Subscription.objects.filter(pk=subscription.pk, is_active=True)
    if not stopped.update(is_active=False, stopped_because=reason):
        return
    host = subscription.host
    record_failure(task=f"messages to {host}", error=WebhookError(reason))
    person = subscription.created_by
    if settings.SENDS_MAIL and person is not None and person.email:
        study = subscription.study.title if subscription.study else "all studies"
        body = GIVEN_UP.format(host=host, study=study, why=why)
        address = person.email
        transaction.on_commit(lambda: send_stop_mail(host=host, body=body, address=address))


def send_stop_mail(*, host: str, body: str, address: str) -> None:
    """Send the mail that an address was given up; where that fails, the dashboard still says so."""
    try:
        send_mail(f"{settings.UNFOLD['SITE_TITLE']}: messages to {host} are stopped", body, None, [address])
    except (SMTPException, OSError) as error:
        record_failure(task="mail of a stopped subscription", error=error)


@transaction.atomic
def retry_notification(*, notification: Notification) -> None:
    """Let a message be tried again now, from the first attempt, whatever became of it; the receiver knows its id."""
    if not notification.subscription.is_active:
        raise ConflictError(staff_gettext("This subscription is not active: activate it first."))
    Notification.objects.filter(pk=notification.pk).update(
        state=NotificationState.WAITING, delivered_at=None, attempts=0, due_at=timezone.now()
    )


def old_notifications() -> QuerySet[Notification]:
    """Find the messages that were settled long ago."""
    settled = Notification.objects.exclude(state=NotificationState.WAITING)
    return settled.filter(created_at__lt=timezone.now() - KEPT)


def discard_old_notifications() -> None:
    """Delete messages that were settled long ago."""
    old_notifications().delete()
