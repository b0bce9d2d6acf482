"""Researchers see how ratings were given, and decide on flags by a confirmed POST."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from ratings.choices import FlagReason, FlagState
from ratings.models import AuditEntry, QualityFlag, QualityReport, Study
from ratings.selectors.quality import rater_qualities
from ratings.services.quality.lifecycle import measure_study
from ratings.tests.factories import make_choice, make_images, make_pair, make_participation, make_rating, make_study

pytestmark = pytest.mark.django_db


@pytest.fixture
def study() -> Study:
    """Two raters of twenty images, one of whom always says four."""
    made = make_study(title="Harbour")
    images = make_images(study=made, count=20)
    for is_varied in (True, False):
        participation = make_participation(study=made)
        for number, image in enumerate(images):
            make_rating(participation=participation, study_image=image, value=1.0 + number % 5 if is_varied else 4.0)
    return made


def test_the_page_shows_figures_plots_raters_and_flags(researcher: Client, study: Study) -> None:
    url = reverse("admin:ratings_study_quality", args=[study.pk])
    assert "Not measured yet" in researcher.get(url).content.decode()
    measure_study(study_id=study.pk)
    page = researcher.get(url).content.decode()
    for shown in ("over 40 ratings by 2 raters", "Krippendorff", "Pace over a session", "Same answer again and again"):
        assert shown in page
    plot = reverse("admin:ratings_study_quality_plot", args=[study.pk, "runs", "json"])
    assert sum(row["raters"] for row in researcher.get(plot).json()["rows"]) == 2


def test_a_matrix_compares_each_two_raters_on_what_both_answered_and_greys_few_cases(
    researcher: Client, django_assert_max_num_queries: Any
) -> None:
    study = make_study(title="Harbour")
    images = make_images(study=study, count=40)
    said = {"a": [1, 2, 3, 4, 5] * 8, "b": [5, 4, 3, 2, 1] * 8, "c": [1, 2, 3, 4, 5]}
    for name, values in said.items():
        participation = make_participation(study=study, external_id=name)
        for image, value in zip(images, values, strict=False):
            make_rating(participation=participation, study_image=image, value=value)
    measure_study(study_id=study.pk)
    with django_assert_max_num_queries(20):
        tables = researcher.get(reverse("admin:ratings_study_quality", args=[study.pk])).context["tables"]
    (matrix,) = [table for table in tables if table.title == "Agreement of raters with each other"]
    assert list(matrix.columns) == ["Rater", "Others", "1", "2", "3"]
    found = [[(cell.value, cell.shared, cell.is_thin) for cell in cells[1:]] for _, cells in matrix.rows]
    own, opposed = ("\N{EN DASH}", "", True), ("\N{MINUS SIGN}1.00", "40", False)
    few = {("1.00", "5", True), ("\N{MINUS SIGN}1.00", "5", True)}
    assert [found[0][:2], found[1][:2], found[2][2]] == [[own, opposed], [opposed, own], own]
    assert {found[0][2], found[1][2]} == few == {found[2][0], found[2][1]}


def test_the_matrix_of_a_pairwise_study_is_of_choices_alike(researcher: Client) -> None:
    study = make_study(title="Quay", design="pairwise")
    pairs = [make_pair(study=study) for _ in range(6)]
    for answers, left in ((["left"] * 6, "a"), (["left"] * 3 + ["right"] * 3, "b")):
        participation = make_participation(study=study)
        for pair, answer in zip(pairs, answers, strict=True):
            make_choice(participation=participation, pair=pair, answer=answer, left=left)
    measure_study(study_id=study.pk)
    tables = researcher.get(reverse("admin:ratings_study_quality", args=[study.pk])).context["tables"]
    (matrix,) = [table for table in tables if table.title == "Agreement of raters with each other"]
    assert [cell.value for _, cells in matrix.rows for cell in cells] == ["\N{EN DASH}", "0.50", "0.50", "\N{EN DASH}"]


def test_looking_measures_nothing(researcher: Client, study: Study) -> None:
    researcher.get(reverse("admin:ratings_study_quality", args=[study.pk]))
    assert not QualityReport.objects.exists()


def test_a_flag_is_confirmed_and_taken_up_again_by_a_post_only(researcher: Client, study: Study) -> None:
    measure_study(study_id=study.pk)
    flag = QualityFlag.objects.get()
    confirm = reverse("admin:ratings_qualityflag_confirm", args=[flag.pk])
    assert "You agree with the flag" in researcher.get(confirm).content.decode()
    flag.refresh_from_db()
    assert flag.state == FlagState.RAISED
    assert researcher.post(confirm, {"_form_submitted": "True"}).status_code == 302
    flag.refresh_from_db()
    assert (flag.state, flag.reason) == (FlagState.CONFIRMED, FlagReason.STRAIGHT_LINING)
    assert AuditEntry.objects.get(action="decide-flag").actor == flag.decided_by
    page = researcher.get(reverse("admin:ratings_qualityflag_change", args=[flag.pk])).content.decode()
    assert "Decide again" in page
    assert "/dismiss/" not in page


def test_the_list_of_flags_needs_as_many_queries_for_one_as_for_many(
    researcher: Client, study: Study, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    for participation in study.participations.all():
        QualityFlag.objects.create(participation=participation, reason=FlagReason.FAST, finding="x")
    with django_assert_max_num_queries(14):  # type: ignore[operator]
        researcher.get(reverse("admin:ratings_qualityflag_changelist"))


def test_somebody_without_a_group_sees_and_decides_nothing(onlooker: Client, study: Study) -> None:
    flag = QualityFlag.objects.create(participation=study.participations.all()[0], reason="fast", finding="x")
    assert onlooker.get(reverse("admin:ratings_study_quality", args=[study.pk])).status_code == 403
    confirm = reverse("admin:ratings_qualityflag_confirm", args=[flag.pk])
    assert onlooker.post(confirm, {"_form_submitted": "True"}).status_code == 403


def test_the_page_reads_no_more_raters_than_it_shows(researcher: Client) -> None:
    """The counts behind its plots were made by the worker; of the raters it shows those with flags first."""
    study = make_study()
    people = [make_participation(study=study) for _ in range(5)]
    for person in people:
        make_rating(participation=person)
    measure_study(study_id=study.pk)
    QualityFlag.objects.create(participation=people[3], reason="fast", finding="Too fast.")
    QualityFlag.objects.create(participation=people[1], reason="fast", finding="Too fast.", state="confirmed")
    QualityFlag.objects.create(participation=people[2], reason="fast", finding="Too fast.", state="dismissed")
    rows = rater_qualities(study=study, limit=3)
    assert [row.participation_id for row in rows[:2]] == [people[3].pk, people[1].pk]
    assert len(rows) == 3
    figures = QualityReport.objects.get(study=study).figures
    assert figures["rater_bins"]["means"] == {"low": 1.0, "high": 5.0, "counts": [0, 0, 0, 0, 0, 5, 0, 0, 0, 0]}
