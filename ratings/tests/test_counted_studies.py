"""Large studies are counted by a worker: what pages show then is what they would have counted themselves."""

import hashlib
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ratings.choices import AssignmentKind, Design
from ratings.models import CountedStudy, Rating, Study, StudyImage
from ratings.selectors.entries import words_stated
from ratings.selectors.overview import (
    answers_by_day,
    covered_item_count,
    items_by_raters,
    rating_bins,
    served_by_policy,
    studies_with_figures,
)
from ratings.selectors.participants import attrition
from ratings.services.counted_studies import LARGE, count_large_studies, counts_due, digest_of
from ratings.tests.factories import make_images, make_participation, make_rating, make_study, make_study_image

pytestmark = pytest.mark.django_db
COUNTS = ("item_count", "places_taken", "places_wanted", "rater_count", "answer_count")


def figures(study: Study) -> dict[str, object]:
    """Give all figures of a study as a page reads them."""
    row = studies_with_figures(studies=Study.objects.filter(pk=study.pk)).get()
    return {
        **{name: getattr(row, name) for name in COUNTS},
        "days": answers_by_day(days=3, study=row),
        "all days": answers_by_day(days=3),
        "some days": answers_by_day(days=3, among=Study.objects.filter(pk=study.pk)),
        "covered": covered_item_count(study=row),
        "by raters": items_by_raters(study=row),
        "bins": rating_bins(study=row),
        "served": served_by_policy(study=row),
        "generators": words_stated(studies=Study.objects.all(), column="generator"),
        "domains": words_stated(studies=Study.objects.filter(pk=study.pk), column="domain"),
    }


def rated_study() -> Study:
    """Make a study of three pictures, one of which two raters rated, one of them yesterday, and one has all raters."""
    study = make_study(target=2)
    rows = make_images(study=study, count=3)
    StudyImage.objects.filter(pk=rows[0].pk).update(generator="flux", domain="art", target=2)
    StudyImage.objects.filter(pk=rows[1].pk).update(generator="banana", target=2)
    StudyImage.objects.filter(pk=rows[2].pk).update(target=2)
    for value in (2.0, 5.0):
        rating = make_rating(participation=make_participation(study=study), study_image=rows[0], value=value)
    Rating.objects.filter(pk=rating.pk).update(created_at=timezone.now() - timedelta(days=1))
    make_rating(participation=make_participation(study=study), study_image=rows[1], value=5.0)
    return study


def test_counts_of_a_worker_are_those_of_the_pages() -> None:
    study, other = rated_study(), rated_study()
    before = figures(study)
    assert count_large_studies(large=6) == [study.pk, other.pk]
    other.counted.delete()
    assert figures(study) == before
    assert [before[name] for name in COUNTS] == [3, 3, 6, 3, 3]
    assert (before["covered"], before["generators"], before["domains"]) == (1, ["banana", "flux"], ["art"])


def test_pages_show_what_was_counted_and_read_no_answer_again() -> None:
    study = rated_study()
    count_large_studies(large=1)
    Rating.objects.all().delete()
    shown = figures(study)
    assert (shown["answer_count"], shown["bins"]) == (3, [(1.0, 0), (2.0, 1), (3.0, 0), (4.0, 0), (5.0, 2)])


def test_words_of_counted_studies_are_offered_without_a_look_at_their_entries() -> None:
    rated_study()
    count_large_studies(large=1)
    with CaptureQueriesContext(connection) as asked:
        assert words_stated(studies=Study.objects.all(), column="generator") == ["banana", "flux"]
    assert [query["sql"] for query in asked.captured_queries if StudyImage._meta.db_table in query["sql"]] == []
    other = rated_study()
    StudyImage.objects.filter(study=other, generator="flux").update(generator="imagen")
    assert words_stated(studies=Study.objects.all(), column="generator") == ["banana", "flux", "imagen"]


def test_who_practised_is_read_from_what_was_counted_and_before_that_from_the_answers() -> None:
    study = rated_study()
    parts = list(study.participations.order_by("created_at"))
    tried = make_study_image(study=study, is_practice=True)
    make_rating(participation=parts[0], study_image=tried, assignment={"kind": AssignmentKind.PRACTICE})
    assert attrition(study=study)["practised"] == 1
    count_large_studies(large=1)
    make_rating(participation=parts[1], study_image=tried, assignment={"kind": AssignmentKind.PRACTICE})
    counted = Study.objects.get(pk=study.pk)
    assert attrition(study=counted)["practised"] == 1
    counted.counted.spread.pop("practised")  # as a version before has counted
    counted.counted.save()
    assert attrition(study=Study.objects.get(pk=study.pk))["practised"] == 2


def test_a_digest_tells_what_was_counted_too_so_that_a_new_figure_has_large_studies_counted_again() -> None:
    known: list[object] = [[("raters", "3")]]
    assert digest_of(known) == digest_of(list(known))
    assert digest_of(known) != hashlib.sha256(repr(known).encode()).hexdigest(), "as versions without the names made it"


def test_a_study_is_counted_again_when_it_changed_only() -> None:
    study = rated_study()
    assert count_large_studies(large=1) == [study.pk]
    assert not counts_due(large=1)
    assert count_large_studies(large=1) == []
    make_rating(participation=make_participation(study=study), study_image=study.study_images.all()[2], value=1.0)
    assert count_large_studies(large=1) == [study.pk]
    assert CountedStudy.objects.get().answer_count == 4


def test_a_study_that_is_large_no_more_is_counted_by_its_pages_again() -> None:
    study = rated_study()
    count_large_studies(large=1)
    assert list(counts_due(large=LARGE).small) == [study.pk]
    assert count_large_studies() == []
    assert not CountedStudy.objects.exists()


def test_a_study_of_comparisons_is_counted_too() -> None:
    study = make_study(design=Design.PAIRWISE)
    make_participation(study=study)
    before = figures(study)
    assert count_large_studies(large=0) == [study.pk]
    assert figures(study) == before
