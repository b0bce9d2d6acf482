"""Measure a model on choices that it has not learned from: how often it is right, and what chance it gave to them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression

from scoring.ml.data.arrays import Floats, Ints
from scoring.ml.data.games import GameList, GameSnapshot
from scoring.ml.evaluation.metrics import Estimate, bootstrap_mean
from scoring.ml.reward import RepresentedImages, RewardModel
from scoring.ml.taste.posterior import TastePosterior

COMPONENTS = 48  # of the features, for the model of one utility
PENALTIES = (0.01, 0.1, 1.0, 10.0)  # inverse ones, of the same
PARTS = 5  # that the penalty is chosen on
LEAST = 1e-6  # chance of anything


@dataclass(frozen=True, kw_only=True)
class ScoredGames:
    """Hold held-out games that were decided, and the chance that a model gave to what was said."""

    rater: Ints  # (Q,)
    chance: Floats  # (Q,)

    def accuracy(self) -> Floats:
        """Return the share of each rater's games that the model expected as they went, (raters,)."""
        return self._mean((self.chance > 0.5) + 0.5 * (self.chance == 0.5))

    def log_likelihood(self) -> Floats:
        """Return the mean log chance of what each rater said, in nats per game, (raters,)."""
        return self._mean(np.log(np.maximum(self.chance, LEAST)))

    def confidence(self) -> Floats:
        """Return how often the model expected to be right, mean over each rater's games, (raters,)."""
        return self._mean(np.maximum(self.chance, 1.0 - self.chance))

    def _mean(self, values: Floats) -> Floats:
        _, rater = np.unique(self.rater, return_inverse=True)
        return np.asarray(np.bincount(rater, values) / np.bincount(rater))

    def estimates(self) -> dict[str, Estimate]:
        """Return each figure as a mean over raters with its interval."""
        return {
            "accuracy": bootstrap_mean(self.accuracy()),
            "log_likelihood": bootstrap_mean(self.log_likelihood()),
            "confidence": bootstrap_mean(self.confidence()),
        }


def decided(games: GameList) -> GameList:
    """Keep the games that one image won, without those that follow from others of their screen."""
    needed = games.without_implied()
    return needed.take(~needed.is_tied)


def standing(
    model: RewardModel, images: RepresentedImages, taste: TastePosterior, games: GameList
) -> tuple[Floats, Floats]:
    """Return by how much the better image of each game is expected to be liked more, and the sd of that, (G,) each."""
    rows, noise = games.differences(model.design(images)), model.noise(images)
    mean, variance = taste.predict(rows, noise[games.better] + noise[games.worse])
    return mean, model.head.width(taste.count) * np.sqrt(variance)


def score_games(
    model: RewardModel, images: RepresentedImages, games: GameList, tastes: Mapping[int, TastePosterior]
) -> ScoredGames:
    """Give the chance of what each rater said; one without taste is expected to have the prior's."""
    games = decided(games).by_rater()
    chance = np.zeros(len(games))
    start = 0
    for mine in games.parts():
        taste = tastes.get(int(mine.rater[0])) or model.prior()
        mean, sd = standing(model, images, taste, mine)
        chance[start : start + len(mine)] = norm.cdf(mean / sd)
        start += len(mine)
    return ScoredGames(rater=games.rater, chance=chance)


def one_utility(snapshot: GameSnapshot, games: GameList) -> ScoredGames:
    """Predict games by one utility for everybody, linear in components of the features (Bradley & Terry 1952)."""
    known = decided(snapshot.games)
    features = np.hstack([snapshot.images.features, snapshot.images.prompt_features]).astype(np.float64)
    spread = features.std(axis=0)
    features = (features - features.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    size = min(COMPONENTS, *(length - 1 for length in features.shape))
    x = PCA(n_components=max(size, 1), random_state=0, whiten=True).fit_transform(features)
    part = np.random.default_rng(0).permutation(len(known)) % PARTS
    scores = []
    for penalty in PENALTIES:
        parts = [(known.take(part != place), known.take(part == place)) for place in range(PARTS)]
        found = [np.log(_chances(_utility(x, train, penalty), x, test)).mean() for train, test in parts if len(test)]
        scores.append(float(np.mean(found)))
    weights = _utility(x, known, PENALTIES[int(np.argmax(scores))])
    query = decided(games).by_rater()
    return ScoredGames(rater=query.rater, chance=_chances(weights, x, query))


def _utility(x: Floats, games: GameList, penalty: float) -> Floats:
    rows = games.differences(x)
    both = np.vstack([rows, -rows])  # each game from both sides: the fit needs both outcomes
    outcome = np.repeat([1, 0], len(rows))
    fitted = LogisticRegression(C=penalty / 2, fit_intercept=False, max_iter=500).fit(both, outcome)
    return np.asarray(fitted.coef_[0])


def _chances(weights: Floats, x: Floats, games: GameList) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-games.differences(x) @ weights)))
