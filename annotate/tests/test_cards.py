"""The first page shows each study with its pictures and with where the visitor goes on."""

import re

import pytest
from django.test import Client

from ratings.choices import CardPictures, Design, JobState, ParticipationState, StudyState
from ratings.models import Participation, QualityReport
from ratings.selectors.resuming import resume_token
from ratings.tests.factories import make_participation, make_rater, make_rating, make_study, make_study_image

pytestmark = pytest.mark.django_db


def client_of(participation: Participation) -> Client:
    """Give a browser that the site knows as the participation's rater."""
    client = Client()
    client.post(f"/r/{resume_token(participation=participation)}/")
    return client


def titles(page: str) -> list[str]:
    return re.findall(r'class="card-link"[^>]*><bdi[^>]*>([^<]+)', page)


def test_a_card_and_the_page_of_its_study_show_the_pictures_that_its_author_allows() -> None:
    shown = make_study_image(study=make_study(slug="shown"), is_practice=True)
    hidden = make_study_image(study=make_study(slug="hidden", card_pictures=CardPictures.NONE), is_practice=True)
    first = Client().get("/").content.decode()
    assert shown.image.path in first
    assert hidden.image.path not in first
    assert shown.image.path in Client().get("/s/shown/").content.decode()
    assert hidden.image.path not in Client().get("/s/hidden/").content.decode()


def test_a_card_counts_practice_pictures_only_where_there_is_practice() -> None:
    fields = {"quota": 20, "practice_count": 20}
    make_study(title="One by one", **fields)  # 40 pictures of 6 s
    make_study(title="Two by two", design=Design.PAIRWISE, **fields)  # 20 pairs of 6 s: a comparison has no practice
    page = Client().get("/").content.decode()
    found = dict(re.findall(r'class="card-link"[^>]*><bdi[^>]*>([^<]+).*?about (\d+) min', page, re.DOTALL))
    assert found == {"One by one": "4", "Two by two": "2"}


def test_a_card_and_the_page_of_its_study_count_with_the_measured_time_of_an_answer() -> None:
    study = make_study(slug="harbour", quota=20, practice_count=0)
    assert "about 2 min" in Client().get("/").content.decode()  # 20 pictures of 6 s, as is usual
    for seconds in (30, 12):
        QualityReport.objects.create(study=study, state=JobState.READY, figures={"times": {"median": seconds}})
    assert "about 4 min" in Client().get("/").content.decode()
    assert "About 4 minutes" in Client().get("/s/harbour/").content.decode()
    study.duration_minutes = 9
    study.save()
    assert "about 9 min" in Client().get("/").content.decode()


def test_a_study_that_takes_nobody_shows_others_below_its_own_words_and_pictures() -> None:
    shut = make_study(title="Shut", state=StudyState.CLOSED)
    make_study_image(study=shut, is_practice=True)
    make_study_image(study=make_study(title="Open"))
    page = Client().get(f"/s/{shut.slug}/").content.decode()
    assert titles(page[page.index("</article>") :]) == ["Open"]
    assert titles(page[: page.index("</article>")]) == []


def test_cards_say_where_the_visitor_goes_on_and_stand_in_the_order_in_which_they_would() -> None:
    rater = make_rater()
    make_study(title="New")
    make_participation(
        study=make_study(title="Done"), rater=rater, done=50, served=50, state=ParticipationState.COMPLETE
    )
    begun = make_participation(study=make_study(title="Begun"), rater=rater, done=30, served=30)
    page = client_of(begun).get("/").content.decode()
    assert titles(page) == ["Begun", "New", "Done"]
    assert "Continue at picture 31" in page
    assert "You have finished this study" in page
    assert "Continue at picture 31" not in Client().get("/").content.decode()


def test_the_end_shows_what_its_rater_liked_best() -> None:
    participation = make_participation(state=ParticipationState.COMPLETE)
    liked = make_rating(participation=participation, value=5)
    disliked = make_rating(participation=participation, value=1)
    page = client_of(participation).get(f"/s/{participation.study.slug}/done/").content.decode()
    assert "What you liked best" in page
    assert liked.image.path in page
    assert disliked.image.path not in page
