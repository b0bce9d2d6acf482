"""Limits per address on what strangers may try."""

from collections import Counter

import pytest
from django.contrib.auth.models import User
from django.test import Client
from rest_framework.settings import api_settings
from rest_framework.throttling import ScopedRateThrottle

from ratings.models import Participation
from ratings.tests.factories import make_study

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def few_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Allow three attempts an hour."""
    monkeypatch.setattr(ScopedRateThrottle, "THROTTLE_RATES", {"enrol": "3/hour", "login": "3/hour"})
    assert api_settings.DEFAULT_THROTTLE_RATES.keys() == {"enrol", "login"}


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


def test_a_thousand_enrolments_in_a_minute_from_one_address_are_sixty_and_clear_refusals(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ScopedRateThrottle, "THROTTLE_RATES", {"enrol": "60/hour"})
    study = make_study()
    url, body = f"/api/v1/studies/{study.slug}/participations", {"consent_version": study.consent_version}
    statuses = Counter(Client().post(url, body, content_type="application/json").status_code for _ in range(1000))
    assert statuses == {201: 60, 429: 940}
    assert Participation.objects.count() == 60
    elsewhere = Client(REMOTE_ADDR="203.0.113.9").post(url, body, content_type="application/json")
    assert elsewhere.status_code == 201
