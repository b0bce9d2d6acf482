"""Whom a name means: one rule for fields, searches, tables, calls and commands."""

from uuid import UUID

import pytest

from ratings.exceptions import AmbiguousNameError, NotFoundError
from ratings.models import Study
from ratings.selectors.named_raters import access_participation_by_name, participations_by_name, pseudonym, raters_meant
from ratings.tests.factories import make_participation, make_rater, make_study
from ratings.values.rater_names import read_rater_name

pytestmark = pytest.mark.django_db
ANN = UUID("ab504299-0000-4000-8000-000000000001")
BEN = UUID("ab504299-1000-4000-8000-000000000002")
EVE = UUID("cd504299-0000-4000-8000-000000000003")


@pytest.fixture
def study() -> Study:
    """Have a study in which two raters' ids begin alike."""
    study = make_study(slug="birds")
    for key, name in ((ANN, "P1"), (BEN, "P2"), (EVE, "abcdefab")):
        make_participation(study=study, rater=make_rater(id=key), external_id=name)
    return study


def test_every_name_that_pages_and_dumps_show_means_the_same_rater(study: Study) -> None:
    part = study.participations.get(rater=EVE)
    names = ["rater-cd504299", "cd504299", "CD504299-0000", str(EVE), EVE.hex, str(part.pk), "abcdefab"]
    for name in [*names, pseudonym(rater=str(EVE))]:
        assert access_participation_by_name(study=study, name=name) == part, name


def test_a_name_of_two_names_both_so_that_they_differ(study: Study) -> None:
    with pytest.raises(AmbiguousNameError) as refused:
        access_participation_by_name(study=study, name="rater-ab504299")
    assert refused.value.message == (
        "'rater-ab504299' may mean 2 raters, rater-ab5042990, rater-ab5042991: give one of these names."
    )
    assert access_participation_by_name(study=study, name="rater-ab5042991").rater_id == BEN


def test_a_name_that_the_platform_gave_one_and_another_s_id_begins_with_means_nobody_for_certain(study: Study) -> None:
    make_participation(study=study, external_id="cd504299")
    assert "cd504299" in participations_by_name(study=study, names=["cd504299"]).doubts


def test_a_whole_id_is_not_taken_over_by_who_calls_themselves_so(study: Study) -> None:
    make_participation(study=study, external_id=str(ANN))
    assert access_participation_by_name(study=study, name=str(ANN)).rater_id == ANN


def test_nobody_is_said_in_one_sentence_and_seven_digits_mean_nobody(study: Study) -> None:
    for name in ("somebody", "cd50429", "", "P", str(make_rater().pk)):
        with pytest.raises(NotFoundError, match=r"^Nobody called .* takes part in 'birds': give the id or short name"):
            access_participation_by_name(study=study, name=name)


def test_a_study_s_names_stay_its_own_and_all_studies_know_each(study: Study) -> None:
    other = make_study()
    make_participation(study=other, external_id="P1")
    assert access_participation_by_name(study=study, name="P1").rater_id == ANN
    assert len(raters_meant(names=["P1"])["P1"]) == 2


def test_many_names_are_read_together(study: Study) -> None:
    named = participations_by_name(study=study, names=["P1", "rater-cd504299", "rater-ab504299", "nobody"])
    assert {name: part.rater_id for name, part in named.found.items()} == {"P1": ANN, "rater-cd504299": EVE}
    assert list(named.doubts) == ["rater-ab504299"]


@pytest.mark.parametrize("name", ["rater-", "12345678-words", "rater-12345678901234567890123456789012345", "%"])
def test_what_is_no_beginning_of_an_id_is_not_read_as_one(name: str) -> None:
    assert read_rater_name(name).span is None
