"""A classroom behind one address gets in, a flood does not, and who has to wait reads how long."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.test import Client

from annotate.tests.api.test_api import enrol
from annotate.throttles import CountedThrottle
from ratings.models import Participation
from ratings.tests.factories import make_study

pytestmark = pytest.mark.django_db
RATES = "rest_framework.throttling.SimpleRateThrottle.THROTTLE_RATES"


@pytest.fixture
def rates(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Give the rates of the installation, to be set."""
    rates = {"enrol": "5/hour", "enrol_person": "3/hour", "enrol_study": "250/hour"}
    monkeypatch.setattr(RATES, rates)
    return rates


def join(slug: str, *, query: str = "", **extra: Any) -> int:
    body = {"consent": "yes", "consent_version": "1"}
    return Client(**extra).post(f"/s/{slug}/join/{query}", body).status_code


def test_a_class_of_two_hundred_that_brings_the_invitation_gets_in_from_one_address(rates: dict[str, str]) -> None:
    study = make_study(invitation="art-101")
    assert {join(study.slug, query="?invitation=art-101") for _ in range(200)} == {302}
    assert Participation.objects.filter(study=study).count() == 200
    assert {join(study.slug, query="?invitation=art-101") for _ in range(51)} == {302, 429}  # not without end


def test_without_it_an_address_is_counted_and_a_guessed_word_opens_nothing(rates: dict[str, str]) -> None:
    study = make_study(invitation="art-101")
    answers = [join(study.slug, query="?invitation=guess") for _ in range(7)]
    assert answers == [302] * 5 + [429] * 2
    assert join(study.slug, REMOTE_ADDR="198.51.100.7") == 302  # another address is not closed by it


def test_a_study_may_let_more_in_from_one_address(rates: dict[str, str]) -> None:
    study = make_study(enrol_rate=8)
    assert [join(study.slug) for _ in range(9)] == [302] * 8 + [429]


def test_a_person_of_a_platform_is_counted_wherever_they_come_from(rates: dict[str, str]) -> None:
    study = make_study()
    answers = [
        join(study.slug, query="?PROLIFIC_PID=p-17&SESSION_ID=s", REMOTE_ADDR=f"198.51.100.{number}")
        for number in range(5)
    ]
    assert answers[3:] == [429, 429]


def test_a_flood_from_many_addresses_ends_at_the_rate_of_the_study(rates: dict[str, str]) -> None:
    rates["enrol_study"] = "4/hour"
    study = make_study()
    answers = [join(study.slug, REMOTE_ADDR=f"198.51.100.{number}") for number in range(6)]
    assert answers == [302] * 4 + [429] * 2


def test_of_many_who_come_at_the_same_moment_no_more_get_in_than_the_rate_says(rates: dict[str, str]) -> None:
    def is_taken(_: int) -> bool:
        return bool(CountedThrottle(scope="enrol", ident="one moment", rate="10/hour").allow_request(None, None))

    with ThreadPoolExecutor(20) as at_once:
        assert sum(at_once.map(is_taken, range(100))) == 10


def test_a_refusal_says_the_wait_in_words_to_people_and_scripts(rates: dict[str, str]) -> None:
    study = make_study()
    answers = [enrol(study) for _ in range(6)]
    body = answers[5].json()
    assert (answers[5].status_code, body["code"]) == (429, "throttled")
    assert body["message"] == (
        "Many requests came in a short time. Try again in 60 minutes: what you filled in stays here."
    )
    assert 3590 <= int(answers[5].headers["Retry-After"]) <= 3601


def test_the_invitation_travels_from_the_study_page_to_the_form(rates: dict[str, str]) -> None:
    study = make_study(invitation="art-101")
    page = Client().get(f"/s/{study.slug}/?invitation=art-101").content.decode()
    assert f"/s/{study.slug}/join/?invitation=art-101" in page
