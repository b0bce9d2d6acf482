"""Subscriptions to what happens in studies, and the messages sent to them."""

from django.contrib.auth.models import User
from django.db import transaction

from ratings.models import Notification, Study, Subscription
from ratings.queueing import queue_on_commit
from ratings.selectors.study_access import has_everywhere, has_in_each
from ratings.services.notifications import deliver, subscriptions
from ratings.services.notifications.subscriptions import (
    check_subscription,
    delete_subscription,
    make_subscription,
    renew_secret,
    update_subscription,
)
from ratings.tasks import deliver_notification

__all__ = [
    "check_subscription",
    "delete_subscription",
    "make_subscription",
    "may_subscribe",
    "renew_secret",
    "send_again",
    "send_test",
    "update_subscription",
]

SUBSCRIBE = "ratings.add_subscription"


def may_subscribe(*, person: User, study: Study | None) -> bool:
    """Tell whether somebody may have the events of a study sent, or with none those of all studies."""
    if study is None:
        return has_everywhere(person=person, right=SUBSCRIBE)
    return has_in_each(person=person, right=SUBSCRIBE, studies=frozenset({study.pk}))


@transaction.atomic
def send_test(*, subscription: Subscription) -> Notification:
    """Send a message that says nothing but that messages arrive."""
    notification = subscriptions.send_test(subscription=subscription)
    queue_on_commit(deliver_notification, notification.pk)
    return notification


@transaction.atomic
def send_again(*, notification: Notification) -> None:
    """Send a message again, from the first attempt."""
    deliver.retry_notification(notification=notification)
    queue_on_commit(deliver_notification, notification.pk)
