"""Say how sure it is that one rater likes something more, or less, than others do."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm
from scipy.stats import t as student

from scoring.ml.data.arrays import Floats
from scoring.ml.evaluation.metrics import pairwise_accuracy
from scoring.ml.reward import RewardModel
from scoring.ml.taste.posterior import TastePosterior

LEVEL = 0.95  # of the intervals


@dataclass(frozen=True, kw_only=True)
class Contrasts:
    """Hold differences from the average rater with their intervals, on the scale [0, 1]."""

    value: Floats  # (M,)
    low: Floats  # (M,)
    high: Floats  # (M,)

    @property
    def surety(self) -> Floats:
        """Give how far each interval stays away from zero, at least; zero where it holds zero, (M,)."""
        return np.asarray(np.maximum(np.maximum(self.low, -self.high), 0.0))


def contrasts(model: RewardModel, taste: TastePosterior, directions: Floats) -> Contrasts:
    """Compare a taste with that of the average rater along directions (M, k) of the design.

    With w | s ~ N(mean, s F F') and s ~ IG(a, b), c . w is Student's t with 2a degrees of freedom about c . mean, of
    scale sqrt(b / a) |F' c|. The intervals are as much wider as those of single ratings were found to be too narrow.
    """
    value = directions @ (taste.mean - model.head.mean)
    scale = np.sqrt(taste.rate / taste.shape) * np.sqrt(np.square(directions @ taste.factor).sum(axis=1))
    half = float(student.ppf(0.5 + LEVEL / 2, 2 * taste.shape)) * max(1.0, model.head.width(taste.count)) * scale
    return Contrasts(value=value, low=value - half, high=value + half)


@dataclass(frozen=True, kw_only=True)
class PairAccuracy:
    """Hold the share of pairs of pictures that predictions put in the rater's own order, with its interval."""

    share: float
    low: float
    high: float
    pairs: int  # that the rater rated differently


def pair_accuracy(values: Floats, predicted: Floats) -> PairAccuracy | None:
    """Measure how often the picture that was rated higher was expected to be; none where all were rated alike.

    Pairs share pictures, so they are not independent: the interval is Wilson's for as many pairs as n pictures give
    without sharing any, n // 2. That is cautious, and says something of few pictures, too, where a bootstrap does not.
    """
    share = pairwise_accuracy(values, predicted)
    if not np.isfinite(share):
        return None
    low, high = wilson_interval(share, len(values) // 2)
    pairs = int((values[:, None] != values[None, :]).sum()) // 2
    return PairAccuracy(share=share, low=low, high=high, pairs=pairs)


def wilson_interval(share: float, count: int) -> tuple[float, float]:
    """Return the interval of a share seen in so many independent trials (Wilson 1927).

    (p + z^2 / 2n -+ z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n)
    """
    z = float(norm.ppf(0.5 + LEVEL / 2))
    spread = z * np.sqrt(share * (1.0 - share) / count + z**2 / (4 * count**2))
    middle, whole = share + z**2 / (2 * count), 1.0 + z**2 / count
    return float(max((middle - spread) / whole, 0.0)), float(min((middle + spread) / whole, 1.0))
