"""The pages' answers to right and wrong requests, without a browser."""

import re
import shutil
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from annotate.storage import StaticStorage
from annotate.tests.browser import QUESTIONS
from ratings.choices import ParticipationState, StudyState
from ratings.models import Participation, Rater, Rating
from ratings.selectors.resuming import resume_token
from ratings.tests.factories import make_images, make_participation, make_rater, make_rating, make_study

pytestmark = pytest.mark.django_db

AGREED = {"consent": "yes", "consent_version": "1"}
PAGES_OF_A_PART = ("instructions", "rate", "done")


def client_of(participation: Participation) -> Client:
    """Give a browser that the site knows as the participation's rater."""
    client = Client()
    client.post(f"/r/{resume_token(participation=participation)}/")
    return client


def text_of(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return answer.content.decode()


def test_the_first_page_lists_open_studies_only() -> None:
    for state in StudyState:
        make_study(title=f"A {state} study", state=state)
    text = text_of(Client(), "/")
    assert [state for state in StudyState if f"A {state} study" in text] == [StudyState.OPEN]


def test_without_an_open_study_the_first_page_says_so() -> None:
    assert "No study is open right now" in text_of(Client(), "/")


def test_a_card_promises_the_time_that_the_consent_states() -> None:
    study = make_study(quota=50, practice_count=0)
    assert "about 5 min" in text_of(Client(), "/")
    study.duration_minutes = 12
    study.save()
    assert "about 12 min" in text_of(Client(), "/")


@pytest.mark.parametrize("page", ["", "join/", "instructions/", "rate/", "done/"])
@pytest.mark.parametrize("is_draft", [True, False])
def test_an_unknown_study_and_a_draft_are_not_found(page: str, is_draft: bool) -> None:  # noqa: FBT001
    if is_draft:
        make_study(slug="secret", state=StudyState.DRAFT)
    assert "check the link you were given" in text_of(Client(), f"/s/secret/{page}", 404)


@pytest.mark.parametrize("page", PAGES_OF_A_PART)
def test_who_takes_no_part_is_led_to_the_study_page(page: str) -> None:
    study = make_study()
    make_participation(study=study)
    answer = client_of(make_participation()).get(f"/s/{study.slug}/{page}/")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/s/{study.slug}/")


def test_joining_creates_a_participation_with_the_answers_given() -> None:
    study = make_study(profile_questions=QUESTIONS)
    answer = Client().post(f"/s/{study.slug}/join/", {**AGREED, "profile.age_band": "30-49", "profile.country": ""})
    assert answer.headers["Location"] == f"/s/{study.slug}/instructions/"
    assert Participation.objects.get(study=study).rater.profile.answers == {"age_band": "30-49"}


def test_joining_twice_goes_on_with_the_same_participation() -> None:
    study, client = make_study(), Client()
    for _ in range(2):
        client.post(f"/s/{study.slug}/join/", AGREED)
    assert Participation.objects.count() == 1
    assert client.get(f"/s/{study.slug}/join/").status_code == 302


@pytest.mark.parametrize(
    ("given", "sentence", "status"),
    [
        ({"consent_version": "1"}, "Tick the box", 400),
        ({**AGREED, "profile.age_band": "200"}, "How old are you?: Choose one of the offered answers.", 400),
        ({**AGREED, "consent_version": "0"}, "The consent text has changed", 409),
    ],
)
def test_a_wrong_form_is_shown_again_with_the_remedy_and_changes_nothing(
    given: dict[str, str], sentence: str, status: int
) -> None:
    study = make_study(profile_questions=QUESTIONS)
    answer = Client().post(f"/s/{study.slug}/join/", given)
    assert answer.status_code == status
    assert sentence in answer.content.decode()
    assert not Rater.objects.exists()


@pytest.mark.parametrize(("state", "sentence"), [("paused", "paused"), ("closed", "closed")])
def test_nobody_joins_a_study_that_is_not_open(state: str, sentence: str) -> None:
    study = make_study(state=state)
    answer = Client().post(f"/s/{study.slug}/join/", AGREED)
    assert answer.status_code == 409
    assert sentence in answer.content.decode()
    assert "Take part" not in text_of(Client(), f"/s/{study.slug}/").split("<h1", 1)[1]


def test_the_crowd_platform_s_names_travel_from_the_link_to_the_participation() -> None:
    study, client = make_study(), Client()
    text = text_of(client, f"/s/{study.slug}/?PROLIFIC_PID=p-17&SESSION_ID=s-3&STUDY_ID=ignored")
    assert f"/s/{study.slug}/join/?external_id=p-17&amp;external_session=s-3" in text
    assert 'name="external_id" value="p-17"' in text_of(client, f"/s/{study.slug}/join/?external_id=p-17")


def test_too_many_enrolments_from_one_address_are_asked_to_wait() -> None:
    study = make_study()
    throttled = {"enrol": "2/hour"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rest_framework.throttling.SimpleRateThrottle.THROTTLE_RATES", throttled)
        asked = {**AGREED, "external_id": "p-17"}
        answers = [Client().post(f"/s/{study.slug}/join/", given) for given in (AGREED, AGREED, asked)]
    assert [answer.status_code for answer in answers] == [302, 302, 429]
    assert int(answers[2].headers["Retry-After"]) > 0
    form = answers[2].content.decode()
    assert "Many requests came in a short time. Try again in 60 minutes" in form
    assert 'name="external_id" value="p-17"' in form


def test_the_completion_code_is_shown_only_to_who_has_finished() -> None:
    study = make_study(completion_code="PM-7F3K")
    unfinished = client_of(make_participation(study=study))
    assert unfinished.get(f"/s/{study.slug}/done/").headers["Location"] == f"/s/{study.slug}/rate/"
    finished = client_of(make_participation(study=study, state=ParticipationState.COMPLETE, served=1, done=1))
    assert "PM-7F3K" in text_of(finished, f"/s/{study.slug}/done/")


def test_a_completion_address_is_offered_as_the_way_back() -> None:
    study = make_study(completion_url="https://crowd.example/done?cc=1")
    finished = client_of(make_participation(study=study, state=ParticipationState.COMPLETE, served=1, done=1))
    assert 'href="https://crowd.example/done?cc=1"' in text_of(finished, f"/s/{study.slug}/done/")


def test_a_forged_resume_link_recognises_nobody() -> None:
    client = Client()
    token = resume_token(participation=make_participation())
    assert "does not lead to any ratings" in text_of(client, f"/r/{token[:-1]}x/", 404)
    assert "Nothing is stored about you" in text_of(client, "/me/")


def test_my_data_shows_only_what_is_mine() -> None:
    study = make_study(title="Mine", profile_questions=QUESTIONS)
    participation = make_participation(study=study, rater=make_rater(answers={"age_band": "18-29"}))
    make_participation(study=make_study(title="Of somebody else"))
    text = text_of(client_of(participation), "/me/")
    assert all(words in text for words in ("Mine", "18 to 29", str(participation.rater)))
    assert "Of somebody else" not in text


def test_asking_for_the_way_out_deletes_nothing_and_taking_it_deletes_all() -> None:
    participation = make_participation()
    make_rating(participation=participation)
    client = client_of(participation)
    assert "Your 1 rating and all answers" in text_of(client, "/me/withdraw/")
    assert Rating.objects.exists()
    assert client.post("/me/withdraw/").headers["Location"] == "/withdrawn/"
    assert not Rating.objects.exists()
    assert not Rater.objects.exists()
    assert "Nothing is stored about you" in text_of(client, "/me/")


def test_withdrawing_without_having_taken_part_harms_nobody() -> None:
    make_participation()
    assert Client().get("/me/withdraw/").status_code == 302
    assert Client().post("/me/withdraw/").status_code == 302
    assert Rater.objects.count() == 1


def test_a_form_without_the_csrf_token_is_refused_with_a_page() -> None:
    study = make_study()
    answer = Client(enforce_csrf_checks=True).post(f"/s/{study.slug}/join/", AGREED)
    assert answer.status_code == 403
    assert "Please send that again" in answer.content.decode()


def test_what_is_not_there_is_said_in_the_site_s_own_style() -> None:
    assert "There is nothing here" in text_of(Client(), "/no/such/page/", 404)


def test_the_demo_is_labelled_on_every_page_of_the_study() -> None:
    study = make_study(is_demo=True)
    client = client_of(make_participation(study=study, state=ParticipationState.COMPLETE))
    for path in ("/", f"/s/{study.slug}/", f"/s/{study.slug}/rate/", "/me/"):
        assert "Simulated demo" in text_of(client, path)


def test_no_page_holds_inline_script_or_style_and_the_policy_allows_none() -> None:
    study = make_study(profile_questions=QUESTIONS)
    client = client_of(make_participation(study=study))
    for path in ("/", f"/s/{study.slug}/", f"/s/{study.slug}/rate/", f"/s/{study.slug}/instructions/", "/me/"):
        answer = client.get(path)
        text = answer.content.decode()
        assert not any(mark in text for mark in ("<style", "style=", "<script>", "onclick="))
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'self'" in policy


def test_the_api_keeps_no_session_and_has_no_use_for_one() -> None:
    study = make_study()
    page, answer = client_of(make_participation(study=study)).get("/"), Client().get(f"/api/v1/studies/{study.slug}")
    assert hasattr(page.wsgi_request, "session")
    assert not hasattr(answer.wsgi_request, "session")
    assert "Content-Security-Policy" not in answer.headers
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_service_worker_is_asked_for_each_time_and_bound_by_the_policy() -> None:
    answer = Client().get("/s/service-worker.js")
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "connect-src 'self'" in answer.headers["Content-Security-Policy"]


def test_personal_pages_are_kept_by_no_cache() -> None:
    assert "no-store" in client_of(make_participation()).get("/me/").headers["Cache-Control"]


@pytest.mark.parametrize(
    ("path", "queries"),
    [("/", 5), ("/s/{slug}/", 5), ("/s/{slug}/instructions/", 3), ("/s/{slug}/rate/", 4), ("/me/", 10)],
)
def test_a_page_asks_the_database_a_fixed_number_of_questions(
    path: str, queries: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    study = make_study(profile_questions=QUESTIONS)
    make_images(study=study, count=3)
    rater = make_rater(answers={"age_band": "18-29"})
    for other in (study, make_study(), make_study()):
        participation = make_participation(study=other, rater=rater)
    client = client_of(participation)
    with django_assert_num_queries(queries):
        client.get(path.format(slug=study.slug))


def test_modules_import_each_other_by_the_names_of_their_content(tmp_path: Path) -> None:
    scripts = Path(settings.BASE_DIR) / "frontend" / "static" / "js"
    shutil.copytree(scripts, tmp_path / "js")
    storage = StaticStorage(location=tmp_path, base_url="/static/")
    names = [f"js/{path.name}" for path in scripts.glob("*.js")]
    list(storage.post_process({name: (storage, name) for name in names}))
    [rate] = tmp_path.glob("js/rate.????????????.js")
    imported = re.findall(r'from "\./([^"]+)"', rate.read_text())
    assert imported
    assert all(re.fullmatch(r"\w+\.[0-9a-f]{12}\.js", name) for name in imported)
