"""Hostile and broken requests: each gets a clear answer of the API's own shape, none a 500."""

import json
import uuid
from typing import Any

import pytest
from django.test import Client

from annotate.tests.api.test_api import Script, make_script
from ratings.choices import StudyState
from ratings.models import Participation, Rating, Study
from ratings.selectors.participations import signed_key
from ratings.services.targets import set_targets
from ratings.tests.factories import make_images, make_participation, make_study

pytestmark = pytest.mark.django_db


def send(script: Script, body: str | bytes, path: str = "ratings", content_type: str = "application/json") -> Any:
    answer = script.client.post(f"/api/v1/{path}", body, content_type=content_type)
    assert set(answer.json()) == {"code", "message", "fields"}
    return answer


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("[" * 100_000, 400, "parse_error"),
        ('{"a":' * 100_000, 400, "parse_error"),
        ("9" * 5000, 400, "parse_error"),
        ("null", 400, "invalid"),
        ("[]", 400, "invalid"),
        ('"x"', 400, "invalid"),
        ('{"value": NaN}', 400, "parse_error"),
        (b"\xff\xfe{}", 400, "parse_error"),
        ("[" + " " * 10_000_000 + "]", 413, "too_large"),
    ],
    ids=["deep list", "deep object", "long number", "null", "list", "string", "nan", "not utf-8", "10 MB"],
)
def test_a_body_that_makes_no_sense_is_refused(body: str | bytes, status: int, code: str) -> None:
    answer = send(make_script(), body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize("content_type", ["text/plain", "multipart/form-data; boundary=x", "application/xml", "x"])
def test_a_body_of_another_type_is_415(content_type: str) -> None:
    assert send(make_script(), "{}", content_type=content_type).status_code == 415


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("value", 10**400),
        ("value", "1e999"),
        ("value", "3\x00"),
        ("value", [3]),
        ("value", True),
        ("assignment", 2**63),
        ("assignment", -1),
        ("assignment", 10**30),
        ("assignment", "1\x00"),
        ("nonce", "0" * 33),
        ("nonce", 2**200),
        ("nonce", "\x00"),
        ("response_ms", -1),
        ("response_ms", 2**31),
        ("client", {"rated_at": "0001-01-01T00:00:00+14:00x"}),
        ("client", {"pixel_ratio": 10**400}),
        ("client", [1]),
    ],
)
def test_a_field_out_of_bounds_is_named(field: str, value: Any) -> None:
    script = make_script()
    (item,) = script.lease()
    body = {"nonce": str(uuid.uuid4()), "assignment": item["assignment"], "value": 3, field: value}
    if (field, value) == ("value", True):  # Python's True is 1, which the scale has
        assert script.call("post", "ratings", body)[0] in {201, 400}
        return
    answer = send(script, json.dumps(body))
    assert answer.status_code == 400
    assert any(name.startswith(field) for name in answer.json()["fields"])
    assert not Rating.objects.exists()


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "x" * 201])
@pytest.mark.parametrize("field", ["external_id", "external_session", "consent_version"])
def test_text_that_the_database_cannot_hold_is_refused(field: str, text: str) -> None:
    study = make_study()
    body = json.dumps({"consent_version": "1", field: text})
    answer = Client().post(f"/api/v1/studies/{study.slug}/participations", body, content_type="application/json")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])


@pytest.mark.parametrize("rated_at", ["1970-01-01T00:00:00Z", "2999-12-31T23:59:59+14:00", "2026-01-01T00:00:00-12:00"])
def test_a_client_s_wrong_clock_is_kept_but_never_believed(rated_at: str) -> None:
    script = make_script()
    (item,) = script.lease()
    nonce = str(uuid.uuid4())
    body = {"nonce": nonce, "assignment": item["assignment"], "value": 3, "client": {"rated_at": rated_at}}
    status, answer = script.call("post", "ratings", body)
    rating = Rating.objects.get()
    assert status == 201
    assert rating.client["rated_at"][:4] == rated_at[:4]
    assert answer["created_at"][:4] == str(rating.created_at.year)
    assert rating.created_at.isoformat()[:16] != rated_at[:16]


def test_a_replayed_batch_changes_nothing_and_answers_the_same() -> None:
    script = make_script()
    batch = [
        {"nonce": str(uuid.uuid4()), "assignment": item["assignment"], "value": 4, "response_ms": 5}
        for item in script.lease(4)
    ]
    first = script.call("post", "ratings/batch", batch)[1]["results"]
    again = script.call("post", "ratings/batch", batch)[1]["results"]
    assert ([one["status"] for one in first], [one["status"] for one in again]) == ([201] * 4, [200] * 4)
    assert [one["rating"] for one in first] == [one["rating"] for one in again]
    assert Participation.objects.get().done == Rating.objects.count() == 4


@pytest.mark.parametrize("items", [201, 5000])
def test_an_outbox_has_an_end(items: int) -> None:
    assert send(make_script(), json.dumps([{}] * items), "ratings/batch").status_code == 400


def test_a_withdrawn_rater_s_token_opens_nothing() -> None:
    script = make_script()
    (item,) = script.lease()
    assert script.call("delete", "me")[0] == 204
    assert script.call("post", f"studies/{script.slug}/leases", {"count": 1})[0] == 401
    assert script.rate(item["assignment"])[0] == 401
    assert script.call("delete", "me")[0] == 401


def test_a_token_too_long_to_be_one_is_refused_and_not_remembered() -> None:
    before = signed_key.cache_info().currsize
    answer = Client(headers={"authorization": f"Bearer {'x' * 5000}"}).delete("/api/v1/me")
    assert answer.status_code == 401
    assert signed_key.cache_info().currsize == before


def test_pausing_and_closing_take_effect_at_the_next_request() -> None:
    script = make_script()
    script.lease(1)
    for state, code in ((StudyState.PAUSED, "study_paused"), (StudyState.CLOSED, "study_closed")):
        Study.objects.update(state=state)
        assert script.call("post", f"studies/{script.slug}/leases", {"count": 1})[1]["code"] == code
    Study.objects.update(state=StudyState.OPEN)
    assert len(script.lease(1)) == 1


def test_images_added_to_a_running_study_are_handed_out() -> None:
    script = make_script(images=1)
    (item,) = script.lease(5)
    script.rate(item["assignment"])
    assert script.lease(5) == []
    make_images(study=Study.objects.get(), count=2)
    assert len(script.lease(5)) == 2
    assert Participation.objects.get().state == "active"


def test_a_target_may_be_raised_and_lowered_while_raters_are_at_work() -> None:
    script = make_script(images=1, target=1)
    (item,) = script.lease()
    other = Script(make_participation(study=Study.objects.get()))
    assert other.lease() == []
    change_target(2)
    assert len(other.lease()) == 1
    change_target(1)  # two are out already: both still count
    assert script.rate(item["assignment"])[0] == 201
    third = Script(make_participation(study=Study.objects.get()))
    assert third.lease() == []


def change_target(target: int) -> None:
    Study.objects.update(target=target)
    set_targets(study=Study.objects.get())
