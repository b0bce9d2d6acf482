"""What all comparisons by one rater say of their taste, at once: expectation propagation over the games they imply.

Each picture shown has the value u = phi . w + e, e ~ N(0, s R), drawn again on every screen. A game says that the value
of one picture is above that of another, a tie that both are the same. With A the differences of the games, g = A u is

    g ~ N(A phi mean, s (A phi C phi' A' + A R A')),

and the answers say g > 0. Games of one screen share the values of its pictures, so that "best, then worst" among four
counts as the one order that it is, and not as five independent choices. Each g > 0 is replaced by a Gaussian factor of
the same moments, in turn until none changes (Minka 2001; Rasmussen & Williams 2006, 3.6): the posterior is the same in
whatever order answers came. These factors are ratings of differences, from which the posterior follows in closed form.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, cholesky, solve_triangular
from scipy.special import log_ndtr

from scoring.ml.data.arrays import Floats, Ints
from scoring.ml.taste.posterior import TastePosterior

SWEEPS = 200
SETTLED = 1e-6  # change of every mean, in its own sd, at which factors count as found
DAMPING = 0.8  # share of each step that is taken; factors that are all changed at once may overshoot
WEAKEST = 1e-9  # precision of a factor, in prior variances, below which it says nothing
SHARPEST = 1e-6  # variance, as a share of the one before, that the greatest surprise leaves; less is lost in rounding
LOG_ROOT = 0.5 * np.log(2.0 * np.pi)


@dataclass(frozen=True, kw_only=True)
class ShownGames:
    """Hold G games between pictures that were shown, as rows of these; a tie names its two in either order."""

    better: Ints  # (G,)
    worse: Ints  # (G,)
    is_tied: NDArray[np.bool_]  # (G,)
    screens: int = 0  # that they come from

    def __len__(self) -> int:
        """Count the games."""
        return len(self.better)

    def differences(self, rows: Floats) -> Floats:
        """Return what the better has more than the worse, (G, ...) of (M, ...)."""
        return np.asarray(rows[self.better] - rows[self.worse])

    def shared_noise(self, noise: Floats) -> Floats:
        """Return A R A', (G, G): games with a picture in common share its noise (M,)."""
        signs = np.zeros((len(self), len(noise)))
        places = np.arange(len(self))
        signs[places, self.better], signs[places, self.worse] = 1.0, -1.0
        return np.asarray((signs * noise) @ signs.T)

    def without_implied(self) -> "ShownGames":
        """Leave out what follows from two others: with a above b and b above c, that a is above c."""
        won = set(zip(self.better[~self.is_tied].tolist(), self.worse[~self.is_tied].tolist(), strict=True))
        below: dict[int, set[int]] = {}
        for better, worse in won:
            below.setdefault(better, set()).add(worse)
        implied = {(high, low) for high, mid in won for low in below.get(mid, ())}
        pairs = zip(self.better.tolist(), self.worse.tolist(), self.is_tied.tolist(), strict=True)
        kept = np.array([tied or (high, low) not in implied for high, low, tied in pairs], bool)
        return replace(self, better=self.better[kept], worse=self.worse[kept], is_tied=self.is_tied[kept])


def learn_choices(taste: TastePosterior, phi: Floats, noise: Floats, games: ShownGames) -> TastePosterior:
    """Learn all games between the pictures shown, of design rows phi (M, k) and noise (M,); s stays as expected.

    A choice has no scale of its own, so that the spread of the rater's scale is what their ratings say.
    """
    games = games.without_implied()
    if not len(games):
        return replace(taste, count=taste.count + games.screens)
    rows, shared = games.differences(phi), games.shared_noise(noise)
    scaled = rows @ taste.factor
    value, variance = match_factors(rows @ taste.mean, taste.spread * (scaled @ scaled.T + shared), games.is_tied)
    says = np.isfinite(variance)
    root = cholesky(shared[np.ix_(says, says)] + np.diag(variance[says] / taste.spread), lower=True)
    after = taste.update_many(
        solve_triangular(root, rows[says], lower=True),
        solve_triangular(root, value[says], lower=True),
        np.ones(int(says.sum())),
    )
    return replace(after, shape=taste.shape, rate=taste.rate, count=taste.count + games.screens)


def match_factors(mean: Floats, covariance: Floats, is_tied: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return the Gaussian factors of g > 0, of g = 0 for a tie, as values and variances (G,).

    The prior of g is N(mean, covariance); a factor that says nothing has infinite variance.
    """
    value, variance = np.zeros(len(mean)), np.zeros(len(mean))
    tied, open_ = np.flatnonzero(is_tied), np.flatnonzero(~is_tied)
    mean, covariance = _given_ties(mean, covariance, tied, open_)
    precision, shift = _matched(mean, covariance)
    says = precision * np.diag(covariance) > WEAKEST
    value[open_] = np.divide(shift, precision, out=np.zeros_like(shift), where=says)
    variance[open_] = np.divide(1.0, precision, out=np.full_like(shift, np.inf), where=says)
    return value, variance


def _given_ties(mean: Floats, covariance: Floats, tied: Ints, others: Ints) -> tuple[Floats, Floats]:
    """Return mean and covariance of the others, given that these differences are zero."""
    if not len(tied):
        return mean, covariance
    across = covariance[np.ix_(tied, others)]
    known = cho_factor(covariance[np.ix_(tied, tied)], lower=True)
    left = covariance[np.ix_(others, others)] - across.T @ cho_solve(known, across)
    return mean[others] - across.T @ cho_solve(known, mean[tied]), left


def _matched(mean: Floats, covariance: Floats) -> tuple[Floats, Floats]:
    """Return precisions and precision-weighted means of the factors of g > 0, (G,) each."""
    precision, shift = np.zeros(len(mean)), np.zeros(len(mean))
    scale, before = np.sqrt(np.diag(covariance)), np.full(len(mean), np.inf)
    damping, last = DAMPING, np.inf
    for _ in range(SWEEPS):
        centre, spread = _marginals(mean, covariance, precision, shift)
        moved = float(np.max(np.abs(centre - before) / scale, initial=0.0))
        if moved < SETTLED:
            break
        damping, last, before = (damping / 2 if moved > last else damping), moved, centre
        cavity = 1.0 / np.maximum(1.0 / spread - precision, 1.0 / np.square(scale))  # rounding may say less
        away = cavity * (centre / spread - shift)
        wanted = _truncated(away, cavity)
        precision += damping * (wanted[0] - precision)
        shift += damping * (wanted[1] - shift)
    return precision, shift


def _marginals(mean: Floats, covariance: Floats, precision: Floats, shift: Floats) -> tuple[Floats, Floats]:
    """Return mean and variance of each g under the factors so far."""
    root = np.sqrt(precision)
    inner = cholesky(np.eye(len(root)) + root[:, None] * covariance * root, lower=True)
    half = solve_triangular(inner, root[:, None] * covariance, lower=True)
    pull = shift - precision * mean
    return mean + covariance @ pull - half.T @ (half @ pull), np.diag(covariance) - np.square(half).sum(axis=0)


def _truncated(away: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """Return precision and shift of the factor that gives N(away, variance) the moments it has above zero."""
    z = away / np.sqrt(variance)
    ratio = np.exp(-0.5 * np.square(z) - LOG_ROOT - log_ndtr(z))
    shrink = np.clip(ratio * (ratio + z), 0.0, 1.0 - SHARPEST)
    left = variance * (1.0 - shrink)
    return shrink / left, (away + np.sqrt(variance) * ratio) / left - away / variance
