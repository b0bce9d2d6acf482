"""In the admin, an address is subscribed to a study's events, tried, and its messages are looked at and sent again."""

import re
from collections.abc import Iterator

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from ratings.choices import NotificationState
from ratings.models import AuditEntry, Notification, StudyMember, Subscription
from ratings.services.notifications import deliver
from ratings.services.permissions import ensure_groups
from ratings.tests.factories import make_staff, make_study
from ratings.tests.receivers import Receiver, receiving

pytestmark = pytest.mark.django_db
LIST, LOG = "/admin/ratings/subscription/", "/admin/ratings/notification/"
CONFIRMED = {"_form_submitted": "True"}


@pytest.fixture
def receiver(settings: LazySettings) -> Iterator[Receiver]:
    """Receive on this machine, which the operator allows by name."""
    with receiving() as found:
        settings.WEBHOOK_HOSTS = [found.host]
        yield found


def action(name: str, pk: int) -> str:
    """Give the address of a button."""
    return reverse(f"admin:ratings_{name}", args=[pk])


def add(client: Client, **fields: object) -> str:
    """Send the form of a new subscription; give the page that follows."""
    form = {"channel": "webhook", "address": "https://example.org/hook?token=abc", "events": ["dump.ready"], **fields}
    return client.post(f"{LIST}add/", form, follow=True).content.decode()


def secret_on(page: str) -> str:
    """Read the secret that a page shows."""
    found = re.search(r'value="(whsec_[^"]+)"', page)
    assert found is not None, page
    return found[1]


def test_a_secret_is_shown_once_and_a_test_message_signed_with_it_arrives(
    researcher: Client, receiver: Receiver
) -> None:
    study = make_study()
    secret = secret_on(add(researcher, address=receiver.address, study=study.pk))
    subscription = Subscription.objects.get()
    page = f"{LIST}{subscription.pk}/change/"
    assert secret not in researcher.get(page).content.decode()
    assert secret not in str(list(Subscription.objects.values()))
    answer = researcher.post(action("subscription_send_test", subscription.pk), CONFIRMED)
    message = Notification.objects.get()
    assert answer.headers["Location"] == f"{LOG}{message.pk}/change/"
    deliver.deliver_notification(notification_id=message.pk)
    assert [one["type"] for one in receiver.verified(secret)] == ["test"]
    assert "Delivered" in researcher.get(f"{LOG}?subscription__id__exact={subscription.pk}").content.decode()
    again = secret_on(researcher.post(action("subscription_renew_secret", subscription.pk), CONFIRMED).content.decode())
    assert again != secret
    acts = AuditEntry.objects.filter(target=f"{study.slug} subscription").values_list("action", flat=True)
    assert {"subscribe", "renew-webhook-secret"} <= set(acts)


def test_a_message_that_failed_is_shown_with_its_answer_and_sent_again(researcher: Client, receiver: Receiver) -> None:
    add(researcher, address=receiver.address)
    researcher.post(action("subscription_send_test", Subscription.objects.get().pk), CONFIRMED)
    message = Notification.objects.get()
    Notification.objects.update(state=NotificationState.FAILED, last_status=500, last_answer="out of order")
    assert "500 out of order" in researcher.get(f"{LOG}{message.pk}/change/").content.decode()
    researcher.post(action("notification_resend", message.pk), CONFIRMED)
    deliver.deliver_notification(notification_id=message.pk)
    assert Notification.objects.get().state == NotificationState.DELIVERED


def test_what_nothing_can_be_sent_to_is_refused_beside_its_field(researcher: Client) -> None:
    assert "must be an https address" in add(researcher, address="http://example.org/")
    assert "This installation sends no mail: set MAIL_HOST." in add(researcher, channel="mail", address="a@example.org")
    assert not Subscription.objects.exists()


def test_a_subscription_is_stopped_started_and_deleted(researcher: Client) -> None:
    add(researcher)
    row = Subscription.objects.get()
    Subscription.objects.update(is_active=False, stopped_because="gone", failures=9)
    page = f"{LIST}{row.pk}/change/"
    researcher.post(page, {"is_active": "on", "events": ["run.failed", "study.full"]})
    row.refresh_from_db()
    assert (row.is_active, row.failures, row.stopped_because) == (True, 0, "")
    assert row.events == ["run.failed", "study.full"]
    researcher.post(f"{LIST}{row.pk}/delete/", {"post": "yes"})
    assert not Subscription.objects.exists()


def test_the_path_of_an_address_is_shown_to_nobody(researcher: Client, manager: Client) -> None:
    add(researcher)
    pk = Subscription.objects.get().pk
    for client in (researcher, manager):
        for page in (LIST, f"{LIST}{pk}/change/"):
            shown = client.get(page).content.decode()
            assert "example.org" in shown
            assert "token=abc" not in shown


def member(**roles: str) -> Client:
    """Sign somebody in who has roles in single studies only."""
    ensure_groups()
    person: User = make_staff("cat")
    for slug, role in roles.items():
        StudyMember.objects.create(user=person, study=make_study(slug=slug), role=role)
    client = Client()
    client.force_login(person)
    return client


def test_who_works_in_single_studies_subscribes_to_those_alone_in_which_they_may_change_settings() -> None:
    client = member(harbour="researcher", quay="rater manager")
    studies = {row.study.slug: row.study_id for row in StudyMember.objects.select_related("study")}
    refusal = "Choose a study in which you may change settings."
    assert refusal in add(client)
    assert refusal in add(client, study=studies["quay"])
    assert "whsec_" in add(client, study=studies["harbour"])
    everywhere = Subscription.objects.create(address="https://elsewhere.example.org/", events=["dump.ready"])
    assert "elsewhere" not in client.get(LIST).content.decode()
    assert client.get(f"{LIST}{everywhere.pk}/change/").status_code == 302
