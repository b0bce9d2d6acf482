"""The taste posterior: exact, stable, the same in any order, and storable."""

from typing import Literal

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from scoring.ml.data.arrays import Floats
from scoring.ml.taste.comparisons import ShownGames, learn_choices
from scoring.ml.taste.posterior import TastePosterior


def prior(size: int = 3, *, scale: float = 1.0) -> TastePosterior:
    return TastePosterior(mean=np.zeros(size), factor=scale * np.eye(size), shape=5.0, rate=4.0)


def test_one_rating_moves_the_mean_as_worked_out_by_hand() -> None:
    # C = I, phi = (1, 0, 0), R = 1: gain 1/2, so a rating of 1 moves the first weight to 1/2
    taste = prior().update(np.array([1.0, 0.0, 0.0]), 1.0, 1.0)
    assert taste.mean == pytest.approx([0.5, 0.0, 0.0])
    # its variance halves; the spread becomes (4 + 1/2 * 1/2) / (5.5 - 1)
    assert taste.spread == pytest.approx(4.25 / 4.5)
    assert taste.covariance[0, 0] == pytest.approx(0.5 * taste.spread)
    assert taste.covariance[1, 1] == pytest.approx(taste.spread)


def test_ratings_one_by_one_and_all_at_once_give_the_same_posterior() -> None:
    rng = np.random.default_rng(1)
    phi, values, noise = rng.standard_normal((40, 3)), rng.standard_normal(40), rng.uniform(0.5, 2, 40)
    one_by_one = prior()
    for row, value, spread in zip(phi, values, noise, strict=True):
        one_by_one = one_by_one.update(row, float(value), float(spread))
    at_once = prior().update_many(phi, values, noise)
    assert one_by_one.mean == pytest.approx(at_once.mean)
    assert one_by_one.covariance == pytest.approx(at_once.covariance)
    assert (one_by_one.shape, one_by_one.count) == (at_once.shape, at_once.count)
    assert one_by_one.rate == pytest.approx(at_once.rate)


def test_thousands_of_nearly_equal_ratings_keep_the_covariance_positive_definite() -> None:
    rng = np.random.default_rng(2)
    taste = prior(20, scale=100.0)
    direction = rng.standard_normal(20)
    for _ in range(5000):
        taste = taste.update(direction + 1e-7 * rng.standard_normal(20), 0.5, 1e-6)
    values = np.linalg.eigvalsh(taste.covariance)
    assert np.isfinite(taste.mean).all()
    assert values.min() > -1e-9
    mean, variance = taste.predict(direction[None, :], np.array([1e-6]))
    assert mean[0] == pytest.approx(0.5, abs=1e-4)
    assert variance[0] > 0


def test_a_scale_used_widely_raises_the_predicted_spread() -> None:
    rng = np.random.default_rng(3)
    phi = rng.standard_normal((50, 3))
    calm = prior().update_many(phi, 0.3 * rng.standard_normal(50), np.ones(50))
    wild = prior().update_many(phi, 3.0 * rng.standard_normal(50), np.ones(50))
    assert wild.spread > 10 * calm.spread


def test_a_posterior_survives_the_trip_through_bytes() -> None:
    taste = prior().update(np.array([1.0, 2.0, 0.5]), 0.7, 0.3)
    again = TastePosterior.from_bytes(taste.to_bytes())
    assert np.array_equal(again.mean, taste.mean)
    assert np.array_equal(again.factor, taste.factor)
    assert (again.shape, again.rate, again.count) == (taste.shape, taste.rate, 1)


def test_no_ratings_leave_the_prior_as_it_is() -> None:
    start = prior()
    assert start.update_many(np.zeros((0, 3)), np.zeros(0), np.zeros(0)) is start


Outcome = Literal["first", "second", "tie"]


def choose(taste: TastePosterior, difference: Floats, noise: float, outcome: Outcome) -> TastePosterior:
    """Learn from one choice between an image and another whose design row is zero, each with half of the noise."""
    better, worse = (1, 0) if outcome == "second" else (0, 1)
    games = ShownGames(
        better=np.array([better]), worse=np.array([worse]), is_tied=np.array([outcome == "tie"]), screens=1
    )
    phi = np.stack([difference, np.zeros_like(difference)])
    return learn_choices(taste, phi, np.full(2, noise / 2), games)


def exact_moments(taste: TastePosterior, difference: Floats, noise: float, outcome: Outcome) -> tuple[Floats, Floats]:
    """Integrate the posterior of two weights after a choice on a fine grid, at the expected spread."""
    axis = np.linspace(-8, 8, 801)
    grid = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    likelihood = norm.cdf(grid @ difference / np.sqrt(taste.spread * noise) * (1 if outcome == "first" else -1))
    weight = multivariate_normal(taste.mean, taste.covariance).pdf(grid) * likelihood
    weight /= weight.sum()
    mean = weight @ grid
    return mean, (grid - mean).T @ ((grid - mean) * weight[:, None])


@pytest.mark.parametrize("outcome", ["first", "second"])
@pytest.mark.parametrize("noise", [0.05, 1.0])
def test_a_choice_gives_the_moments_of_the_exact_posterior(outcome: Outcome, noise: float) -> None:
    start = prior(2).update(np.array([1.0, 0.4]), 0.7, 0.5)
    difference = np.array([0.8, -1.3])
    mean, covariance = exact_moments(start, difference, noise, outcome)
    after = choose(start, difference, noise, outcome)
    assert after.mean == pytest.approx(mean, abs=1e-4)
    assert after.covariance == pytest.approx(covariance, abs=1e-4)


def test_a_choice_between_equals_by_hand() -> None:
    # C = I, spread 1, delta = (1, 0), R = 1: tau = 2, a = 0, v = N(0) / Phi(0) = sqrt(2 / pi), u = 2 / pi
    after = choose(prior(2), np.array([1.0, 0.0]), 1.0, "first")
    assert after.mean == pytest.approx([np.sqrt(2 / np.pi) / np.sqrt(2), 0.0])
    assert after.covariance == pytest.approx(np.diag([1 - 1 / np.pi, 1.0]))
    assert (after.spread, after.count) == (1.0, 1)


def test_a_tie_is_a_difference_of_zero_observed_with_the_pairs_noise() -> None:
    start = prior(2).update(np.array([1.0, 0.4]), 0.7, 0.5)
    difference = np.array([0.8, -1.3])
    tied, observed = choose(start, difference, 0.6, "tie"), start.update(difference, 0.0, 0.6)
    assert tied.mean == pytest.approx(observed.mean)
    assert tied.factor @ tied.factor.T == pytest.approx(observed.factor @ observed.factor.T)
    assert (tied.shape, tied.rate) == (start.shape, start.rate)


def test_choices_turned_round_come_to_the_same_and_surprises_stay_finite() -> None:
    start = prior(3, scale=0.01).update(np.array([50.0, 0.0, 0.0]), 40.0, 1e-6)
    difference = np.array([30.0, 1.0, 0.0])
    one, other = choose(start, difference, 1e-6, "second"), choose(start, -difference, 1e-6, "first")
    assert one.mean == pytest.approx(other.mean)
    assert np.isfinite(one.mean).all()
    assert np.linalg.eigvalsh(one.covariance).min() > -1e-12


def test_many_choices_find_the_direction_of_a_taste() -> None:
    rng = np.random.default_rng(4)
    weights = np.array([1.0, -2.0, 0.5, 0.0])
    taste = prior(4)
    for _ in range(400):
        difference = rng.standard_normal(4)
        said: Outcome = "first" if difference @ weights + 0.3 * rng.standard_normal() > 0 else "second"
        taste = choose(taste, difference, 0.1, said)
    cosine = taste.mean @ weights / np.linalg.norm(taste.mean) / np.linalg.norm(weights)
    assert cosine > 0.98
