"""Questions that must be answered, that end a part, that have a quota, and that come after the last picture."""

import json
from typing import Any

import pandas as pd
import pytest
from django.test import Client

from annotate.tests.api.test_api import Script, enrol
from annotate.tests.test_pages import AGREED, client_of
from ratings.choices import End, ParticipationState
from ratings.exceptions import InvalidInputError
from ratings.models import Dump, Participation, Study
from ratings.services.studies import create_study
from ratings.services.withdraw import withdraw_rater
from ratings.tests.dumping import dumped, folder_of
from ratings.tests.factories import make_images, make_participation, make_rating, make_study

pytestmark = pytest.mark.django_db

AGE = {
    "key": "age",
    "label": "How old are you?",
    "required": True,
    "options": [
        {"value": "17", "label": "Under 18", "screens_out": True},
        {"value": "18-29", "label": "18 to 29", "most": 2},
        {"value": "30+", "label": "30 or older"},
    ],
}
END_QUESTIONS = [
    {"key": "mood", "label": "How was it?", "required": True, "options": [{"value": "good", "label": "Good"}]},
    {"key": "remarks", "label": "Anything else?"},
]
ENDS = [{"end": "screened_out", "code": "S-1", "address": ""}]


def join(study: Study, age: str, client: Client | None = None) -> Any:
    return (client or Client()).post(f"/s/{study.slug}/join/", {**AGREED, "profile.age": age})


def test_a_required_question_has_to_be_answered_on_the_page_and_by_a_script() -> None:
    study = make_study(profile_questions=[AGE])
    page = join(study, "")
    assert page.status_code == 400
    assert "How old are you?: Choose one of the offered answers." in page.content.decode()
    answer = enrol(study)
    assert (answer.status_code, answer.json()["fields"]) == (400, {"age": "has to be answered"})
    form = Client().get(f"/s/{study.slug}/join/").content.decode()
    assert ("Prefer not to say" in form, "All of them are optional" in form) == (False, False)


def test_an_answer_that_screens_out_ends_the_part_with_its_own_code_and_cannot_be_changed() -> None:
    study = make_study(profile_questions=[AGE], ends=ENDS, completion_code="DONE")
    make_images(study=study, count=3)
    browser = Client()
    assert join(study, "17", browser).headers["Location"] == f"/s/{study.slug}/done/"
    page = browser.get(f"/s/{study.slug}/done/").content.decode()
    assert ("S-1" in page, "DONE" in page) == (True, False)
    part = Participation.objects.get()
    assert (part.end, part.state, part.reserved) == (End.SCREENED_OUT, ParticipationState.LEFT, 0)
    assert Script(part).lease(2) == []
    join(study, "30+", browser)
    assert Participation.objects.get().end == End.SCREENED_OUT


def test_which_answers_screen_out_is_shown_to_nobody() -> None:
    study = make_study(profile_questions=[AGE])
    facts = Client().get(f"/api/v1/studies/{study.slug}").content.decode()
    assert "screens_out" not in facts
    assert '"most"' not in facts


def test_a_quota_of_an_answer_lets_in_no_more_people_who_give_it() -> None:
    study = make_study(profile_questions=[AGE])
    make_images(study=study, count=3)
    ends = [enrol(study, profile={"age": age}).json()["end"] for age in ("18-29", "18-29", "18-29", "30+")]
    assert ends == ["", "", "screened_out", ""]


@pytest.fixture
def finished() -> Participation:
    study = make_study(end_questions=END_QUESTIONS, completion_code="DONE", quota=1)
    part = make_participation(study=study, state=ParticipationState.COMPLETE)
    make_rating(participation=part)
    part.refresh_from_db()
    return part


def test_the_questions_after_the_last_picture_come_before_the_completion_code(finished: Participation) -> None:
    browser, path = client_of(finished), f"/s/{finished.study.slug}"
    assert browser.get(f"{path}/done/").headers["Location"] == f"{path}/questions/"
    assert "Anything else?" in browser.get(f"{path}/questions/").content.decode()
    wrong = browser.post(f"{path}/questions/", {"end.remarks": "Too <many> cats"})
    assert wrong.status_code == 400
    assert "Too &lt;many&gt; cats" in wrong.content.decode()
    browser.post(f"{path}/questions/", {"end.mood": "good", "end.remarks": "Too <many> cats"})
    assert "DONE" in browser.get(f"{path}/done/").content.decode()
    kept = {"mood": "good", "remarks": "Too <many> cats"}
    assert browser.get("/api/v1/me").json()["participations"][0]["end_answers"] == kept
    withdraw_rater(rater=finished.rater, actor=None)
    assert not Participation.objects.exists()


def test_questions_at_the_end_are_answered_after_the_last_picture_and_once(finished: Participation) -> None:
    browser, path = client_of(finished), f"/s/{finished.study.slug}/questions/"
    Participation.objects.update(state=ParticipationState.ACTIVE)
    assert browser.post(path, {"end.mood": "good"}).status_code == 409
    assert Participation.objects.get().end_answers is None
    Participation.objects.update(state=ParticipationState.COMPLETE)
    for remarks in ("first", "second"):
        answer = browser.post(path, {"end.mood": "good", "end.remarks": remarks})
        assert answer.headers["Location"] == f"/s/{finished.study.slug}/done/"
    assert Participation.objects.get().end_answers == {"mood": "good", "remarks": "first"}


@pytest.mark.django_db(transaction=True)
def test_free_text_is_in_a_dump_only_when_it_is_asked_for() -> None:
    study = make_study(end_questions=END_QUESTIONS)
    for number in range(6):
        part = make_participation(study=study, end_answers={"mood": "good", "remarks": f"No. {number}"})
        make_rating(participation=part)
    usual = raters_of(dumped(study))
    assert "text_remarks" not in usual.columns
    assert set(usual["profile_end_mood"]) == {"good"}
    asked = raters_of(dumped(study, include_free_text=True))
    assert sorted(asked["text_remarks"]) == [f"No. {number}" for number in range(6)]


def raters_of(dump: Dump) -> Any:
    return pd.read_parquet(folder_of(dump) / "raters.parquet")


def test_a_file_describes_such_questions_and_a_wrong_one_is_named() -> None:
    study = create_study(
        description={"slug": "s", "title": "S", "profile_questions": [AGE], "end_questions": END_QUESTIONS}
    )
    assert json.loads(json.dumps(study.end_questions)) == END_QUESTIONS
    with pytest.raises(InvalidInputError, match="end_questions"):
        create_study(description={"slug": "t", "title": "T", "end_questions": [{"key": "Mood!", "label": "x"}]})
