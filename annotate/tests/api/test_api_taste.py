"""A rater's own taste over the API and as a page: theirs alone, agreed to, worked out by a worker."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from annotate.api.taste_serializers import FIGURES
from annotate.stores import disk
from annotate.tests.api.test_api_pairs import client_of
from annotate.tests.test_pages import client_of as browser_of
from annotate.tests.test_pages import text_of
from ratings.choices import JobState, StudyState
from ratings.exceptions import ConflictError
from ratings.models import Study
from ratings.services.studies import open_study
from ratings.tests.factories import make_images, make_participation, make_study
from scoring.models import Taste, TasteProfile
from scoring.pipeline.serving import learn
from scoring.pipeline.serving.live import loaded_model
from scoring.server.folder import open_folder
from scoring.taste_file import read_taste
from scoring.tests.learning import Person
from scoring.tests.tastes import SHOWING, computed, make_agreeing_rater, make_showing_study, rate_by_side

pytestmark = pytest.mark.django_db
GET_QUERIES = 12


@pytest.fixture
def person() -> Person:
    """Have somebody finish a study that shows them their taste."""
    person = make_agreeing_rater(make_showing_study(slug="mine"), quota=40)
    rate_by_side(person, count=40, held_out=12)
    return person


def looked(client: Client) -> dict[str, Any]:
    body: dict[str, Any] = client.get("/api/v1/studies/mine/taste").json()
    return body


def test_a_post_has_a_worker_write_it_and_asks_once(person: Person) -> None:
    rater = client_of(person.participation)
    assert (looked(rater)["state"], looked(rater)["is_outdated"]) == ("waiting", True)
    assert not TasteProfile.objects.exists()  # a GET asks nobody
    for _ in range(2):
        answer = rater.post("/api/v1/studies/mine/taste")
        assert (answer.status_code, answer.json()["is_outdated"]) == (202, False)
    assert TasteProfile.objects.get().state == JobState.QUEUED
    TasteProfile.objects.all().delete()
    computed(person)
    found = looked(rater)
    assert (found["state"], found["is_outdated"], found["sentence"]) == ("ready", False, "")
    report = found["report"]
    assert (report["ratings"], report["model_version"], report["traits"]) == (28, "v1", 2)
    assert {(one["words"], one["theme_words"], one["is_more"]) for one in report["statements"]} == {
        ("Golden evening light", "Light", True),
        ("Moonlight", "Light", False),
    }
    assert all(0 < one["low"] < one["difference"] < one["high"] for one in report["statements"])
    assert report["prediction"]["pictures"] == 12
    rater.post("/api/v1/studies/mine/taste")
    assert TasteProfile.objects.count() == 1  # nothing is new


def test_a_report_that_an_earlier_version_wrote_is_read_by_todays_themes(person: Person) -> None:
    profile = computed(person)
    figures = {"difference": 1.0, "low": 0.5, "high": 1.5}
    profile.report["statements"] = [{"theme": "style", "trait": "medium:oil", **figures}]
    profile.save(update_fields=["report"])
    (stated,) = looked(client_of(person.participation))["report"]["statements"]
    assert (stated["theme"], stated["theme_words"], stated["words"]) == ("medium", "Medium", "Oil paintings")


def test_who_still_rates_gets_no_figure_in_the_answer_nor_on_the_page() -> None:
    person = make_agreeing_rater(make_showing_study(slug="mine"))
    rate_by_side(person, count=40, held_out=12)
    computed(person)
    rater, browser = client_of(person.participation), browser_of(person.participation)
    report = looked(rater)["report"]
    parts = [*report["loved"], *report["disliked"], *report["further"], *report["statements"]]
    assert report["statements"]
    assert {one.get(name) for one in parts for name in FIGURES} == {None}
    assert (report["level"], report["prediction"]) == (None, None)
    page = text_of(browser, "/s/mine/taste/")
    assert "Golden evening light" in page
    for words in ("points", "; expected", "How well it knows you", "taste-interval"):
        assert words not in page
    Study.objects.update(state=StudyState.CLOSED)
    report = looked(rater)["report"]
    assert all(0 < one["low"] < one["high"] for one in report["statements"])
    assert (report["prediction"]["pictures"], set(report["level"])) == (12, {"difference", "low", "high"})
    assert "How well it knows you" in text_of(browser, "/s/mine/taste/")


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({"shows_taste": False}, "off"),
        ({"taste_after": 50}, "too_few"),
    ],
)
def test_it_says_why_there_is_nothing_to_see(change: dict[str, Any], state: str) -> None:
    person = make_agreeing_rater(make_showing_study(slug="mine"))
    rate_by_side(person, count=12)
    Study.objects.update(**change)
    rater = client_of(person.participation)
    found = looked(rater)
    assert (found["state"], found["report"]) == (state, None)
    assert found["sentence"]
    rater.post("/api/v1/studies/mine/taste")
    assert not TasteProfile.objects.exists()
    refused = rater.get("/api/v1/studies/mine/taste/file")
    assert (refused.status_code, refused.json()["code"]) == (409, "taste_hidden")


def test_who_agreed_before_it_was_part_of_the_consent_sees_nothing() -> None:
    world = make_showing_study(slug="mine", shows_taste=False)
    person = make_agreeing_rater(world)
    rate_by_side(person, count=12)
    Study.objects.update(shows_taste=True)
    assert looked(client_of(person.participation))["state"] == "not_agreed"
    page = text_of(browser_of(person.participation), "/s/mine/taste/")
    assert "What you agreed to does not say that your taste may be shown to you" in page


def test_a_get_runs_no_model_and_asks_the_database_a_fixed_number_of_times(
    person: Person, settings: LazySettings, tmp_path: Path
) -> None:
    computed(person)
    settings.STORAGES = {**settings.STORAGES, "models": disk("models", folder=tmp_path / "none")}  # where no model lies
    loaded_model.cache_clear()
    rater = client_of(person.participation)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert looked(rater)["state"] == "ready"
    assert len(queries) <= GET_QUERIES
    assert rater.get("/api/v1/studies/mine/taste/file").status_code == 200
    page = text_of(browser_of(person.participation), "/s/mine/taste/")
    for words in ("Surely to your taste", "Golden evening light", "How well it knows you", "Download your taste"):
        assert words in page


def test_the_file_is_of_the_asker_alone(person: Person) -> None:
    computed(person)
    answer = client_of(person.participation).get("/api/v1/studies/mine/taste/file")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="taste-mine-v1.safetensors"'
    assert read_taste(answer.content).facts.ratings == 28
    stranger = make_participation(study=person.world.study)
    assert client_of(stranger).get("/api/v1/studies/mine/taste/file").status_code == 409
    assert Client().get("/api/v1/studies/mine/taste/file").status_code in {401, 403}
    elsewhere = make_participation(study=make_study())
    assert client_of(elsewhere).get("/api/v1/studies/mine/taste").status_code == 403


def test_a_release_opens_what_a_rater_takes_along_as_the_taste_that_the_server_has(
    person: Person, tmp_path: Path
) -> None:
    computed(person)
    content = client_of(person.participation).get("/api/v1/studies/mine/taste/file").content
    call_command("export_model", "mine", "--out", str(tmp_path / "release"))
    (tmp_path / "mine.safetensors").write_bytes(content)
    taste = open_folder(tmp_path / "release", tastes=tmp_path).rater("mine").taste
    assert taste.to_bytes() == bytes(Taste.objects.get(participation=person.participation).posterior)


def test_it_is_in_what_is_stored_of_a_rater_and_goes_with_them(person: Person) -> None:
    computed(person)
    rater = client_of(person.participation)
    (stored,) = rater.get("/api/v1/me").json()["records"]["scoring.tasteprofile"]
    assert stored["report"]["statements"]
    assert rater.delete("/api/v1/me").status_code == 204
    assert not TasteProfile.objects.exists()


def test_who_still_rates_finds_no_figure_of_their_taste_in_what_is_stored_and_no_file() -> None:
    person = make_agreeing_rater(make_showing_study(slug="mine"))
    rate_by_side(person, count=40, held_out=12)
    computed(person)
    rater = client_of(person.participation)
    stored = rater.get("/api/v1/me").json()
    (taste,), (profile,) = stored["records"]["scoring.taste"], stored["records"]["scoring.tasteprofile"]
    assert (taste["posterior"], taste["rating_count"]) == (None, 28)
    assert (profile["report"], profile["images"], profile["mean_difference"]) == (None, None, None)
    assert {one["score"] for one in stored["records"]["ratings.assignment"]} == {None}
    assert stored["withheld"]["scoring.tasteprofile"] == ["mean_difference", "images", "report"]
    refused = rater.get("/api/v1/studies/mine/taste/file")
    assert (refused.status_code, refused.json()["fields"]) == (409, {"reason": "still_rating"})
    page = text_of(browser_of(person.participation), "/s/mine/taste/")
    assert "Download your taste" not in page
    assert "once you have given all your ratings" in page
    Study.objects.update(state=StudyState.CLOSED)
    stored = rater.get("/api/v1/me").json()
    assert stored["withheld"] == {}
    assert stored["records"]["scoring.taste"][0]["posterior"]
    assert rater.get("/api/v1/studies/mine/taste/file").status_code == 200


def test_another_rating_makes_it_outdated_and_the_page_says_so(person: Person) -> None:
    computed(person)
    person.rate(person.world.rows[45], value=5)
    learn.learn_from_raters(participation_ids=[person.participation.pk])
    assert looked(client_of(person.participation))["is_outdated"]
    browser = browser_of(person.participation)
    assert "We have learned more since this page was written." in text_of(browser, "/s/mine/taste/")
    assert browser.post("/s/mine/taste/").status_code == 302
    assert TasteProfile.objects.filter(state=JobState.QUEUED).count() == 1


def test_a_study_opens_only_with_a_consent_that_says_it() -> None:
    study = make_study(state=StudyState.DRAFT, consent_text="Take part.", **{**SHOWING, "taste_consent": " "})
    make_images(study=study, count=2)
    with pytest.raises(ConflictError, match="write the part of the consent that says so"):
        open_study(study=study, actor=None)
    Study.objects.update(design="pairwise", taste_consent="You may see it.")
    with pytest.raises(ConflictError, match="trains no model"):
        open_study(study=study, actor=None)
    Study.objects.update(design="rating")
    assert open_study(study=study, actor=None).texts is not None
    assert "You may see it." in text_of(Client(), f"/s/{study.slug}/join/")
    assert Client().get(f"/api/v1/studies/{study.slug}").json()["consent"]["taste"] == "You may see it."


def test_an_open_study_cannot_begin_to_show_tastes_without_saying_so(researcher: Client) -> None:
    study = make_study(consent_text="Take part.")
    form = researcher.get(f"/admin/ratings/study/{study.pk}/change/").context["adminform"].form
    data = {name: form[name].value() for name in form.fields}
    data = {name: value for name, value in data.items() if value not in (None, False, [], {})}
    inlines = {"steering_offer-TOTAL_FORMS": 0, "steering_offer-INITIAL_FORMS": 0}
    answer = researcher.post(
        f"/admin/ratings/study/{study.pk}/change/", {**data, **inlines, "languages": "en", "shows_taste": "on"}
    )
    assert "without having agreed to it" in answer.content.decode()
    study.refresh_from_db()
    assert not study.shows_taste
