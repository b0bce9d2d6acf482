"""Scripts take pictures off a study, and raters' pages learn of it by a code of its own."""

import uuid

import pytest
from django.test import Client

from annotate.tests.api.test_api_staff import script_of, send
from ratings.choices import AssignmentState
from ratings.selectors.participations import participation_token
from ratings.tests.factories import make_assignment, make_images, make_participation, make_study

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def script() -> Client:
    """Give a client with a researcher's token."""
    return script_of(group="researcher")


def test_a_script_takes_pictures_off_and_puts_them_back(script: Client) -> None:
    study = make_study(slug="harbour")
    rows = make_images(study=study, count=2)
    body = {"images": [rows[0].name, rows[1].image.sha256], "reason": "other", "words": "a test picture"}
    assert send(script, "/harbour/images/off", body) == (200, {"images": 2, "comparisons": 0, "leases": 0})
    listed = script.get("/api/v1/studies/harbour/images").json()["results"]
    assert {(one["is_active"], one["off_reason"], one["off_words"]) for one in listed} == {
        (False, "other", "a test picture")
    }
    assert send(script, "/harbour/images/back", {"images": [rows[0].name]})[1]["images"] == 1


def test_what_is_unknown_is_refused_by_name_and_nothing_changes(script: Client) -> None:
    (row,) = make_images(study=make_study(slug="harbour"), count=1)
    status, answer = send(script, "/harbour/images/off", {"images": [row.name, "x.png"], "reason": "damaged"})
    assert (status, answer["code"], answer["fields"]) == (404, "not_found", {"images": "x.png"})
    status, answer = send(script, "/harbour/images/off", {"images": [row.name], "reason": "damaged", "why": "?"})
    assert (status, "why" in answer["fields"]) == (400, True)
    row.refresh_from_db()
    assert row.is_active


def test_clicks_that_waited_on_a_device_are_answered_one_by_one(script: Client) -> None:
    study = make_study(slug="harbour")
    gone, kept = make_images(study=study, count=2)
    participation = make_participation(study=study)
    held = [
        make_assignment(participation=participation, study_image=row, state=AssignmentState.LEASED)
        for row in (gone, kept)
    ]
    send(script, "/harbour/images/off", {"images": [gone.name], "reason": "damaged"})
    rater = Client(headers={"authorization": f"Bearer {participation_token(participation=participation)}"})
    clicks = [{"nonce": str(uuid.uuid4()), "assignment": one.pk, "value": 3, "response_ms": 900} for one in held]
    results = rater.post("/api/v1/ratings/batch", clicks, content_type="application/json").json()
    assert [(one["status"], one.get("error", {}).get("code")) for one in results["results"]] == [
        (409, "picture_taken_off"),
        (201, None),
    ]
    leased = rater.post("/api/v1/studies/harbour/leases", {"count": 5}, content_type="application/json").json()
    assert leased["items"] == []
