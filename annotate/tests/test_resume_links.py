"""A resume link asks before it signs anybody out and works once; no page acts for another rater than its own."""

import time

import pytest
from django.core.signing import TimestampSigner, b62_encode
from django.test import Client

from annotate.tests.test_identity import browser_of, rater_in, text_of
from ratings.models import Rater, Study
from ratings.selectors.participations import participation_token
from ratings.selectors.resuming import RESUME_SALT, resume_token
from ratings.tests.factories import make_images, make_participation, make_study

pytestmark = pytest.mark.django_db


@pytest.fixture
def study() -> Study:
    made = make_study(slug="w25")
    make_images(study=made, count=4)
    return made


def test_looking_at_a_resume_link_changes_nothing_however_often(study: Study) -> None:
    a, b = make_participation(study=study), make_participation(study=study)
    link = f"/r/{resume_token(participation=a)}/"
    browser = browser_of(b)
    for client in (browser, Client(), browser):
        text = text_of(client, link)
        assert "Continue in this browser?" in text
        assert str(a.rater) in text
        assert "pamela_rater" not in client.get(link).cookies
    assert f"{b.rater}</b>, who will be signed out" in text_of(browser, link)
    assert rater_in(browser) == str(b.rater_id)
    browser.post(link)
    assert rater_in(browser) == str(a.rater_id)


def test_a_resume_link_is_good_for_one_use_and_my_data_shows_the_next(study: Study) -> None:
    a = make_participation(study=study)
    link = f"/r/{resume_token(participation=a)}/"
    phone, stranger = Client(), Client()
    assert phone.post(link).headers["Location"] == "/s/w25/rate/"
    assert phone.post(link).headers["Location"] == "/s/w25/rate/"  # pressed twice
    assert phone.get(link).headers["Location"] == "/s/w25/"
    for answer in (stranger.get(link), stranger.post(link)):
        assert answer.status_code == 404
        assert "This resume link was used or replaced" in answer.content.decode()
    assert rater_in(stranger) == ""
    fresh = phone.get("/me/").context["participations"][0]["resume_url"]
    assert stranger.post(fresh).status_code == 302
    assert rater_in(stranger) == rater_in(phone) == str(a.rater_id)


def test_a_resume_link_can_be_replaced(study: Study) -> None:
    a = make_participation(study=study)
    browser = browser_of(a)
    old = browser.get("/me/").context["participations"][0]["resume_url"]
    assert browser.post("/s/w25/resume-link/").headers["Location"] == "/me/"
    assert Client().get(old).status_code == 404
    assert Client().get(browser.get("/me/").context["participations"][0]["resume_url"]).status_code == 200


class LastMonth(TimestampSigner):
    """Sign as was done 31 days ago."""

    def timestamp(self) -> str:
        return b62_encode(int(time.time()) - 31 * 24 * 3600)


def test_a_resume_link_ends_after_a_month(study: Study) -> None:
    a = make_participation(study=study)
    old = LastMonth(salt=RESUME_SALT).sign(f"{a.pk.hex}-1")
    assert Client().get(f"/r/{old}/").status_code == 404
    assert Client().post(f"/r/{old}/").status_code == 404
    assert browser_of(a).get(f"/r/{old}/").headers["Location"] == "/s/w25/"


def test_the_resume_link_is_no_api_token_and_the_api_token_no_resume_link(study: Study) -> None:
    a = make_participation(study=study)
    as_token = Client(headers={"authorization": f"Bearer {resume_token(participation=a)}"})
    assert as_token.get("/api/v1/me").status_code == 401
    assert Client().get(f"/r/{participation_token(participation=a)}/").status_code == 404


def test_a_link_noted_down_when_it_was_the_api_token_works_once_more(study: Study) -> None:
    a = make_participation(study=study, resume_generation=0)
    link = f"/r/{participation_token(participation=a)}/"
    browser = Client()
    assert "Continue in this browser?" in text_of(browser, link)
    browser.post(link)
    assert rater_in(browser) == str(a.rater_id)
    assert Client().get(link).status_code == 404


def test_a_page_made_for_a_changes_nothing_once_the_browser_is_signed_in_as_b(study: Study) -> None:
    a, b = make_participation(study=study), make_participation(study=study)
    browser = browser_of(b)
    for path in ("studies/w25/leases", "ratings", "ratings/batch"):
        answer = browser.post(
            f"/api/v1/{path}", {"count": 1}, content_type="application/json", headers={"X-Rater": str(a.rater_id)}
        )
        assert (answer.status_code, answer.json()["code"]) == (403, "other_rater")
    assert browser.post("/me/withdraw/", {"rater": str(a.rater_id)}).status_code == 403
    assert Rater.objects.count() == 2
    own = {"X-Rater": str(b.rater_id)}
    assert (
        browser.post("/api/v1/studies/w25/leases", {}, content_type="application/json", headers=own).status_code == 200
    )
    assert browser.post("/me/withdraw/", {"rater": str(b.rater_id)}).status_code == 302
    assert list(Rater.objects.all()) == [a.rater]


def test_every_page_of_a_participation_says_whom_it_was_made_for(study: Study) -> None:
    a = make_participation(study=study)
    browser = browser_of(a)
    for place in ("", "instructions/", "rate/"):
        assert browser.get(f"/s/w25/{place}").headers["X-Rater"] == str(a.rater_id)
    assert Client().get("/s/w25/").headers["X-Rater"] == "nobody"
