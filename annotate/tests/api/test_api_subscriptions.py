"""Scripts subscribe an address to the events of a study, look, and stop that."""

import json

import pytest
from django.test import Client

from ratings.models import Subscription
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
