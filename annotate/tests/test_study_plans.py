"""A plan says what a wanted precision takes, by the study's own settings, and where each figure comes from."""

from decimal import Decimal
from typing import Any

import pytest

from annotate.flows.plans import plan_now
from ratings.choices import Design, JobState, PayBasis
from ratings.exceptions import InvalidInputError
from ratings.models import Study
from ratings.services.jobs.progress import no_progress
from ratings.tests.factories import make_participation, make_rating, make_study, make_study_image
from ratings.values.study_plans import PlanTerms, StudyPlanFigures
from scoring.models import StudyPlan

pytestmark = pytest.mark.django_db


def planned_study(**settings: Any) -> Study:
    """Make a study of a scale from 1 to 5 that asks 50 answers, no repeats or checks, and pays 12 EUR an hour."""
    pay = {"pay_amount": Decimal(12), "pay_currency": "EUR", "pay_basis": PayBasis.HOUR}
    usual = {"quota": 50, "repeat_share": 0.0, "attention_every": 0, "practice_count": 0, "target": 15}
    return make_study(**{**usual, **pay, **settings})


def figures(study: Study, **terms: Any) -> StudyPlanFigures:
    """Plan here and now."""
    plan = plan_now(study=study, terms=PlanTerms(**terms), on_progress=no_progress)
    assert plan.state == JobState.READY, plan.error
    return plan.found


def test_the_wanted_precision_takes_as_many_raters_hours_and_money_as_reckoned_by_hand() -> None:
    """1.96 * 1 / sqrt(n) <= 0.5 from n = 16 on; 100 images of 16 raters are 1,600 answers, 32 raters with 50.

    Each spends 2 minutes and 50 * 6 s = 7 minutes: 32 * 7 / 60 = 3.73 hours, for 44.80 EUR.
    """
    found = figures(planned_study(), half_width=0.5, rater_sd=1.0, seconds=6.0, items=100)
    needed = found.needed
    assert needed is not None
    assert (needed.per_item, needed.raters, needed.answers, needed.hours, needed.cost) == (16, 32, 1600, 3.73, 44.8)
    assert needed.half_width == pytest.approx(0.49)
    assert found.sentence == (
        "For ±0.5 points (95 %) of each image's mean you need 16 raters per image: 32 raters with 50 answers each, "
        "3.7 hours, 44.80 EUR."
    )


def test_pay_in_total_is_paid_to_each_rater() -> None:
    found = figures(planned_study(pay_basis=PayBasis.FLAT), half_width=0.5, rater_sd=1.0, seconds=6.0, items=100)
    assert found.needed is not None
    assert found.needed.cost == 32 * 12


def test_repeats_and_checks_are_asked_for_besides() -> None:
    """Of 50 answers every tenth is a check, and a fifth of the other 45 a repeat: 36 different images."""
    study = planned_study(attention_every=10, repeat_share=0.2)
    found = figures(study, half_width=0.5, rater_sd=1.0, seconds=6.0, items=90)
    assert found.needed is not None
    assert found.needed.raters == 40  # 90 * 16 / 36


def test_what_raters_did_is_measured_where_nothing_is_stated() -> None:
    """In each of ten images raters gave 2 and 4: the variance within is 2, the sd 1.41."""
    study = planned_study()
    low, high = make_participation(study=study), make_participation(study=study)
    for _ in range(10):
        row = make_study_image(study=study)
        make_rating(participation=low, study_image=row, value=2.0)
        make_rating(participation=high, study_image=row, value=4.0)
    found = figures(study, half_width=1.0)
    assert found.needed is not None
    assert found.needed.per_item == 8  # (1.96 * 1.414)^2 = 7.68
    assert "Standard deviation between raters: 1.41 points, measured on 20 ratings of 10 pictures" in found.rests_on[1]


def test_more_ratings_of_a_new_rater_are_expected_to_predict_them_better() -> None:
    found = figures(planned_study(), items=300)
    by_quota = {one.per_rater: one.srocc for one in found.options}
    assert sorted(by_quota) == [25, 50, 100]
    expected = [by_quota[quota] or 0.0 for quota in (25, 50, 100)]
    assert expected == sorted(expected)
    assert 0.2 < expected[0] < expected[-1] < 0.95
    assert any("made up" in sentence for sentence in found.rests_on)


def test_a_share_of_simulated_items_is_as_narrow_as_wanted() -> None:
    """With as many raters as needed about half of the items are, with 50 nearly all."""
    found = figures(planned_study(), half_width=0.5, rater_sd=1.0, items=100)
    reached = {one.per_item: one.reached for one in found.options}
    assert 0.3 < (reached[16] or 0) < 0.8
    assert (reached[50] or 0) > 0.95
    assert (reached[5] or 0) < 0.3


def test_a_choice_is_reckoned_as_a_share() -> None:
    """1.96 * 0.5 / sqrt(n) <= 0.1 from n = 97 on; such a design trains nothing."""
    found = figures(planned_study(design=Design.PAIRWISE), half_width=0.1, items=20)
    assert found.needed is not None
    assert found.needed.per_item == 97
    assert found.needed.srocc is None
    assert found.unit == "of a share"


def test_a_study_without_anything_to_rate_has_to_say_how_much_it_will_have() -> None:
    with pytest.raises(InvalidInputError, match="nothing to rate yet: say how many images"):
        figures(planned_study())


def test_an_interval_too_narrow_to_pay_for_is_refused_in_a_sentence() -> None:
    plan = plan_now(study=planned_study(), terms=PlanTerms(half_width=0.001, items=10), on_progress=no_progress)
    assert (plan.state, plan.error_code) == (JobState.FAILED, "model_conflict")
    assert "allow a wider interval" in plan.error


def test_only_the_newest_plans_are_kept() -> None:
    study = planned_study()
    for _ in range(22):
        figures(study, items=10, half_width=1.0)
    assert StudyPlan.objects.filter(study=study).count() == 20
