"""Fit consensus and prior of tastes to choices alone: variances by their likelihood, then the joint posterior.

A choice has no scale: doubling every liking and every noise changes nothing. The noise of one opinion is therefore
fixed, at about what raters of pictures on five steps have (`NOISE`), so that likings come out as they would on a rating
scale of [0, 1]; 0.5 stands for the average picture. What the blocks of features explain is found by the likelihood of
the choices with their factors fixed, whose slope at the factors' fixed point is that of the whole likelihood (Rasmussen
& Williams 2006, 5.5.2), and stays near what is usual of ratings where choices are few.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from scipy.linalg import solve_triangular

from scoring.ml.data.arrays import Floats
from scoring.ml.data.games import GameList, GameSnapshot
from scoring.ml.features.feature_map import Features, fit_features
from scoring.ml.features.similarity import fit_likeness
from scoring.ml.linear.backbone import Consensus, LinearBackbone, Projection, Regression, SeenImages, fit_projection
from scoring.ml.linear.variance_components import Problem, Usual, fit_components
from scoring.ml.taste.comparisons import match_factors
from scoring.ml.taste.head import TasteHead
from scoring.ml.taste.joint_games import MatchedGames, RaterGames, match_games
from scoring.ml.taste.marginal_likelihood import (
    ConsensusPrior,
    JointConsensus,
    exact_consensus,
    leading_directions,
    prior_root,
)

NOISE = 0.03  # variance of one opinion
MIDDLE = 0.5  # liking of the average picture
CONSENSUS, TASTE = 1.0, 0.4  # usual variances, as shares of the noise
AGREEMENT = 0.1  # usual variance of how closely raters follow the consensus
LOOSENESS = 1.5  # sd of the log of a variance around the usual one
LEVEL = 1e-4  # variance of a rater's level, which no choice tells
SHAPE = 10.0  # of the prior on the spread of a rater's scale, which no choice tells either
ROUNDS = 2  # in which factors and variances take turns
PASSES = 2  # of the joint posterior: the second knows the consensus that raters may follow more or less closely


@dataclass(frozen=True, kw_only=True)
class GameSettings:
    """Bound the work of a fit to choices."""

    most_exact: int = 600  # images of which the posterior is computed exactly; of more, only what features explain
    opinion_size: int = 600  # dimensions of the consensus
    taste_size: int = 128  # dimensions of a taste
    unknown_size: int = 24  # directions of what is unknown of the consensus
    component_games: int = 300  # that variances are estimated on
    games_per_rater: int = 40  # of them
    most_games: int = 50_000  # that the consensus learns from; of more, those of some raters
    seed: int = 0


class _Variances(NamedTuple):
    """Hold what each block explains of the consensus and of tastes, and what the image itself does of the former."""

    opinion: Floats  # (B,)
    image: float
    taste: Floats  # (B',)


@dataclass(frozen=True, kw_only=True)
class GamesFit:
    """Hold a backbone and a prior of tastes, and how the search for factors ended."""

    backbone: LinearBackbone
    head: TasteHead
    matched: MatchedGames
    games: int  # that the consensus learned from


def fit_games(snapshot: GameSnapshot, settings: GameSettings) -> GamesFit:
    """Fit the model to all games."""
    games = _of_some_raters(snapshot.games.without_implied().by_rater(), settings)
    compared = games.images()
    images = snapshot.images.take(compared)
    feature_map = fit_features(images)
    features = feature_map.apply(images)
    placed = replace(
        games, better=np.searchsorted(compared, games.better), worse=np.searchsorted(compared, games.worse)
    )
    rough = _fit_variances(placed, (features, features), settings)
    likeness = fit_likeness(features, images, rough.opinion, seed=settings.seed)
    wide = likeness.widened(features, images)
    found = _fit_variances(placed, (wide, features), settings)
    opinion = fit_projection(wide, found.opinion, size=settings.opinion_size)
    taste = fit_projection(features, found.taste, size=settings.taste_size)
    x, left_out = opinion.apply(wide)
    prior = ConsensusPrior(x=x, tau=found.image + left_out)
    matched, joint = _joint_posterior(placed, prior, taste.apply(features), settings)
    blank = Projection(variances=np.zeros(len(features.widths)), rotation=np.zeros((features.values.shape[1], 0)))
    backbone = LinearBackbone(
        features=feature_map,
        likeness=likeness,
        opinion=opinion,
        consensus=_consensus(joint, found.image, images.keys),
        taste=taste,
        division=blank,
    )
    head = _head(taste.rotation.shape[1] + joint.directions.shape[1])
    return GamesFit(backbone=backbone, head=head, matched=matched, games=len(games))


def _of_some_raters(games: GameList, settings: GameSettings) -> GameList:
    if len(games) <= settings.most_games:
        return games
    raters = np.random.default_rng(settings.seed).permutation(np.unique(games.rater))
    kept = raters[: max(round(len(raters) * settings.most_games / len(games)), 1)]
    return games.take(np.isin(games.rater, kept))


def _fit_variances(games: GameList, features: tuple[Features, Features], settings: GameSettings) -> _Variances:
    """Let factors and variances take turns on a sample; features are those of the consensus and of tastes."""
    sample = _sample(games, settings)
    opinion, taste = (_difference_kernels(sample, one) for one in features)
    same = sample.rater[:, None] == sample.rater
    kernels = np.array([*opinion, sample.shared(np.ones(1 + games.images().max())), *(same * one for one in taste)])
    blocks = len(opinion)
    usual = np.full(len(kernels), CONSENSUS * NOISE / (blocks + 1))
    usual[blocks + 1 :] = TASTE * NOISE / len(taste)
    noise = sample.screen_noise(np.full(1 + games.images().max(), NOISE))
    variances = usual
    for _ in range(ROUNDS):
        total = np.tensordot(variances, kernels, axes=1) + noise
        value, spread = match_factors(np.zeros(len(sample)), total, sample.is_tied)
        says = np.isfinite(spread)
        part = np.ix_(says, says)
        problem = Problem(
            kernels=kernels[:, says][:, :, says], residual=value[says], fixed=noise[part] + np.diag(spread[says])
        )
        variances = fit_components([problem], variances, Usual(variances=usual, looseness=LOOSENESS)).variances
    return _Variances(opinion=variances[:blocks], image=float(variances[blocks]), taste=variances[blocks + 1 :])


def _sample(games: GameList, settings: GameSettings) -> GameList:
    """Draw raters, and games of each, that are enough to estimate variances."""
    rng = np.random.default_rng(settings.seed)
    order = rng.permutation(len(games))
    of_rater = np.argsort(games.rater[order], kind="stable")
    rater = games.rater[order][of_rater]
    _, starts, counts = np.unique(rater, return_index=True, return_counts=True)
    nth = np.arange(len(rater)) - np.repeat(starts, counts)
    rows, turn = order[of_rater][nth < settings.games_per_rater], nth[nth < settings.games_per_rater]
    first = rng.permutation(len(counts))[np.searchsorted(np.unique(rater), games.rater[rows])]
    chosen = rows[np.lexsort((turn, first))][: settings.component_games]
    return games.take(np.sort(chosen))


def _difference_kernels(games: GameList, features: Features) -> list[Floats]:
    """Return for each block how alike the differences of games are; what its rotation leaves out counts as nothing."""
    rows = games.differences(features.values)
    edges = np.cumsum([0, *features.widths])
    return [rows[:, start:stop] @ rows[:, start:stop].T for start, stop in pairwise(edges)]


def _joint_posterior(
    games: GameList, prior: ConsensusPrior, taste: tuple[Floats, Floats], settings: GameSettings
) -> tuple[MatchedGames, JointConsensus]:
    """Match all games; in the second pass raters may follow the consensus of the first more or less closely."""
    z, rest = taste
    is_exact = len(prior.x) <= settings.most_exact
    basis = prior_root(prior) if is_exact else prior.x
    unexplained = np.zeros(len(prior.x)) if is_exact else prior.tau
    mean = np.zeros(len(prior.x))
    for _ in range(PASSES):
        phi = np.column_stack([np.sqrt(AGREEMENT) * mean, z])
        matched = match_games([_rater_games(one, basis, phi, (NOISE + rest, unexplained)) for one in games.parts()])
        half = solve_triangular(matched.root, basis.T, lower=True)
        mean = half.T @ solve_triangular(matched.root, matched.pull, lower=True)
    if is_exact:
        return matched, exact_consensus(prior, (basis, half), mean, settings.unknown_size)
    return matched, _explained_consensus(prior, matched, mean, settings.unknown_size)


def _rater_games(games: GameList, basis: Floats, phi: Floats, noise: tuple[Floats, Floats]) -> RaterGames:
    rows = games.differences(phi)
    covariance = rows @ rows.T + games.screen_noise(noise[0]) + games.shared(noise[1])
    return RaterGames(design=games.differences(basis), covariance=covariance, is_tied=games.is_tied)


def _explained_consensus(prior: ConsensusPrior, matched: MatchedGames, mean: Floats, size: int) -> JointConsensus:
    """Give the posterior of the weights alone: nothing is learned of what features do not explain of an image."""
    factor = solve_triangular(matched.root, np.eye(len(matched.root)), lower=True).T
    directions = factor @ leading_directions(prior.x @ factor, size)
    return JointConsensus(
        weights=factor @ (factor.T @ matched.pull),
        factor=factor,
        mean=mean,
        variance=np.square(prior.x @ factor).sum(axis=1) + prior.tau,
        directions=directions,
        reach=prior.x @ directions,
    )


def _consensus(joint: JointConsensus, image_variance: float, keys: Sequence[str]) -> Consensus:
    return Consensus(
        regression=Regression(
            intercept=MIDDLE, weights=joint.weights, factor=joint.factor, gain=1.0, image_variance=image_variance
        ),
        directions=joint.directions,
        seen=SeenImages(
            keys=tuple(keys),
            mean=MIDDLE + joint.mean,
            variance=np.maximum(joint.variance - np.square(joint.reach).sum(axis=1), 0.0),
            reach=joint.reach,
        ),
    )


def _head(width: int) -> TasteHead:
    """Give the prior of a taste: what differs between raters has the structure that was found, and no more."""
    root = np.concatenate([np.sqrt([LEVEL, AGREEMENT]), np.ones(width)])
    mean = np.concatenate([[MIDDLE, 1.0], np.zeros(width)])
    return TasteHead(mean=mean, factor=np.diag(root), noise=NOISE, shape=SHAPE, offset=MIDDLE)
