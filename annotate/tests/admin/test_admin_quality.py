"""Researchers see how ratings were given, and decide on flags by a confirmed POST."""

import pytest
from django.test import Client
from django.urls import reverse

from ratings.choices import FlagReason, FlagState
from ratings.models import AuditEntry, QualityFlag, QualityReport, Study
from ratings.services.quality.lifecycle import measure_study
from ratings.tests.factories import make_images, make_participation, make_rating, make_study

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
