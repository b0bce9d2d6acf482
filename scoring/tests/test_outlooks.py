"""After each training a study and each of its raters know what more ratings would bring, and what they would cost."""

from decimal import Decimal

import pytest

from ratings.choices import PayBasis
from ratings.models import Participation, Study
from ratings.tests.factories import make_participation, make_study
from ratings.values.study_costs import StudyPace
from scoring.metrics import RaterGains
from scoring.models import RaterOutlook
from scoring.selectors.outlooks import rater_outlook, study_outlook
from scoring.services.rater_outlooks import save_outlooks
from scoring.tests.factories import make_version
from scoring.tests.learning import make_world, trained_version

pytestmark = pytest.mark.django_db
OUTLOOK = {
    "points": [{"ratings": 300, "srocc": {"value": 0.4, "low": 0.3, "high": 0.5, "raters": 12}}],
    "gains": [{"more": 300, "srocc": {"value": 0.03, "low": 0.01, "high": 0.05, "raters": 12}}],
}


def paid_study(basis: PayBasis) -> Study:
    """Make a study that asks for 50 ratings and pays 12 EUR."""
    return make_study(quota=50, pay_amount=Decimal(12), pay_currency="EUR", pay_basis=basis)


@pytest.mark.slow
def test_a_training_says_what_more_ratings_would_bring_to_the_study_and_to_each_rater() -> None:
    world = make_world(raters=8, each=40)
    version = trained_version(world.study)
    outlook = version.measured.outlook
    assert outlook is not None
    own = version.measured.ratings
    assert [point.ratings for point in outlook.points] == pytest.approx([own / 4, own / 2, own], abs=8)
    assert outlook.points[-1].srocc.value == pytest.approx(version.metrics["personal"]["srocc"]["value"], abs=1e-4)
    assert outlook.expected_before is not None
    before, after = outlook.points[-2].srocc.value or 0, outlook.points[-1].srocc.value or 0
    assert outlook.brought_before is not None
    assert outlook.brought_before.value == pytest.approx(after - before, abs=1e-3)
    assert [gain.more for gain in outlook.gains] == [round(own / 4), round(own / 2), own]
    rows = RaterOutlook.objects.filter(model_version=version)
    assert 0 < sum(row.rating_count for row in rows) <= own  # not of raters with hardly a picture left to rate
    assert all(row.found.now is not None for row in rows)


def test_a_small_study_promises_nothing_yet() -> None:
    world = make_world(raters=4, each=20)
    version = trained_version(world.study)
    assert version.measured.outlook is None
    assert study_outlook(study=world.study) is None


@pytest.mark.parametrize(("basis", "cost"), [(PayBasis.HOUR, 6.0), (PayBasis.FLAT, 72.0)])
def test_more_ratings_cost_their_time_or_their_share_of_the_quota(basis: PayBasis, cost: float) -> None:
    """300 ratings of 6 s are half an hour; they are six quotas of 50."""
    study = paid_study(basis)
    make_version(study=study, metrics={"ratings": 300, "test_ratings": 90, "outlook": OUTLOOK})
    found = study_outlook(study=study)
    assert found is not None
    assert (found.version, found.ratings, found.test_ratings, found.raters) == ("v1", 300, 90, 12)
    (gain,) = found.gains
    assert (gain.more, gain.srocc.value, gain.cost) == (300, 0.03, cost)


def test_an_outlook_of_a_rater_takes_the_place_of_the_former_and_goes_with_them() -> None:
    participation = make_participation(study=make_study())
    version = make_version(study=participation.study)
    gains = RaterGains.from_json({"now": {"value": 0.3}, "gains": [{"more": 10, "srocc": {"value": 0.02}}]})
    for count in (20, 30):
        save_outlooks(version=version, found={participation.pk: (count, gains)})
    found = rater_outlook(participation=Participation.objects.get())
    assert found is not None
    assert (found.ratings, found.gains[0].more, found.gains[0].cost) == (30, 10, None)
    save_outlooks(version=version, found={})
    assert rater_outlook(participation=Participation.objects.get()) is None


def test_answers_cost_nothing_where_the_study_states_no_pay() -> None:
    assert StudyPace(seconds=6, practice=0, amount=None, basis="hour").cost_of(answers=10, quota=5) is None
