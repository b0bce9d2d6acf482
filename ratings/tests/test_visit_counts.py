"""Visits are counted by day and language, beginning with none where an installation comes from a version before."""

import pytest
from django.utils import timezone

from ratings.models import VisitCount
from ratings.services.visits import count_visit
from ratings.tests.factories import make_study
from ratings.tests.migrating import former_database

BEFORE = ("ratings", "0055_stopping_rules")


@pytest.mark.django_db
def test_each_visit_counts_once_on_its_day_and_in_its_language() -> None:
    study = make_study()
    for language in ("en", "ar", "en"):
        count_visit(study=study, language=language)
    rows = VisitCount.objects.order_by("language").values_list("study", "day", "language", "count")
    today = timezone.localdate()
    assert list(rows) == [(study.pk, today, "ar", 1), (study.pk, today, "en", 2)]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_study_from_before_is_kept_without_visits_and_can_count_them() -> None:
    with former_database(BEFORE) as database:
        apps = database.migrate(BEFORE)
        study = apps.get_model("ratings", "Study").objects.using(database.alias).create(slug="old", title="Old")
        database.migrate(("ratings", "0056_visit_counts"))
        assert database.rows("SELECT slug FROM ratings_study") == [("old",)]
        assert database.rows("SELECT count(*) FROM ratings_visitcount") == [(0,)]
        row = f"{study.pk}, '2026-01-01', 'en', 1"
        database.run(f"INSERT INTO ratings_visitcount (study_id, day, language, count) VALUES ({row})")  # noqa: S608 - of our own making
        assert database.rows("SELECT language, count FROM ratings_visitcount") == [("en", 1)]
