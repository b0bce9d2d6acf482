"""Choose what a rater compares next, two pictures or several, by the criterion that ratings are chosen by.

Pictures shown together have the values u = phi w + e, e ~ N(0, s R): u ~ N(m, V), V = s (phi C phi' + R). An answer
says which is the best, and of three or more which is the worst. It moves the expected weights by A (E[u | answer] - m),
A = s C phi' V^-1, so that by the law of total variance it is expected to take from the covariance of the weights

    A Q A',   Q = Cov(E[u | answer]),

and from the variance of the target, whose second moments are M, tr(Q A' M A). Of two pictures, with their difference d,
tau = s (d' C d + R_1 + R_2) and a = d . mean / sqrt(tau), that is

    N(a)^2 / (Phi(a) Phi(-a)) . s^2 d' C M C d / tau :

a rating of the difference would be the same without the first factor. A pair that the rater surely decides one way
teaches little, however different the pictures. Of more pictures Q is found from draws of u, sorted by answer.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from scoring.ml.data.arrays import Floats, Ints
from scoring.ml.reward import RepresentedImages, RewardModel
from scoring.ml.selection.acquisition import AcquisitionSettings, ChosenRow, Policy, draw_batch, draw_uniformly
from scoring.ml.taste.posterior import TastePosterior

PAIR = 2
MOST_PAIRS = 2000  # that are looked at for one batch
MOST_SETS = 300  # of three pictures or more
DRAWS = 256  # of the values of a set's pictures
USUAL = AcquisitionSettings()


@dataclass(frozen=True, kw_only=True)
class ComparisonRequest:
    """Hold a rater's taste and the comparisons to choose from."""

    model: RewardModel
    taste: TastePosterior
    images: RepresentedImages  # (N,)
    sets: Ints  # (P, n), rows of the images that are shown together; -1 after the last where there are fewer
    count: int
    target: RepresentedImages | None = None  # images to put in order; without it those of each comparison
    share: float = 1.0  # probability of each comparison of the study to be among these
    settings: AcquisitionSettings = USUAL


def choose_comparisons(policy: Policy, request: ComparisonRequest, rng: np.random.Generator) -> list[ChosenRow]:
    """Choose up to `count` different comparisons in the order they should be answered."""
    total = len(request.sets)
    count = min(request.count, total)
    if count <= 0:
        return []
    if policy == "random":
        return draw_uniformly(total, count, request.share, rng)
    most = max(MOST_PAIRS if request.sets.shape[1] == PAIR else MOST_SETS, 2 * count)
    rows = np.arange(total) if total <= most else rng.choice(total, size=most, replace=False, shuffle=False)
    scorer = ExpectedLearning(request, np.asarray(rows, np.int64), rng)
    return draw_batch(scorer, rows, count, share=request.share * len(rows) / total, settings=request.settings, rng=rng)


class ExpectedLearning:
    """Score comparisons by how much their answers are expected to reduce the variance of the target.

    All in coordinates where the covariance of the weights before the batch is the identity.
    """

    def __init__(self, request: ComparisonRequest, looked_at: Ints, rng: np.random.Generator) -> None:
        model, taste = request.model, request.taste
        factor = np.sqrt(taste.spread) * taste.factor
        design = model.design(request.images)
        self._mean = design @ taste.mean  # (N,)
        self._rows = design @ factor  # (N, k)
        self._noise = taste.spread * model.noise(request.images)  # (N,)
        self._sets = request.sets[looked_at]
        self._by_size = list(places_by_size(self._sets))
        self._moments = self._moments_of(None if request.target is None else model.design(request.target) @ factor)
        self._covariance = np.eye(factor.shape[1])  # (k, k)
        half = rng.standard_normal((DRAWS // 2, self._sets.shape[1]))
        self._draws = np.concatenate([half, -half])  # their mean is zero
        self.open = np.ones(len(looked_at), bool)

    def scores(self) -> Floats:
        """Return the expected reduction of variance, in squared ratings."""
        found = np.zeros(len(self._sets))
        for places, size in self._by_size:
            pull, spread = self._answers(self._sets[places, :size])
            found[places] = np.einsum("pij,pij->p", spread, (pull @ self._moments) @ pull.transpose(0, 2, 1))
        return np.maximum(found, 0.0)

    def learn(self, place: int) -> None:
        """Close this comparison, and move the covariance as its answer is expected to."""
        shown = self._sets[place]
        pull, spread = self._answers(shown[None, shown >= 0])
        self._covariance -= pull[0].T @ spread[0] @ pull[0]
        self.open[place] = False

    def _answers(self, sets: Ints) -> tuple[Floats, Floats]:
        """Return A' (P, n, k) and Q (P, n, n) of sets of n pictures."""
        rows = self._rows[sets]
        seen = rows @ self._covariance
        value = seen @ rows.transpose(0, 2, 1)
        diagonal = np.arange(sets.shape[1])
        value[:, diagonal, diagonal] += self._noise[sets]
        return np.linalg.solve(value, seen), spread_by_answer(self._mean[sets], value, self._draws[:, diagonal])

    def _moments_of(self, target: Floats | None) -> Floats:
        """Return the second moments of the target's rows about their mean, or of each comparison's about its own."""
        if target is not None:
            parts = [target - target.mean(axis=0)]
        else:
            shown = [self._rows[self._sets[places, :size]] for places, size in self._by_size]
            parts = [(rows - rows.mean(axis=1, keepdims=True)).reshape(-1, rows.shape[2]) for rows in shown]
        rows = np.concatenate(parts)
        return np.asarray(rows.T @ rows / len(rows))


def places_by_size(sets: Ints) -> Iterator[tuple[Ints, int]]:
    """Give the rows of the sets of each number of pictures, and that number."""
    sizes = (sets >= 0).sum(axis=1)
    for size in np.unique(sizes):
        yield np.flatnonzero(sizes == size), int(size)


def spread_by_answer(mean: Floats, covariance: Floats, draws: Floats) -> Floats:
    """Return Cov(E[u | answer]), (P, n, n), of values N(mean, covariance), (P, n), from standard draws (D, n)."""
    sets, size = mean.shape
    if size == PAIR:
        across = covariance[:, :, 0] - covariance[:, :, 1]  # with the difference of both
        total = across[:, 0] - across[:, 1]
        share = expected_share((mean[:, 0] - mean[:, 1]) / np.sqrt(total))
        return np.asarray((share / total)[:, None, None] * across[:, :, None] * across[:, None, :])
    away = draws @ np.linalg.cholesky(covariance).transpose(0, 2, 1)  # (P, D, n)
    value = mean[:, None, :] + away
    answers = size * size
    said = value.argmax(axis=2) * size + value.argmin(axis=2) + answers * np.arange(sets)[:, None]
    count = np.bincount(said.ravel(), minlength=sets * answers)
    sums = np.stack([np.bincount(said.ravel(), one.ravel(), sets * answers) for one in np.moveaxis(away, 2, 0)], axis=1)
    means = (sums / np.sqrt(len(draws) * np.maximum(count, 1))[:, None]).reshape(sets, answers, size)
    return np.asarray(means.transpose(0, 2, 1) @ means)


def expected_share(away: Floats) -> Floats:
    """Return N(a)^2 / (Phi(a) Phi(-a)); in logarithms, so that what is sure stays finite."""
    return np.asarray(np.exp(2.0 * norm.logpdf(away) - norm.logcdf(away) - norm.logcdf(-away)))
