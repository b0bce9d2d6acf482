"""Scripts subscribe an address to the events of a study, look, and stop that."""

import json
from uuid import uuid4

import pytest
from django.test import Client

from ratings.models import AuditEntry, Subscription
from ratings.tests.factories import make_api_key, make_staff, make_study

pytestmark = pytest.mark.django_db


@pytest.fixture
def script() -> Client:
    """Give a client with a researcher's token."""
    key = make_api_key(user=make_staff("script", group="researcher"))
    return Client(headers={"authorization": f"Bearer {key}"})


def subscribe(client: Client, slug: str, **body: object) -> tuple[int, dict[str, object]]:
    """Ask for a subscription; give status and answer."""
    content = json.dumps(body)
    answer = client.post(f"/api/v1/studies/{slug}/subscriptions", content, content_type="application/json")
    return answer.status_code, answer.json()


def test_a_script_subscribes_looks_and_stops(script: Client) -> None:
    study, other = make_study(), make_study()
    status, made = subscribe(script, study.slug, address="https://example.org/hook", events=["run.finished"])
    assert (status, str(made["secret"])[:6], made["is_active"]) == (201, "whsec_", True)
    listed = script.get(f"/api/v1/studies/{study.slug}/subscriptions").json()["results"]
    assert [(row["id"], row["events"], "secret" in row) for row in listed] == [(made["id"], ["run.finished"], False)]
    assert script.get(f"/api/v1/studies/{other.slug}/subscriptions/{made['id']}").status_code == 404
    assert script.delete(f"/api/v1/studies/{study.slug}/subscriptions/{made['id']}").status_code == 204
    assert not Subscription.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"address": "http://127.0.0.1/hook", "events": ["run.finished"]}, "address"),
        ({"address": "https://example.org/", "events": ["run.started"]}, "events.0"),
        ({"address": "https://example.org/", "events": []}, "events"),
        ({"address": "https://example.org/", "events": ["test"]}, "events.0"),
        ({"address": "https://example.org/", "events": ["run.failed"], "secret": "mine"}, "secret"),
        ({"channel": "mail", "address": "lab@example.org", "events": ["run.failed"]}, "address"),
    ],
)
def test_what_cannot_be_subscribed_is_named(script: Client, body: dict[str, object], field: str) -> None:
    status, answer = subscribe(script, make_study().slug, **body)
    assert (status, list(answer["fields"])) == (400, [field]), answer  # type: ignore[call-overload]


def test_the_same_nonce_again_gives_the_same_subscription_and_secret(script: Client) -> None:
    study, other = make_study(), make_study()
    body = {"nonce": str(uuid4()), "address": "https://example.org/hook", "events": ["run.finished"]}
    first, again = (subscribe(script, study.slug, **body) for _ in range(2))
    assert first == again
    assert first[0] == 201
    subscribe(script, other.slug, **body)
    subscribe(script, study.slug, **{**body, "nonce": str(uuid4())})
    assert [row.study_id for row in Subscription.objects.order_by("pk")] == [study.pk, other.pk, study.pk]
    assert AuditEntry.objects.filter(action="subscribe").count() == 3


def test_somebody_elses_nonce_leads_nowhere(script: Client) -> None:
    study = make_study()
    body = {"nonce": str(uuid4()), "address": "https://example.org/hook", "events": ["run.finished"]}
    key = make_api_key(user=make_staff("other", group="researcher"))
    other = Client(headers={"authorization": f"Bearer {key}"})
    found = [subscribe(client, study.slug, **body)[1] for client in (script, other)]
    assert found[0]["id"] != found[1]["id"]
    assert found[0]["secret"] != found[1]["secret"]
