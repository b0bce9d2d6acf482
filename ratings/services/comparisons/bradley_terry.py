"""Bradley-Terry and Elo from a list of games between conditions; arrays in, arrays out.

A tie is half a win for either side, in both. Bradley-Terry puts P(i beats j) = 1 / (1 + exp(theta_j - theta_i));
its strengths are given on Elo's scale, where 400 points are odds of ten to one, around a mean of 1000. Elo proper
plays the games one after the other; since its result depends on their order, it is averaged over shuffled orders.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import choix
import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components
from scipy.special import expit
from scipy.stats import binomtest, norm

from ratings.values.study_figures import BradleyTerryScore, SideShare, Strength

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

HALF = 0.5
MEAN = 1000.0
POINTS = 400 / math.log(10)  # of Elo, per unit of log odds
STEP = 16.0  # Elo's K
ORDERS = 50
RESAMPLES = 200
PRIOR = 0.01  # of choix's regularisation, where some condition never lost or never met the others
LEVEL = 0.95


@dataclass(frozen=True, kw_only=True)
class Games:
    """Choices as games: who chose, which two conditions, and what the first got (1, 0, or 0.5 for a tie)."""

    rater: Integers  # (g,)
    first: Integers  # (g,)
    second: Integers  # (g,)
    score: Floats  # (g,)
    conditions: int

    def taken(self, rows: Integers) -> "Games":
        """Give some of the games, in that order."""
        return Games(
            rater=self.rater[rows],
            first=self.first[rows],
            second=self.second[rows],
            score=self.score[rows],
            conditions=self.conditions,
        )


def win_matrix(games: Games) -> Floats:
    """Count how often each condition beat each other one, ties as half a win for both: (n, n)."""
    wins = np.zeros((games.conditions, games.conditions))
    np.add.at(wins, (games.first, games.second), games.score)
    np.add.at(wins, (games.second, games.first), 1 - games.score)
    return wins


def is_connected(wins: Floats) -> bool:
    """Tell whether strengths are finite: whether a chain of wins leads from every condition to every other."""
    return bool(connected_components(wins > 0, connection="strong")[0] == 1)


def bradley_terry(wins: Floats) -> Floats:
    """Fit the strengths by maximum likelihood, on Elo's scale: (n,); with a slight prior where they are not finite."""
    alpha = 0.0 if is_connected(wins) else PRIOR
    strengths: Floats = choix.ilsr_pairwise_dense(wins, alpha=alpha)
    return np.asarray(MEAN + POINTS * (strengths - strengths.mean()))


def elo(games: Games, orders: Integers) -> Floats:
    """Play the games in each of several orders (o, g), -1 for none, all orders at once; mean ratings: (n,)."""
    lanes = np.arange(len(orders))
    ratings = np.full((len(orders), games.conditions), MEAN)
    for game in orders.T:
        one, other = games.first[game], games.second[game]
        expected = 1 / (1 + np.exp((ratings[lanes, other] - ratings[lanes, one]) / POINTS))
        moved = np.where(game >= 0, STEP * (games.score[game] - expected), 0.0)
        ratings[lanes, one] += moved
        ratings[lanes, other] -= moved
    return ratings


def shuffled(count: int, rng: np.random.Generator) -> Integers:
    """Give orders of so many games."""
    return np.stack([rng.permutation(count) for _ in range(ORDERS)])


def resampled(games: Games, rng: np.random.Generator) -> list[Integers]:
    """Draw raters with replacement and give all games of those drawn, once per resample."""
    raters = np.unique(games.rater)
    rows_of = [np.flatnonzero(games.rater == rater) for rater in raters]
    return [
        np.concatenate([rows_of[drawn] for drawn in rng.integers(len(raters), size=len(raters))])
        for _ in range(RESAMPLES)
    ]


def padded(rows: list[Integers], rng: np.random.Generator) -> Integers:
    """Shuffle each list of games and bring all to one length."""
    longest = max(map(len, rows))
    return np.stack([np.pad(rng.permutation(each), (0, longest - len(each)), constant_values=-1) for each in rows])


def ends(samples: Floats) -> list[tuple[float, float]]:
    """Give the interval of each column of resampled values (r, n)."""
    margin = 50 * (1 - LEVEL)
    low, high = np.percentile(samples, [margin, 100 - margin], axis=0)
    return list(zip(low.tolist(), high.tolist(), strict=True))


def not_narrower(found: list[tuple[float, float]], wins: Floats, fitted: Floats) -> Iterator[tuple[float, float]]:
    """Widen intervals to those of as many games by chance alone: few raters who happen to agree would have none.

    The standard errors are those of the observed information, a Laplacian over the games played.
    """
    strength = (fitted - fitted.mean()) / POINTS
    chance = expit(strength[:, None] - strength[None, :])
    weight = (wins + wins.T) * chance * (1 - chance)
    information = np.diag(weight.sum(axis=1)) - weight
    reach = norm.ppf((1 + LEVEL) / 2) * POINTS * np.sqrt(np.maximum(np.diag(np.linalg.pinv(information)), 0))
    for (low, high), middle, most in zip(found, fitted.tolist(), reach.tolist(), strict=True):
        yield min(low, middle - most), max(high, middle + most)


def scores(games: Games, rows: list[Integers]) -> list[BradleyTerryScore]:
    """Give each condition's games and Bradley-Terry score, with its interval over resampled games; none without."""
    wins = win_matrix(games)
    fitted = bradley_terry(wins)
    intervals: list[tuple[float | None, float | None]] = [(None, None)] * games.conditions
    if rows:
        found = ends(np.stack([bradley_terry(win_matrix(games.taken(each))) for each in rows]))
        intervals = list(not_narrower(found, wins, fitted))
    ties = np.bincount(
        np.concatenate([games.first, games.second]),
        np.tile(games.score == HALF, 2),
        games.conditions,
    )
    met = wins.sum(axis=1) + wins.sum(axis=0)
    return [
        BradleyTerryScore(
            games=int(met[place]),
            ties=int(ties[place]),
            win_share=float(wins[place].sum() / met[place]) if met[place] else None,
            bradley_terry=float(fitted[place]),
            bradley_terry_low=intervals[place][0],
            bradley_terry_high=intervals[place][1],
        )
        for place in range(games.conditions)
    ]


def strengths(games: Games, *, seed: int = 0) -> list[Strength]:
    """Give each condition's scores with intervals from a bootstrap over raters; none with fewer than two raters."""
    rng = np.random.default_rng(seed)
    played = elo(games, shuffled(len(games.score), rng)).mean(axis=0)
    rows = bootstrapped(games, rng)
    found = scores(games, rows)
    intervals: list[tuple[float | None, float | None]] = [(None, None)] * games.conditions
    if rows:
        intervals = list(ends(elo(games, padded(rows, rng))))
    return [
        Strength(**vars(one), elo=float(played[place]), elo_low=intervals[place][0], elo_high=intervals[place][1])
        for place, one in enumerate(found)
    ]


def bradley_terry_scores(games: Games, *, seed: int = 0) -> list[BradleyTerryScore]:
    """Give what `strengths` gives without Elo, which takes most of its time."""
    return scores(games, bootstrapped(games, np.random.default_rng(seed)))


def bootstrapped(games: Games, rng: np.random.Generator) -> list[Integers]:
    """Give resamples of the raters, or none where there are fewer than two."""
    return resampled(games, rng) if len(np.unique(games.rater)) > 1 else []


def compared_parts(wins: Floats) -> list[Integers]:
    """Give the conditions in parts that no chain of games connects: their strengths cannot be compared."""
    count, part_of = connected_components(wins + wins.T > 0, connection="weak")
    return [np.flatnonzero(part_of == part) for part in range(count)]


def side_share(*, left: int, decided: int) -> SideShare:
    """Give the share of decisions for the left picture, with Wilson's interval: half, where sides do not matter."""
    if not decided:
        return SideShare()
    found = binomtest(left, decided).proportion_ci(LEVEL, method="wilson")
    return SideShare(left=left, decided=decided, share=left / decided, low=float(found.low), high=float(found.high))
