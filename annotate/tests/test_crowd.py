"""Raters from a crowd platform: in by its link, out by its address, and nobody in anybody's name."""

from collections import Counter
from typing import Any

import pytest
from django.test import Client

from annotate.tests.api.test_api import Script, enrol
from ratings.choices import AssignmentState, StudyState
from ratings.models import Assignment, Participation, Study, StudyImage
from ratings.services.studies import open_study
from ratings.tests.factories import make_images, make_participation, make_study

pytestmark = pytest.mark.django_db
PLATFORM = "PROLIFIC_PID=p-17&STUDY_ID=x-1&SESSION_ID=s-3"
BACK = "https://crowd.example/submissions/complete?cc=C0DE"


@pytest.fixture
def study() -> Study:
    made = make_study(quota=2, practice_count=0, completion_url=BACK, random_share=0, repeat_share=0)
    make_images(study=made, count=4)
    return made


def come_from_platform(client: Client, study: Study, query: str = PLATFORM) -> Participation:
    """Follow the platform's link to the consent form and send it as the page fills it in."""
    assert f"/s/{study.slug}/join/?external_id=p-17" in client.get(f"/s/{study.slug}/?{query}").content.decode()
    form = client.get(f"/s/{study.slug}/join/?{query}").context["form"]
    body = {"consent": "on", "consent_version": study.consent_version, **form.carried}
    answer = client.post(f"/s/{study.slug}/join/", body)
    assert answer.headers["Location"] == f"/s/{study.slug}/instructions/"
    return Participation.objects.get(study=study, external_id="p-17")


def test_a_crowd_rater_comes_rates_and_is_sent_back_with_the_completion_address(study: Study) -> None:
    browser = Client()
    participation = come_from_platform(browser, study)
    assert participation.external_session == "s-3"
    script = Script(participation)
    for item in script.lease(2):
        assert script.rate(item["assignment"])[0] == 201
    assert BACK in browser.get(f"/s/{study.slug}/done/").content.decode()


def test_a_crowd_rater_who_stops_gives_back_what_they_hold(study: Study) -> None:
    script = Script(come_from_platform(Client(), study))
    script.lease(2)
    assert script.call("delete", f"studies/{study.slug}/leases") == (200, {"returned": 2})
    assert not Assignment.objects.filter(state=AssignmentState.LEASED).exists()


def test_a_crowd_rater_goes_on_elsewhere_by_resume_link_or_in_the_same_session(study: Study) -> None:
    here, elsewhere = Client(), Client()
    participation = come_from_platform(here, study)
    link = here.get("/me/").context["participations"][0]["resume_url"]
    assert elsewhere.post(link).headers["Location"] == f"/s/{study.slug}/rate/"
    assert elsewhere.get("/api/v1/me").json()["rater"] == str(participation.rater_id)
    by_session = enrol(study, external_id="p-17", external_session="s-3")
    assert by_session.json()["participation"] == str(participation.pk)


@pytest.mark.parametrize("known", [{}, {"external_session": ""}, {"external_session": "guessed"}])
def test_knowing_an_external_id_opens_nobody_elses_participation(study: Study, known: dict[str, Any]) -> None:
    come_from_platform(Client(), study)
    answer = enrol(study, external_id="p-17", **known)
    assert (answer.status_code, answer.json()["code"]) == (409, "already_taking_part")
    assert "resume link" in answer.json()["message"]
    assert "pamela_rater" not in answer.cookies


def test_a_participation_without_a_session_opens_to_its_own_browser_only(study: Study) -> None:
    browser = Client()
    first = enrol(study, browser, external_id="p-9").json()
    assert enrol(study, browser, external_id="p-9").json() == first
    assert enrol(study, external_id="p-9", external_session="").status_code == 409


def test_what_an_attention_check_asks_for_is_read_to_those_who_listen_to_the_page() -> None:
    study = make_study(state=StudyState.DRAFT, attention_every=2, quota=10, practice_count=0)
    make_images(study=study, count=10, prompt="a red barn")
    script = Script(make_participation(study=open_study(study=study, actor=None)))
    texts = Counter(item["image"]["alt"] for item in script.lease(2))
    assert sum(texts[f"Please choose {value}."] for value in (1, 5)) == 1
    assert texts[""] == 1  # the prompt of a picture to be rated stays untold


def test_a_full_study_says_so_before_consent_and_leads_to_others() -> None:
    full = make_study(title="Full of people", quota=1, target=1)
    make_images(study=full, count=1)
    other = make_study(title="Another one", slug="another")
    make_images(study=other, count=1)
    hidden = make_study(title="By link alone", is_listed=False)
    make_images(study=hidden, count=1)
    assert enrol(full).status_code == 201
    page = Client().get(f"/s/{full.slug}/").content.decode()
    assert "This study is full: all its places are taken." in page
    assert f"/s/{full.slug}/join/" not in page
    assert ("/s/another/" in page, "By link alone" in page) == (True, False)
    assert page.count('<li class="card">') == 1
    assert Client().get(f"/s/{full.slug}/join/").headers["Location"] == f"/s/{full.slug}/"
    refused = enrol(full)
    assert (refused.status_code, refused.json()["code"]) == (409, "study_full")
    facts = Client().get(f"/api/v1/studies/{full.slug}").json()["availability"]
    assert (facts["code"], facts["others"]) == ("full", [{"slug": "another", "title": "Another one"}])


def test_the_last_one_who_comes_is_promised_no_more_than_there_is() -> None:
    study = make_study(quota=4, target=1)
    make_images(study=study, count=5)
    assert enrol(study).status_code == 201
    page = Client().get(f"/s/{study.slug}/").content.decode()
    assert "You will see 1." in " ".join(page.split())


def test_an_unlisted_study_is_found_by_its_link_alone() -> None:
    study = make_study(title="By link alone", is_listed=False)
    assert "By link alone" not in Client().get("/").content.decode()
    assert "Take part" in Client().get(f"/s/{study.slug}/").content.decode()


def test_nobody_gets_a_completion_code_for_no_pictures(study: Study) -> None:
    browser = Client()
    script = Script(come_from_platform(browser, study))
    StudyImage.objects.filter(study=study).update(is_active=False)
    assert script.lease(2) == []
    page = browser.get(f"/s/{study.slug}/done/").content.decode()
    assert BACK not in page
