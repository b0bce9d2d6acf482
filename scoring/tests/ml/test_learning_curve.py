"""What more ratings bring is reckoned from models of parts of them, by curves whose gains are known."""

import numpy as np
import pytest

from scoring.ml.data.arrays import Ratings
from scoring.ml.evaluation.learning_curve import (
    LearningCurve,
    expected_gain,
    expected_last_step,
    gains_of,
    part_of,
)
from scoring.ml.evaluation.simulated_raters import Trial, simulated_srocc
from scoring.pipeline.planning.made_up import made_up_model, made_up_pictures


def test_the_gain_of_a_known_curve_lies_within_the_interval() -> None:
    """S(f) = 0.6 - 0.1 / sqrt(f): 0.4, 0.4586, 0.5, and with twice as much 0.5293, 0.0293 more."""
    means = 0.6 - 0.1 / np.sqrt([0.25, 0.5, 1.0])
    rows = means + 0.01 * np.random.default_rng(0).standard_normal((200, 1))
    found = expected_gain(LearningCurve(srocc=rows), times=2.0)
    assert found.low < 0.0293 < found.high
    assert found.low > 0.0
    assert found.raters == 200


def test_intervals_of_flat_curves_hold_the_gain_of_nothing_as_often_as_they_say() -> None:
    """Of 60 curves that only chance bends, 57 should."""
    found = []
    for seed in range(60):
        rows = 0.4 + 0.05 * np.random.default_rng(seed).standard_normal((100, 3))
        found.append(expected_gain(LearningCurve(srocc=rows), times=2.0))
    assert 53 <= sum(one.low < 0.0 < one.high for one in found) <= 60
    assert abs(np.mean([one.value for one in found])) < 0.002


@pytest.mark.parametrize(("exponent", "gain"), [(1.0, 0.01), (0.0, 0.02), (-1.0, 0.04)])
def test_each_doubling_brings_as_much_as_the_exponent_says(exponent: float, gain: float) -> None:
    """The last doubling brought 0.02: the next brings 2^-a of it; the step before it was 2^a of it."""
    steps = 0.02 * np.array([2.0**exponent, 1.0])
    means = np.array([[0.3, 0.3 + steps[0], 0.3 + steps.sum()]])
    assert gains_of(means, np.array([exponent]), 2.0)[0] == pytest.approx(gain, rel=1e-4)


def test_the_first_step_of_a_curve_says_what_the_last_one_may_bring() -> None:
    rows = np.array([0.3, 0.34, 0.37]) + 0.01 * np.random.default_rng(0).standard_normal((50, 1))
    found = expected_last_step(LearningCurve(srocc=rows))
    assert found.low < 0.03 < found.high
    assert found.raters == 50


def test_raters_whose_srocc_is_undefined_somewhere_are_left_out() -> None:
    rows = np.array([[0.1, 0.2, 0.3], [np.nan, 0.2, 0.3]])
    assert expected_gain(LearningCurve(srocc=rows), times=2.0).raters == 1
    assert np.isnan(expected_gain(LearningCurve(srocc=rows[1:]), times=2.0).value)


def test_a_part_holds_its_share_of_each_raters_ratings_and_lies_within_a_larger_part() -> None:
    rater = np.repeat([0, 1, 2], [40, 20, 1])
    ratings = Ratings.of(rater, np.arange(61), np.linspace(0, 1, 61))
    quarter, half = part_of(ratings, 0.25), part_of(ratings, 0.5)
    assert np.bincount(quarter.rater).tolist() == [10, 5, 1]
    assert np.bincount(half.rater).tolist() == [20, 10, 1]
    assert set(quarter.image.tolist()) < set(half.image.tolist())


def test_more_ratings_of_a_simulated_rater_are_learned_from_and_too_few_pictures_say_nothing() -> None:
    rng = np.random.default_rng(0)
    model, pictures = made_up_model(sd=0.25), made_up_pictures(count=200, sd=0.25, rng=rng)
    trial = Trial(counts=(0, 10, 60, 500), draws=20, step=0.25)
    found = simulated_srocc(model, pictures, model.prior(), trial, rng).mean(axis=0)
    assert found[0] < found[1] < found[2]
    assert np.isnan(found[3])
