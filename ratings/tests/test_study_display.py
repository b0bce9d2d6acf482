"""How a study presents its pictures: defaults, limits, what a study from before gets, and what a manifest says."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from ratings.exceptions import InvalidInputError
from ratings.models import Study
from ratings.services.dumps.card import STUDY_FACTS
from ratings.services.studies import create_study
from ratings.tests.factories import make_study
from ratings.tests.migrating import former_database
from ratings.tests.test_migrated_facts import Apps

pytestmark = pytest.mark.django_db
FACTS = ("minimum_view_ms", "surround", "longest_side")
BEFORE = ("ratings", "0028_plain_words")
WRONG = [("minimum_view_ms", 60_001), ("surround", "grey"), ("surround", "#80808"), ("longest_side", 49)]


def test_a_study_shows_pictures_on_middle_grey_as_large_as_they_fit_for_a_quarter_of_a_second_at_least() -> None:
    study = create_study(description={"slug": "plain", "title": "Plain"})
    assert [getattr(study, name) for name in FACTS] == [250, "#808080", None]
    assert set(FACTS) <= set(STUDY_FACTS)


def test_a_description_sets_how_pictures_are_presented() -> None:
    wanted = {"minimum_view_ms": 0, "surround": "#202020", "longest_side": 512}
    study = create_study(description={"slug": "dark", "title": "Dark", **wanted})
    assert {name: getattr(study, name) for name in FACTS} == wanted


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_what_no_screen_shows_is_refused_by_name_and_by_the_database(name: str, value: Any) -> None:
    with pytest.raises(InvalidInputError, match=f"^{name}: "):
        create_study(description={"slug": "odd", "title": "Odd", name: value})
    study = make_study()
    with pytest.raises(IntegrityError), transaction.atomic():
        Study.objects.filter(pk=study.pk).update(**{name: value})


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_study_from_before_gets_the_defaults() -> None:
    with former_database(BEFORE) as database:
        apps: Apps = database.migrate(BEFORE)
        apps.get_model("ratings", "Study").objects.using(database.alias).create(slug="old", title="Old")
        database.migrate(("ratings", "0029_what_a_study_shows"))
        rows = database.rows("SELECT minimum_view_ms, surround, longest_side FROM ratings_study")
    assert rows == [(250, "#808080", None)]
