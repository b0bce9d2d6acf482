"""Say from models learned from parts of the ratings what more ratings would bring."""

from dataclasses import dataclass

import numpy as np

from scoring.ml.data.arrays import Floats, Ratings
from scoring.ml.evaluation.metrics import Estimate

SHARES = (0.25, 0.5, 1.0)  # of the ratings that models learn from, one after the other
SLOWEST, FASTEST = -1.0, 1.0  # exponents of the curves of people's ratings; below zero the steps still grow
SMALL = 1e-6  # an exponent as good as zero, where steps are equal: the limit is a logarithm
RESAMPLES = 2000


@dataclass(frozen=True, kw_only=True)
class LearningCurve:
    """Hold each rater's SROCC on one test slice, after each share of the ratings; NaN where undefined, (R, 3)."""

    srocc: Floats

    @property
    def known(self) -> Floats:
        """Return the raters whose SROCC is defined at every share, (r, 3)."""
        return self.srocc[np.isfinite(self.srocc).all(axis=1)]


def part_of(ratings: Ratings, share: float, *, seed: int = 0) -> Ratings:
    """Return a random share of every rater's ratings, at least one of each; smaller shares lie within larger ones."""
    rng = np.random.default_rng(seed)
    order = np.lexsort((rng.random(len(ratings)), ratings.rater))
    starts = np.concatenate([[True], np.diff(ratings.rater[order]) != 0])
    first = np.maximum.accumulate(np.where(starts, np.arange(len(order)), 0))
    place = np.arange(len(order)) - first
    count = np.bincount(ratings.rater)[ratings.rater[order]]
    return ratings.take(np.sort(order[place < np.maximum(1, np.round(share * count))]))


def expected_gain(curve: LearningCurve, *, times: float, seed: int = 0) -> Estimate:
    """Estimate how much the mean SROCC rises if there are `times` as many ratings of the same raters.

    S(f) = S - c f^-a, with f the share of the present ratings: each doubling brings 2^-a times what the one before
    brought. Both steps of the curve give the last, c (2^a - 1), for an exponent a, by least squares; then the gain is
    c (1 - times^-a). Nobody can tell a from three points, so it is drawn evenly from a range, while raters are
    resampled; the interval holds both doubts.
    """
    rows = curve.known
    if not len(rows):
        return Estimate(value=float("nan"), low=float("nan"), high=float("nan"), raters=0)
    rng = np.random.default_rng(seed)
    exponents = rng.uniform(SLOWEST, FASTEST, RESAMPLES)
    often = rng.multinomial(len(rows), np.full(len(rows), 1.0 / len(rows)), size=RESAMPLES) / len(rows)
    gains = gains_of(often @ rows, exponents, times)
    low, high = np.quantile(gains, (0.025, 0.975))
    middle = np.repeat(rows.mean(axis=0)[None, :], RESAMPLES, axis=0)
    return Estimate(
        value=float(gains_of(middle, exponents, times).mean()), low=float(low), high=float(high), raters=len(rows)
    )


def expected_last_step(curve: LearningCurve, *, seed: int = 0) -> Estimate:
    """Estimate from the first step of a curve alone what its last one would bring, to be held against what it did.

    Each step doubles the ratings, so the last is 2^-a times the first, with a drawn as for the gain.
    """
    rows = curve.known
    if not len(rows):
        return Estimate(value=float("nan"), low=float("nan"), high=float("nan"), raters=0)
    rng = np.random.default_rng(seed)
    shrink = 2.0 ** -rng.uniform(SLOWEST, FASTEST, RESAMPLES)
    often = rng.multinomial(len(rows), np.full(len(rows), 1.0 / len(rows)), size=RESAMPLES) / len(rows)
    first = rows[:, 1] - rows[:, 0]
    low, high = np.quantile((often @ first) * shrink, (0.025, 0.975))
    return Estimate(value=float(first.mean() * shrink.mean()), low=float(low), high=float(high), raters=len(rows))


def gains_of(means: Floats, exponents: Floats, times: float) -> Floats:
    """Return the gain for each row of mean SROCCs (N, 3) and its exponent (N,)."""
    steps = np.diff(means, axis=1)  # (N, 2)
    double = 2.0**exponents
    weights = np.column_stack([double, np.ones_like(double)])  # the first step is as many times the second
    second = (steps * weights).sum(axis=1) / np.square(weights).sum(axis=1)
    rising = np.where(np.abs(exponents) < SMALL, SMALL, exponents)
    return np.asarray(second * (1.0 - times**-rising) / (2.0**rising - 1.0))
