"""What is recorded as a probability is one: over many seeded draws, frequencies match it."""

import random
from collections import Counter
from collections.abc import Callable
from math import sqrt
from statistics import mean, pstdev

import pytest
from scipy import stats

from ratings.choices import AssignmentState
from ratings.models import Participation, StudyImage
from ratings.selectors import candidates
from ratings.services.fallback_policies import Pick, coverage_picks, repeat_picks, uniform_picks
from ratings.tests.factories import make_assignment, make_images, make_participation, make_study

pytestmark = pytest.mark.django_db

DRAWS = 500
UNLIKELY = 1e-4  # a fair draw fails once in so many seeds; the seed is fixed


def assert_frequencies_match(draw: Callable[[random.Random], list[Pick]], *, place: int = 0) -> Counter[int]:
    """Draw often; compare how often each image came in a place with the probabilities recorded there.

    All images that a place is drawn from share one probability, and those of earlier places are not among them.
    """
    rng = random.Random(11)
    drawn = [draw(rng) for _ in range(DRAWS)]
    seen = Counter(picks[place].study_image_id for picks in drawn)
    expected = dict.fromkeys(seen, 0.0)
    for picks in drawn:
        earlier = {pick.study_image_id for pick in picks[:place]}
        for image in seen.keys() - earlier:
            expected[image] += picks[place].propensity
    assert sum(expected.values()) == pytest.approx(DRAWS)
    assert stats.chisquare([seen[image] for image in expected], list(expected.values())).pvalue > UNLIKELY
    return seen


@pytest.fixture
def participation() -> Participation:
    """Give a rater who has seen three of twelve images, of which one is full and one is for practice."""
    study = make_study(target=4, repeat_gap=1)
    images = make_images(study=study, count=12)
    participation = make_participation(study=study)
    for image in images[:3]:
        make_assignment(participation=participation, study_image=image, state=AssignmentState.RATED)
    StudyImage.objects.filter(pk=images[3].pk).update(taken=4)
    StudyImage.objects.filter(pk=images[4].pk).update(is_practice=True)
    StudyImage.objects.filter(pk__in=[image.pk for image in images[5:8]]).update(taken=1)
    participation.served = 30
    return participation


@pytest.mark.parametrize("place", [0, 1])
def test_the_test_slice_is_drawn_uniformly_from_all_suitable_images(participation: Participation, place: int) -> None:
    seen = assert_frequencies_match(
        lambda rng: uniform_picks(participation=participation, count=2, rng=rng), place=place
    )
    assert len(seen) == 7  # twelve less three seen, one full, one for practice


@pytest.mark.parametrize("place", [0, 1])
def test_coverage_draws_uniformly_from_the_least_covered(participation: Participation, place: int) -> None:
    seen = assert_frequencies_match(
        lambda rng: coverage_picks(participation=participation, count=2, rng=rng, without=set()), place=place
    )
    assert set(seen) == {row.pk for row in candidates.unseen_images(participation=participation).filter(taken=0)}


def test_repeats_are_drawn_uniformly_from_what_was_rated_long_enough_ago(participation: Participation) -> None:
    seen = assert_frequencies_match(lambda rng: repeat_picks(participation=participation, count=1, rng=rng))
    assert len(seen) == 3


def test_a_repeat_waits_for_the_study_s_gap_and_comes_once(participation: Participation) -> None:
    positions = list(participation.assignments.order_by("position").values_list("position", flat=True))
    participation.served = 11
    gaps = {gap: len(candidates.repeatable(participation=participation, gap=gap)) for gap in (8, 9, 10, 11)}
    assert positions == [1, 2, 3]
    assert gaps == {8: 3, 9: 2, 10: 1, 11: 0}


@pytest.fixture
def sixty() -> Participation:
    """Give a rater of sixty images, of which twenty are full."""
    study = make_study()
    make_images(study=study, count=60)
    StudyImage.objects.filter(study=study, ordinal__gte=40).update(taken=study.target)
    return make_participation(study=study)


def test_the_recorded_propensity_of_the_test_slice_is_the_true_one_in_every_draw(sixty: Participation) -> None:
    rng = random.Random(3)
    drawn = [uniform_picks(participation=sixty, count=2, rng=rng) for _ in range(200)]
    assert {round(pick.propensity * 40, 12) for pick, _ in drawn} == {1.0}  # recorded / true
    assert {round(pick.propensity * 39, 12) for _, pick in drawn} == {1.0}  # the first is no candidate any more


def test_groups_that_are_full_for_a_rater_are_no_candidates(sixty: Participation) -> None:
    StudyImage.objects.filter(study=sixty.study, ordinal__lt=10).update(domain="art")
    sixty.study.group_quotas = {"domain": {"art": 0}}
    pick, *_ = uniform_picks(participation=sixty, count=1, rng=random.Random(5))
    assert pick.propensity == pytest.approx(1 / 30)


def test_in_a_study_too_large_to_count_the_propensity_is_an_estimate_of_the_stated_spread() -> None:
    study = make_study()
    make_images(study=study, count=600)
    participation = make_participation(study=study)
    StudyImage.objects.filter(study=study, ordinal__gte=300).update(taken=study.target)
    rng = random.Random(3)
    ratios = [
        300 * pick.propensity
        for _ in range(100)
        for pick in uniform_picks(participation=participation, count=1, rng=rng)
    ]
    stated = sqrt((1 - 0.5) / (0.5 * 400))
    assert 1 / mean(1 / ratio for ratio in ratios) == pytest.approx(1, abs=3 * stated / sqrt(100))
    assert 0.2 * stated < pstdev(ratios) < 1.3 * stated  # drawn without replacement, so somewhat below
