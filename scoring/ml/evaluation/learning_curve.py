"""Say from models learned from parts of the ratings what more ratings would bring."""

from dataclasses import dataclass

import numpy as np

from scoring.ml.data.arrays import Floats, Ratings
from scoring.ml.evaluation.metrics import Estimate

SHARES = (0.25, 0.5, 1.0)  # of the ratings that models learn from, one after the other
SLOWEST, FASTEST = 0.3, 1.0  # exponents that learning curves are known to have
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

    S(f) = S - c f^-a, with f the share of the present ratings. Both steps of the curve give c for an exponent a, by
    least squares; then the gain is c (1 - times^-a). Nobody can tell a from three points, so it is drawn evenly from
    the range that learning curves are known to have, while raters are resampled; the interval holds both doubts.
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


def gains_of(means: Floats, exponents: Floats, times: float) -> Floats:
    """Return the gain for each row of mean SROCCs (N, 3) and its exponent (N,)."""
    steps = np.diff(means, axis=1)  # (N, 2)
    double = 2.0**exponents
    weights = np.column_stack([double * double - double, double - 1.0])  # of c in both steps
    scale = (steps * weights).sum(axis=1) / np.square(weights).sum(axis=1)
    return np.asarray(scale * (1.0 - times**-exponents))
