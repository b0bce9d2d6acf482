"""Raters of a pairwise study are measured too: haste and one side again and again raise flags, a taste none."""

import pytest
from django.test import Client
from django.urls import reverse

from ratings.choices import Answer, Design
from ratings.models import Participation, QualityFlag, RaterQuality, Study
from ratings.services.quality.lifecycle import measure_study
from ratings.tests.factories import make_choice, make_pair, make_participation, make_study

pytestmark = pytest.mark.django_db

ALTERNATING = [Answer.LEFT, Answer.RIGHT] * 10


def chosen(study: Study, answers: list[Answer], *, milliseconds: int) -> Participation:
    """Let somebody choose in so many pairs."""
    rater = make_participation(study=study)
    for answer in answers:
        make_choice(participation=rater, pair=make_pair(study=study), answer=answer, response_ms=milliseconds)
    return rater


@pytest.fixture
def study() -> Study:
    return make_study(slug="compare", design=Design.PAIRWISE, ties_allowed=True)


def test_one_side_again_and_again_and_haste_are_flagged(study: Study) -> None:
    careful = chosen(study, ALTERNATING, milliseconds=2000)
    lefty = chosen(study, [Answer.LEFT] * 20, milliseconds=2000)
    hasty = chosen(study, ALTERNATING, milliseconds=200)
    measure_study(study_id=study.pk)
    flags = {(flag.participation, flag.reason): flag.finding for flag in QualityFlag.objects.all()}
    assert flags == {
        (lefty, "straight-lining"): "20 answers in a row are the same, of 20.",
        (hasty, "fast"): "20 of 20 answers came within 0.5 seconds.",
    }
    figures = RaterQuality.objects.get(participation=careful).figures
    assert (figures["ratings"], figures["mean"], figures["longest_run"]) == (20, 0.5, 1)
    assert (figures["median_seconds"], figures["consensus"]) == (2.0, None)


def test_the_page_lists_raters_with_their_flags_and_times(study: Study, admin_client: Client) -> None:
    chosen(study, [Answer.LEFT] * 20, milliseconds=2000)
    measure_study(study_id=study.pk)
    page = admin_client.get(reverse("admin:ratings_study_quality", args=[study.pk])).content.decode()
    for words in ("Went right", "0%", "Same answer again and again", "Response times"):
        assert words in page
    answer = admin_client.get(reverse("admin:ratings_study_quality_plot", args=[study.pk, "times", "csv"]))
    assert b"2-4,20" in answer.content
