"""My data says in words and figures what the file to take along holds."""

import html
import re

import pytest
from django.test import Client
from django.utils import timezone

from ratings.choices import AssignmentState, SkipReason
from ratings.models import Participation
from ratings.selectors.own_records import MOST_SHOWN, own_records
from ratings.selectors.resuming import resume_token
from ratings.tests.factories import make_assignment, make_choice, make_participation, make_rating, make_study
from scoring.models import Taste
from scoring.tests.factories import make_version

pytestmark = pytest.mark.django_db

SCREEN = {"viewport_width": 390, "viewport_height": 844}


def my_data(participation: Participation) -> str:
    """Give the words of the page, one space between them."""
    client = Client()
    client.post(f"/r/{resume_token(participation=participation)}/")
    page = client.get("/me/").content.decode().split("<main")[1].split("</main>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_my_data_shows_identity_times_screens_skips_and_taste() -> None:
    study = make_study(languages=["en", "de"])
    part = make_participation(study=study, external_id="5f00aa", external_session="s-1")
    make_rating(participation=part, value=4, response_ms=1500, client=SCREEN)
    make_rating(participation=part, value=2, response_ms=2500, client=SCREEN)
    make_assignment(participation=part, state=AssignmentState.SKIPPED, skip_reason=SkipReason.SEEN_BEFORE)
    Taste.objects.create(model_version=make_version(study=study), participation=part, posterior=b"\x00", rating_count=2)
    text = my_data(part)
    for words in (
        "Your id on the platform 5f00aa",
        "Your session there s-1",
        "Language English",
        "Your answers 2",
        "usually 2.0 s per answer Skipped",  # and 4 s are no minute worth a line
        "Skipped I know this picture: 1",
        "Size of your screen 390 \N{MULTIPLICATION SIGN} 844",
        "Your taste A model of what you like, learned from 2 ratings",
        "4 after 1.5 s",
    ):
        assert words in text


def test_somebody_who_came_without_a_link_and_has_answered_nothing_reads_nothing_empty() -> None:
    text = my_data(make_participation())
    for words in ("Your id on the platform", "Your answers", "Time taken", "Skipped", "Your taste"):
        assert words not in text


def test_what_was_changed_or_taken_back_is_counted_apart_and_undoing_is_no_answer() -> None:
    part = make_participation()
    make_rating(participation=part, value=4)
    first = make_rating(participation=part, value=1, replaced_at=timezone.now())
    part.ratings.create(
        nonce="11111111-1111-4111-8111-111111111111",
        assignment=first.assignment,
        image=first.image,
        value=None,
        replaces=first,
    )
    record = own_records(participations=[part])[part.pk]
    assert (record.standing, record.replaced, [rating.value for rating in record.newest]) == (1, 1, [4])


def test_each_part_shows_its_own_newest_answers_however_many_another_has() -> None:
    early, busy = make_participation(), make_participation()
    make_rating(participation=early, value=2)
    for _ in range(2 * MOST_SHOWN):
        make_rating(participation=busy, value=4)
    found = own_records(participations=[early, busy])
    assert [rating.value for rating in found[early.pk].newest] == [2]
    assert len(found[busy.pk].newest) == MOST_SHOWN


def test_choices_between_pictures_are_counted_as_answers() -> None:
    choice = make_choice()
    record = own_records(participations=[choice.participation])[choice.participation_id]
    assert record.standing == 1


@pytest.mark.parametrize(
    "path", ["/", "/me/", "/s/none/", "/nothing", "/healthz", "/api/v1/me", "/api/v1/studies/mine", "/api/v1/nothing"]
)
def test_no_browser_or_proxy_keeps_what_is_said_to_one_person(path: str) -> None:
    participation = make_participation(study=make_study(slug="mine"))
    client = Client()
    client.post(f"/r/{resume_token(participation=participation)}/")
    kept = client.get(path).headers["Cache-Control"]
    assert {"no-store", "private"} <= set(kept.replace(",", " ").split())
