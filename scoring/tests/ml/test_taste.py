"""The taste posterior: exact, stable, the same in any order, and storable."""

import numpy as np
import pytest

from scoring.ml.taste import TastePosterior


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
