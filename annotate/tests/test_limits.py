"""Limits per address and study on what strangers may try."""

from collections import Counter

import pytest
from django.contrib.auth.models import User
from django.test import Client
from rest_framework.settings import api_settings
from rest_framework.throttling import SimpleRateThrottle

from ratings.models import Participation, Study
from ratings.tests.factories import make_study

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def few_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Allow three attempts an hour."""
    monkeypatch.setattr(SimpleRateThrottle, "THROTTLE_RATES", {"enrol": "3/hour", "login": "3/hour"})
    assert api_settings.DEFAULT_THROTTLE_RATES.keys() == {"enrol", "enrol_person", "enrol_study", "login"}


def test_a_password_cannot_be_guessed_at_will() -> None:
    User.objects.create_superuser("root", password="correct horse")
    client = Client()
    for _ in range(3):
        assert client.post("/admin/login/", {"username": "root", "password": "wrong"}).status_code == 200
    refused = client.post("/admin/login/", {"username": "root", "password": "correct horse"})
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0


def test_enrolments_from_one_address_are_limited_with_a_clear_answer() -> None:
    study = make_study()
    url = f"/api/v1/studies/{study.slug}/participations"
    body = {"consent_version": study.consent_version}
    statuses = [Client().post(url, body, content_type="application/json").status_code for _ in range(3)]
    assert statuses == [201, 201, 201]
    refused = Client().post(url, body, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (429, "throttled")
    assert int(refused.headers["Retry-After"]) > 0


def test_tokens_of_earlier_enrolments_open_no_further_ones() -> None:
    study = make_study()
    url = f"/api/v1/studies/{study.slug}/participations"
    token, statuses = "", []
    for number in range(5):
        headers = {"authorization": f"Bearer {token}"} if token else {}
        body = {"consent_version": study.consent_version, "external_id": f"person-{number}"}
        answer = Client(headers=headers).post(url, body, content_type="application/json")
        token = answer.json().get("token", token)
        statuses.append(answer.status_code)
    assert statuses == [201, 201, 201, 429, 429]


def test_a_full_count_of_one_study_closes_no_other_and_ipv6_counts_by_network() -> None:
    statuses = []
    for slug, address in (
        *(("busy", f"2001:db8:1:2::{number}") for number in range(4)),
        ("calm", "2001:db8:1:2::9"),
        ("busy", "2001:db8:1:3::1"),
    ):
        study = Study.objects.filter(slug=slug).first() or make_study(slug=slug)
        url, body = f"/api/v1/studies/{slug}/participations", {"consent_version": study.consent_version}
        statuses.append(Client(REMOTE_ADDR=address).post(url, body, content_type="application/json").status_code)
    assert statuses == [201, 201, 201, 429, 201, 201]


def test_a_thousand_enrolments_in_a_minute_from_one_address_are_sixty_and_clear_refusals(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(SimpleRateThrottle, "THROTTLE_RATES", {"enrol": "60/hour"})
    study = make_study()
    url, body = f"/api/v1/studies/{study.slug}/participations", {"consent_version": study.consent_version}
    statuses = Counter(Client().post(url, body, content_type="application/json").status_code for _ in range(1000))
    assert statuses == {201: 60, 429: 940}
    assert Participation.objects.count() == 60
    elsewhere = Client(REMOTE_ADDR="203.0.113.9").post(url, body, content_type="application/json")
    assert elsewhere.status_code == 201
