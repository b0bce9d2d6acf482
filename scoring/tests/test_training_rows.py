"""Training reads ratings that count, and leaves flagged raters out where the study says so."""

import pytest

from ratings.choices import AssignmentKind, FlagState, Policy
from ratings.models import QualityFlag
from ratings.tests.factories import make_participation, make_rating, make_study
from scoring.selectors.training import study_ratings

pytestmark = pytest.mark.django_db


def test_attention_checks_are_no_ratings_to_learn_from() -> None:
    study = make_study()
    participation = make_participation(study=study)
    make_rating(participation=participation)
    make_rating(participation=participation, assignment={"kind": AssignmentKind.ATTENTION, "policy": Policy.ATTENTION})
    assert study_ratings(study=study).count == 1


@pytest.mark.parametrize(
    ("is_asked", "state", "count"),
    [(False, FlagState.CONFIRMED, 2), (True, FlagState.RAISED, 2), (True, FlagState.CONFIRMED, 1)],
)
def test_flagged_raters_are_left_out_only_when_confirmed_and_asked(
    is_asked: bool,  # noqa: FBT001 - a parameter of the test
    state: FlagState,
    count: int,
) -> None:
    study = make_study(train_without_flagged=is_asked)
    doubted, trusted = make_participation(study=study), make_participation(study=study)
    for participation in (doubted, trusted):
        make_rating(participation=participation)
    QualityFlag.objects.create(participation=doubted, reason="fast", finding="x", state=state)
    assert study_ratings(study=study).count == count
