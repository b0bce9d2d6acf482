"""A consent that changed is asked for again, by the API and by the pages, and nothing given until then is lost."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from ratings.models import Participation, Study
from ratings.services.texts import keep_texts
from ratings.tests.factories import make_images, make_study

pytestmark = pytest.mark.django_db
FORMER = "Your answers are stored under a random name."
PRESENT = "Your answers are stored and published under a random name."


def posted(client: Client, path: str, body: Any, token: str = "") -> Any:
    """Send JSON to the API, as the rater of a token where one is given."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return client.post(f"/api/v1/{path}", body, content_type="application/json", headers=headers)


@pytest.fixture
def study() -> Study:
    """Give an open study of some pictures."""
    study = make_study(slug="harbour", consent_text=FORMER, quota=5)
    make_images(study=study, count=5)
    return study


@pytest.fixture
def rater(study: Study) -> str:
    """Let somebody take part; give their token."""
    enrolment = {"consent_version": "1", "profile": {}}
    token: str = posted(Client(), f"studies/{study.slug}/participations", enrolment).json()["token"]
    return token


def renewed(study: Study) -> None:
    """Give the study a new consent."""
    Study.objects.filter(pk=study.pk).update(consent_version="2", consent_text=PRESENT)
    keep_texts(study=study, actor=None)


def test_the_api_hands_out_nothing_until_the_present_consent_is_given(study: Study, rater: str) -> None:
    client, leases = Client(), f"studies/{study.slug}/leases"
    (item,) = posted(client, leases, {"count": 1}, rater).json()["items"]
    renewed(study)
    refused = posted(client, leases, {"count": 1}, rater)
    assert (refused.status_code, refused.json()["code"]) == (409, "consent_changed")
    assert refused.json()["fields"] == {"consent_version": "is now 2"}
    answer = {"nonce": str(uuid4()), "assignment": item["assignment"], "value": 3, "response_ms": 900}
    assert posted(client, "ratings", answer, rater).status_code == 201  # given before, sent now
    outdated = posted(client, f"studies/{study.slug}/participations", {"consent_version": "1"}, rater)
    assert outdated.json()["code"] == "consent_outdated"
    again = posted(client, f"studies/{study.slug}/participations", {"consent_version": "2"}, rater)
    assert again.status_code == 201
    assert posted(client, leases, {"count": 1}, rater).json()["progress"] == {"done": 1, "quota": 5}
    mine = client.get("/api/v1/me", headers={"Authorization": f"Bearer {rater}"}).json()["participations"][0]
    assert [(one["consent_version"], one["consent_text"]) for one in mine["texts"]] == [("1", FORMER), ("2", PRESENT)]
    assert all(one["agreed_at"] for one in mine["texts"])


def test_a_lease_names_the_texts_to_show_and_the_study_has_them(study: Study, rater: str) -> None:
    shown = Client().get(f"/api/v1/studies/{study.slug}").json()["texts"]
    leases = f"studies/{study.slug}/leases"
    assert posted(Client(), leases, {"count": 1}, rater).json()["texts"] == shown["key"]
    Study.objects.filter(pk=study.pk).update(instructions="Look twice.")
    keep_texts(study=study, actor=None)
    newer = Client().get(f"/api/v1/studies/{study.slug}").json()["texts"]
    assert (shown["version"], newer["version"]) == (1, 2)
    assert posted(Client(), leases, {"count": 1}, rater).json()["texts"] == newer["key"] != shown["key"]


def test_the_page_of_pictures_leads_to_the_new_consent_which_shows_what_changed(study: Study) -> None:
    client = Client()
    form = {"consent": "yes", "consent_version": "1", "texts_version": ""}
    assert client.post(f"/s/{study.slug}/join/", form).status_code == 302
    renewed(study)
    assert client.get(f"/s/{study.slug}/rate/").headers["Location"] == f"/s/{study.slug}/consent/"
    page = client.get(f"/s/{study.slug}/consent/").content.decode()
    assert "The consent text has changed" in page
    assert "stored<ins> and published</ins> under" in page
    unticked = client.post(f"/s/{study.slug}/consent/", {"consent_version": "2"})
    assert unticked.status_code == 400
    agreed = client.post(f"/s/{study.slug}/consent/", {"consent": "yes", "consent_version": "2", "texts_version": "2"})
    assert agreed.headers["Location"] == f"/s/{study.slug}/rate/"
    assert client.get(f"/s/{study.slug}/rate/").status_code == 200
    participation = Participation.objects.get()
    assert participation.consent_version == "2"
    assert client.get(f"/s/{study.slug}/consent/").headers["Location"] == f"/s/{study.slug}/rate/"
