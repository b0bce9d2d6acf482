"""What happens in a study is sent to those who want to know: recorded with it, signed, and sent again until taken."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.core import mail
from django.db import transaction
from django.test import override_settings
from django.utils import timezone
from standardwebhooks import WebhookVerificationError

from ratings.choices import Channel, Event, FlagReason, JobState, NotificationState
from ratings.exceptions import InvalidInputError, JobStoppedError
from ratings.models import Assignment, Dump, Notification, StudyImage, Subscription, TaskFailure
from ratings.services.jobs import lifecycle
from ratings.services.notifications import deliver, full_studies, subscriptions
from ratings.services.quality.flags import raise_flags
from ratings.tests.factories import make_images, make_participation, make_staff, make_study
from ratings.tests.receivers import Receiver, receiving

pytestmark = pytest.mark.django_db
LATER = timedelta(days=2)


@pytest.fixture
def receiver(settings: LazySettings) -> Iterator[Receiver]:
    """Receive on this machine, which the operator allows by name."""
    with receiving() as found:
        settings.WEBHOOK_HOSTS = [found.host]
        yield found


def subscribe(address: str, *events: Event, **fields: Any) -> tuple[Subscription, str]:
    """Subscribe an address to all studies, unless one is named."""
    terms = {"study": None, "channel": Channel.WEBHOOK, **fields}
    actor = make_staff("mira", group="researcher")
    actor.email = "mira@example.org"
    actor.save()
    return subscriptions.make_subscription(address=address, events=events, actor=actor, **terms)


def send_all_due() -> None:
    """Send what is due, as the workers do."""
    for notification_id in deliver.due_notifications():
        deliver.deliver_notification(notification_id=notification_id)


def make_all_due() -> None:
    """Let the time until the next attempt pass."""
    Notification.objects.update(due_at=timezone.now())


def finished_dump(**fields: Any) -> Dump:
    """Write a dump to its end."""
    Dump.objects.create(study=fields.pop("study", None) or make_study(slug="harbour"), version=1, format="csv")
    job = lifecycle.start_job(kind=Dump, job_id=Dump.objects.get().pk)
    assert job is not None
    lifecycle.finish_job(job=job, **fields)
    return job


def test_a_dump_that_is_ready_reaches_a_receiver_that_checks_the_signature_though_it_fails_first(
    receiver: Receiver,
) -> None:
    receiver.answers = [503]
    _, secret = subscribe(receiver.address, Event.DUMP_READY)
    finished_dump()
    send_all_due()
    waiting = Notification.objects.get()
    assert (waiting.state, waiting.attempts, waiting.last_status) == (NotificationState.WAITING, 1, 503)
    assert timezone.now() < waiting.due_at < timezone.now() + timedelta(seconds=7)  # 5 s and up to a fifth
    send_all_due()
    assert len(receiver.posts) == 1, "nothing is sent before its time"
    make_all_due()
    send_all_due()
    first, second = receiver.verified(secret)
    assert first == second
    assert (first["type"], first["data"]) == ("dump.ready", {"study": "harbour", "number": 1})
    assert [headers["webhook-id"] for _, headers in receiver.posts] == [waiting.message] * 2
    sent = Notification.objects.get()
    assert (sent.state, sent.attempts, sent.last_status) == (NotificationState.DELIVERED, 2, 204)
    make_all_due()
    send_all_due()
    assert len(receiver.posts) == 2, "what was taken is not sent again"


def test_another_secret_does_not_verify(receiver: Receiver) -> None:
    subscription, secret = subscribe(receiver.address, Event.DUMP_READY)
    newer = subscriptions.renew_secret(subscription=subscription, actor=make_staff("olaf", group="admin"))
    finished_dump()
    send_all_due()
    assert len(receiver.verified(newer)) == 1
    with pytest.raises(WebhookVerificationError):
        receiver.verified(secret)


def test_each_end_of_a_job_is_announced_once_and_one_that_is_cancelled_is_not() -> None:
    subscribe("https://example.org/hook", Event.DUMP_READY, Event.DUMP_FAILED)
    study = make_study()
    ids = [Dump.objects.create(study=study, version=version, format="csv").pk for version in (1, 2, 3, 4)]
    ready, failed, cancelled, dead = (lifecycle.start_job(kind=Dump, job_id=pk) for pk in ids)
    assert ready is not None
    assert failed is not None
    assert cancelled is not None
    assert dead is not None
    lifecycle.finish_job(job=ready)
    lifecycle.finish_job(job=ready)
    lifecycle.fail_job(job=failed, error=OSError("The disk is full."))
    lifecycle.cancel_job(job=cancelled)
    with pytest.raises(JobStoppedError):
        lifecycle.settle_job(job=cancelled)
    silent = timezone.now() - timedelta(hours=1)
    Dump.objects.filter(pk=dead.pk).update(attempts=lifecycle.MOST_ATTEMPTS, heartbeat_at=silent)
    lifecycle.revive_jobs(kind=Dump)
    found = [one.body for one in Notification.objects.order_by("pk")]
    assert [(one["type"], one["data"]["number"]) for one in found] == [
        ("dump.ready", 1),
        ("dump.failed", 2),
        ("dump.failed", 4),
    ]
    assert "The disk is full." in found[1]["data"]["error"]
    assert "worker died" in found[2]["data"]["error"]
    assert Dump.objects.get(version=4).state == JobState.FAILED


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_is_sent_to_nobody(receiver: Receiver) -> None:
    subscribe(receiver.address, Event.DUMP_READY)
    with transaction.atomic():
        finished_dump()
        transaction.set_rollback(True)
    assert not Notification.objects.exists()


def test_only_those_who_asked_are_sent_something(receiver: Receiver) -> None:
    other = make_study(slug="quay")
    subscribe(receiver.address, Event.DUMP_READY, study=other)
    finished_dump()
    assert not Notification.objects.exists()
    Subscription.objects.update(study=None, events=[Event.STUDY_FULL])
    lifecycle.fail_job(job=Dump.objects.get(), error=OSError("no"))
    assert not Notification.objects.exists()


def test_a_private_address_is_refused_unless_the_operator_names_it(receiver: Receiver, settings: LazySettings) -> None:
    subscribe(receiver.address, Event.DUMP_READY)
    settings.WEBHOOK_HOSTS = []
    finished_dump()
    send_all_due()
    assert receiver.posts == []
    assert "not among WEBHOOK_HOSTS" in Notification.objects.get().last_answer
    port = receiver.host.partition(":")[2]
    Subscription.objects.update(address=f"https://localhost:{port}/hook")
    make_all_due()
    send_all_due()
    assert Notification.objects.get().last_answer == "localhost is a private address, and not among WEBHOOK_HOSTS."


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://example.org/hook", "must be an https address"),
        ("ftp://example.org/hook", "must be an http or https address"),
        ("https://me:secret@example.org/", "without a user name"),
        ("https://example.org/a b", "must be percent-encoded"),
        ("https://[::1/", "no web address"),
    ],
)
def test_an_address_that_is_never_posted_to_cannot_be_subscribed(address: str, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        subscribe(address, Event.DUMP_READY)


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.answers = [307]
    subscribe(receiver.address, Event.DUMP_READY)
    finished_dump()
    send_all_due()
    assert len(receiver.posts) == 1
    assert Notification.objects.get().last_status == 307


def test_an_address_that_fails_for_a_day_is_stopped_with_a_mail_and_what_waits_is_sent_once_it_is_active_again(
    receiver: Receiver, settings: LazySettings
) -> None:
    settings.SENDS_MAIL = True
    receiver.answers = [500] * deliver.MOST_FAILURES
    subscription, _ = subscribe(receiver.address, Event.DUMP_READY)
    finished_dump()
    for _ in range(deliver.MOST_FAILURES - 1):
        make_all_due()
        send_all_due()
    subscription.refresh_from_db()
    assert (subscription.is_active, subscription.failures) == (True, deliver.MOST_FAILURES - 1)
    Subscription.objects.update(failing_since=timezone.now() - LATER)
    make_all_due()
    with transaction.atomic():
        send_all_due()
    subscription.refresh_from_db()
    assert not subscription.is_active
    assert receiver.host in TaskFailure.objects.get().task
    make_all_due()
    send_all_due()
    assert len(receiver.posts) == deliver.MOST_FAILURES
    subscriptions.update_subscription(
        subscription=subscription, events=[Event.DUMP_READY], is_active=True, actor=make_staff("olaf", group="admin")
    )
    send_all_due()
    assert Notification.objects.get().state == NotificationState.DELIVERED


@pytest.mark.django_db(transaction=True)
def test_a_receiver_that_answers_gone_is_stopped_at_once_with_a_mail(
    receiver: Receiver, settings: LazySettings
) -> None:
    settings.SENDS_MAIL = True
    receiver.answers = [410]
    subscribe(receiver.address, Event.DUMP_READY)
    finished_dump()
    send_all_due()
    assert not Subscription.objects.get().is_active
    (letter,) = mail.outbox
    assert letter.to == ["mira@example.org"]
    assert "410" in letter.body


def test_a_message_is_given_up_after_its_last_attempt_and_can_be_sent_again_by_hand(receiver: Receiver) -> None:
    attempts = len(deliver.DELAYS_S) + 1
    receiver.answers = [500] * attempts
    subscribe(receiver.address, Event.DUMP_READY)
    finished_dump()
    for _ in range(attempts):
        make_all_due()
        send_all_due()
    failed = Notification.objects.get()
    assert (failed.state, failed.attempts) == (NotificationState.FAILED, 10)
    deliver.retry_notification(notification=failed)
    send_all_due()
    assert Notification.objects.get().state == NotificationState.DELIVERED


def test_a_mail_says_what_happened(settings: LazySettings) -> None:
    with pytest.raises(InvalidInputError, match="set MAIL_HOST"):
        subscribe("lab@example.org", Event.DUMP_READY, channel=Channel.MAIL)
    settings.SENDS_MAIL = True
    actor = make_staff("olaf", group="admin")
    terms: dict[str, Any] = {"study": None, "channel": Channel.MAIL, "events": [Event.DUMP_READY], "actor": actor}
    with pytest.raises(InvalidInputError, match="no e-mail address"):
        subscriptions.make_subscription(address="lab", **terms)
    _, secret = subscriptions.make_subscription(address="lab@example.org", **terms)
    assert secret == ""
    finished_dump()
    send_all_due()
    (letter,) = mail.outbox
    assert (letter.subject, letter.to) == ("Pamela: Dump ready (harbour)", ["lab@example.org"])
    assert "number: 1" in letter.body


def test_a_secret_outlives_a_new_signing_key_as_long_as_the_former_is_kept(
    receiver: Receiver, settings: LazySettings
) -> None:
    _, secret = subscribe(receiver.address, Event.DUMP_READY)
    former = settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-key", [former]
    finished_dump()
    send_all_due()
    assert len(receiver.verified(secret)) == 1
    settings.SECRET_KEY_FALLBACKS = []
    deliver.retry_notification(notification=Notification.objects.get())
    send_all_due()
    assert "SECRET_KEY was replaced" in Notification.objects.get().last_answer
    assert len(receiver.posts) == 1


def test_new_flags_are_counted_and_name_nobody() -> None:
    subscribe("https://example.org/hook", Event.RATERS_FLAGGED)
    part = make_participation()
    found = {part.pk: {FlagReason.FAST: "Too fast."}}
    with transaction.atomic():
        raise_flags(study=part.study, found=found)
        raise_flags(study=part.study, found=found)
    (body,) = Notification.objects.values_list("body", flat=True)
    assert body["data"] == {"study": part.study.slug, "raters": 1, "reasons": {"fast": 1}}


def test_a_study_is_full_once_and_again_when_it_has_grown() -> None:
    subscribe("https://example.org/hook", Event.STUDY_FULL)
    study = make_study(target=1)
    (row,) = make_images(study=study, count=1)
    full_studies.announce_full_studies()
    assert not Notification.objects.exists()
    StudyImage.objects.filter(pk=row.pk).update(taken=1)
    full_studies.announce_full_studies()
    full_studies.announce_full_studies()
    assert [one.body["data"] for one in Notification.objects.all()] == [{"study": study.slug, "because": "answers"}]
    StudyImage.objects.filter(pk=row.pk).update(target=2)
    full_studies.announce_full_studies()
    StudyImage.objects.filter(pk=row.pk).update(taken=2)
    full_studies.announce_full_studies()
    assert Notification.objects.count() == 2
    assert not Assignment.objects.exists()


def test_an_address_that_fails_gets_one_message_at_a_time_and_all_of_them_once_it_takes_one(
    receiver: Receiver,
) -> None:
    receiver.answers = [503]
    failing, _ = subscribe(receiver.address, Event.DUMP_READY)
    first = subscriptions.send_test(subscription=failing)
    send_all_due()
    Notification.objects.update(due_at=timezone.now() + LATER)
    later = [subscriptions.send_test(subscription=failing) for _ in range(3)]
    with receiving() as other, override_settings(WEBHOOK_HOSTS=[receiver.host, other.host]):
        terms: dict[str, Any] = {"channel": Channel.WEBHOOK, "events": [Event.DUMP_READY], "actor": failing.created_by}
        healthy, _ = subscriptions.make_subscription(study=None, address=other.address, **terms)
        wanted = [subscriptions.send_test(subscription=healthy) for _ in range(2)]
        assert deliver.due_notifications() == [*(row.pk for row in wanted), later[0].pk]
        send_all_due()
        assert deliver.due_notifications() == [row.pk for row in later[1:]], "it has taken one, and gets the others"
        send_all_due()
        assert (len(other.posts), len(receiver.posts)) == (2, 4)
    assert Notification.objects.get(state=NotificationState.WAITING).pk == first.pk
