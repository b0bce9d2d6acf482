"""The joint posterior of the mean opinion and all tastes given choices alone: expectation propagation over all games.

With c = B w the consensus about the images, w ~ N(0, I), and for rater r the differences A of the pictures of their
games, the design rows phi of their taste and the noise R of single opinions,

    g = A B w + A phi b + A e,   b ~ N(0, I),   e ~ N(0, R) on every screen,   and answers say g > 0.

Each answer is replaced by a Gaussian factor in g of precision T and shift h. Given w, raters do not depend on one
another, so each is integrated out: with D = A B, G = A (phi phi' + R) A' and W = (G + T^-1)^-1, J = I - G W,

    P = I + sum D' W D,   E[w] = P^-1 sum D' J' h,   E[g] = J D E[w] + J G h,   cov[g] = J G + J D P^-1 D' J'.

All factors are matched to the moments that they have above zero, in turn, until none moves. What is left is linear and
Gaussian, as it is of ratings: a choice counts as one observed difference of two design rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cholesky, solve_triangular

from scoring.ml.data.arrays import Floats
from scoring.ml.data.games import Flags
from scoring.ml.taste.comparisons import truncated_factor

SWEEPS = 100
SETTLED = 1e-3  # change of every mean, in its prior sd, at which factors count as found
DAMPING = 0.8  # share of each step that is taken
TIE = 0.01  # variance of a tied difference, as a share of its prior variance


@dataclass(frozen=True, kw_only=True)
class RaterGames:
    """Hold n games of one rater."""

    design: Floats  # (n, q), D
    covariance: Floats  # (n, n), G
    is_tied: Flags  # (n,)

    @property
    def prior_variance(self) -> Floats:
        """Return the variance of each difference before any answer, (n,)."""
        return np.asarray(np.diag(self.covariance) + np.square(self.design).sum(axis=1))


@dataclass(kw_only=True)
class Factors:
    """Hold the Gaussian factors of one rater's games so far."""

    precision: Floats  # (n,)
    shift: Floats  # (n,)


@dataclass(frozen=True, kw_only=True)
class MatchedGames:
    """Hold what all games say of the weights w ~ N(P^-1 pull, P^-1), and how the search for factors ended."""

    root: Floats  # (q, q), lower, P = root root'
    pull: Floats  # (q,)
    sweeps: int
    moved: float  # last change of a mean, in prior sd

    @property
    def is_settled(self) -> bool:
        """Tell whether factors were found, and did not merely stop."""
        return self.moved < SETTLED


@dataclass(frozen=True, kw_only=True)
class _Conditional:
    """Hold a rater's games given w: g ~ N(pull w + known, spread)."""

    slope: Floats  # (n, q), J D
    known: Floats  # (n,), J G h
    spread: Floats  # (n,), diagonal of J G


def match_games(raters: Sequence[RaterGames]) -> MatchedGames:
    """Find the factors of all games of all raters."""
    factors = [_blank_factors(one) for one in raters]
    before, damping, last = [np.full(len(one.is_tied), np.inf) for one in raters], DAMPING, np.inf
    moved, sweeps = np.inf, 0
    while moved >= SETTLED and sweeps < SWEEPS:
        sweeps += 1
        parts = []
        precision, pull = np.eye(raters[0].design.shape[1]), np.zeros(raters[0].design.shape[1])
        for one, found in zip(raters, factors, strict=True):
            part, kept = _given_weights(one, found)
            precision += kept.T @ kept  # D' W D; one matrix, where one per rater would take gigabytes
            pull += part.slope.T @ found.shift  # D' J' h
            parts.append(part)
        root = cholesky(precision, lower=True)
        weights = solve_triangular(root, solve_triangular(root, pull, lower=True), lower=True, trans="T")
        moved = 0.0
        for place, (one, part) in enumerate(zip(raters, parts, strict=True)):
            mean = part.slope @ weights + part.known
            half = solve_triangular(root, part.slope.T, lower=True)
            moved = max(moved, float(np.max(np.abs(mean - before[place]) / np.sqrt(one.prior_variance))))
            _match(one, factors[place], mean, part.spread + np.square(half).sum(axis=0), damping)
            before[place] = mean
        damping, last = (damping / 2 if moved > last else damping), moved
    return MatchedGames(root=root, pull=pull, sweeps=sweeps, moved=moved)


def _blank_factors(games: RaterGames) -> Factors:
    tied = np.where(games.is_tied, 1.0 / (TIE * games.prior_variance), 0.0)
    return Factors(precision=tied, shift=np.zeros(len(tied)))


def _given_weights(games: RaterGames, factors: Factors) -> tuple[_Conditional, Floats]:
    """Return a rater's games given w, and a root of D' W D, (n, q)."""
    root, covariance = np.sqrt(factors.precision), games.covariance
    inner = cholesky(np.eye(len(root)) + root[:, None] * covariance * root, lower=True)
    half = solve_triangular(inner, np.diag(root), lower=True)  # W = half' half
    across = half @ covariance
    left = covariance - across.T @ across  # J G
    kept = half @ games.design
    slope = games.design - across.T @ kept
    return _Conditional(slope=slope, known=left @ factors.shift, spread=np.diag(left).copy()), kept


def _match(games: RaterGames, factors: Factors, mean: Floats, variance: Floats, damping: float) -> None:
    """Move each factor towards the moments above zero, in place; those of ties stay."""
    cavity = 1.0 / np.maximum(1.0 / variance - factors.precision, 1.0 / games.prior_variance)
    away = cavity * (mean / variance - factors.shift)
    precision, shift = truncated_factor(away, cavity)
    step = np.where(games.is_tied, 0.0, damping)
    factors.precision = factors.precision + step * (precision - factors.precision)
    factors.shift = factors.shift + step * (shift - factors.shift)
