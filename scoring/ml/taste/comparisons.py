"""What all comparisons by one rater say of their taste, at once: expectation propagation over the games they imply.

Each picture shown has the value u = phi . w + e, e ~ N(0, s R), drawn again on every screen. A game says that the value
of one picture is above that of another, a tie that both are the same. With A the differences of the games, g = A u is

    g ~ N(A phi mean, s (A phi C phi' A' + A R A')),

and the answers say g > 0. Games of one screen share the values of its pictures, so that "best, then worst" among four
counts as the one order that it is, and not as five independent choices. Each g > 0 is replaced by a Gaussian factor of
the same moments, in turn until none changes (Minka 2001; Rasmussen & Williams 2006, 3.6): the posterior is the same in
whatever order answers came. These factors are ratings of differences, from which the posterior follows in closed form.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, cho_factor, cho_solve, cholesky, solve_triangular
from scipy.special import erfcx

from scoring.ml.data.arrays import Floats, Ints
from scoring.ml.data.games import needed_games
from scoring.ml.taste.posterior import TastePosterior

Report = Callable[[str], None]  # gets one sentence on what did not settle
warn_of_choices: Report = logging.getLogger(__name__).warning

AT_ONCE = 250  # games learned in one posterior: of more, the earlier ones are learned first, or it would take seconds
SWEEPS = 200
SETTLED = 1e-6  # change of every mean, in its own sd, at which factors count as found
DAMPINGS = 0.8, 0.1  # share of each step that is taken, tried in turn: factors changed all at once may overshoot
LOST = 1e3  # change of a mean, in its own sd, from which a search goes nowhere
WEAKEST = 1e-9  # precision of a factor, in prior variances, below which it says nothing
SHARPEST = 1e-6  # variance, as a share of the one before, that the greatest surprise leaves; less is lost in rounding
RATIO = np.sqrt(2.0 / np.pi)


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
        """Leave out what follows from two others."""
        kept = needed_games(self.better, self.worse, self.is_tied)
        return replace(self, better=self.better[kept], worse=self.worse[kept], is_tied=self.is_tied[kept])


def learn_choices(
    taste: TastePosterior, phi: Floats, noise: Floats, games: ShownGames, *, report: Report = warn_of_choices
) -> TastePosterior:
    """Learn all games between the pictures shown, of design rows phi (M, k) and noise (M,); s stays as expected.

    A choice has no scale of its own, so that the spread of the rater's scale is what their ratings say.
    """
    games = games.without_implied()
    if not len(games):
        return replace(taste, count=taste.count + games.screens)
    rows, shared = games.differences(phi), games.shared_noise(noise)
    scaled = rows @ taste.factor
    covariance = taste.spread * (scaled @ scaled.T + shared)
    value, variance = match_factors(rows @ taste.mean, covariance, games.is_tied, report=report)
    says = np.isfinite(variance)
    root = cholesky(shared[np.ix_(says, says)] + np.diag(variance[says] / taste.spread), lower=True)
    after = taste.update_many(
        solve_triangular(root, rows[says], lower=True),
        solve_triangular(root, value[says], lower=True),
        np.ones(int(says.sum())),
    )
    return replace(after, shape=taste.shape, rate=taste.rate, count=taste.count + games.screens)


def match_factors(
    mean: Floats, covariance: Floats, is_tied: NDArray[np.bool_], *, report: Report = warn_of_choices
) -> tuple[Floats, Floats]:
    """Return the Gaussian factors of g > 0, of g = 0 for a tie, as values and variances (G,).

    The prior of g is N(mean, covariance); a factor that says nothing has infinite variance.
    """
    value, variance = np.zeros(len(mean)), np.zeros(len(mean))
    tied, open_ = np.flatnonzero(is_tied), np.flatnonzero(~is_tied)
    mean, covariance = _given_ties(mean, covariance, tied, open_)
    precision, shift = _matched(mean, covariance, report)
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


def _matched(mean: Floats, covariance: Floats, report: Report) -> tuple[Floats, Floats]:
    """Return precisions and precision-weighted means of the factors of g > 0, (G,) each.

    Factors that do not settle are searched for again in smaller steps; `report` gets a sentence if these do not settle
    either, as can happen where likings are thought to differ fifty times as much as the noise of one opinion.
    """
    for damping in DAMPINGS:
        precision, shift, moved = _search_factors(mean, covariance, damping)
        if moved < SETTLED:
            return precision, shift
    lost = "are left out" if np.isinf(moved) else f"still moved by {moved:.0e} sd after {SWEEPS} sweeps"
    report(f"expectation propagation does not settle over {len(mean)} choices: they {lost}")
    return precision, shift


def _search_factors(mean: Floats, covariance: Floats, damping: float) -> tuple[Floats, Floats, float]:
    """Return precisions, shifts and how far the last sweep moved a mean; blank ones, infinitely far, if it diverges."""
    precision, shift = np.zeros(len(mean)), np.zeros(len(mean))
    prior, before, moved, last = np.diag(covariance), np.full(len(mean), np.inf), np.inf, np.inf
    for _ in range(SWEEPS):
        try:
            centre, spread = _marginals(mean, covariance, precision, shift)
        except LinAlgError:  # factors so sharp that nothing is left of the identity
            return np.zeros(len(mean)), np.zeros(len(mean)), np.inf
        moved = float(np.max(np.abs(centre - before) / np.sqrt(prior), initial=0.0))
        if moved < SETTLED:
            break
        if LOST < moved < np.inf or not np.isfinite(centre).all():
            return np.zeros(len(mean)), np.zeros(len(mean)), np.inf
        damping, last, before = (damping / 2 if moved > last else damping), moved, centre
        known = spread > 0.0  # rounding may leave nothing
        inverse = 1.0 / np.where(known, spread, prior)
        cavity = 1.0 / np.maximum(inverse - precision, 1.0 / prior)  # rounding may say less
        wanted = truncated_factor(cavity * (centre * inverse - shift), cavity)
        precision += np.where(known, damping * (wanted[0] - precision), 0.0)
        shift += np.where(known, damping * (wanted[1] - shift), 0.0)
    return precision, shift, moved


def _marginals(mean: Floats, covariance: Floats, precision: Floats, shift: Floats) -> tuple[Floats, Floats]:
    """Return mean and variance of each g under the factors so far."""
    root = np.sqrt(precision)
    inner = cholesky(np.eye(len(root)) + root[:, None] * covariance * root, lower=True)
    half = solve_triangular(inner, root[:, None] * covariance, lower=True)
    pull = shift - precision * mean
    return mean + covariance @ pull - half.T @ (half @ pull), np.diag(covariance) - np.square(half).sum(axis=0)


def truncated_factor(away: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """Return precision and shift of the factor that gives N(away, variance) the moments it has above zero."""
    z = away / np.sqrt(variance)
    ratio = RATIO / erfcx(-z / np.sqrt(2.0))  # N(z) / Phi(z), without the difference of logarithms that may overflow
    shrink = np.clip(ratio * (ratio + z), 0.0, 1.0 - SHARPEST)
    left = variance * (1.0 - shrink)
    return shrink / left, (away + np.sqrt(variance) * ratio) / left - away / variance
