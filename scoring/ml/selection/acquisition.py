"""Choose a rater's next images: informative, varied, and drawn with a recorded probability.

Every policy is one scheme. Candidates get a score; the next image of a batch is drawn from

    p(i) = floor / n + (1 - floor) softmax(score(i) / temperature)

over the n candidates still open, the scores are corrected for what the draw will teach, and the
next one is drawn. The propensity of a choice is its p at that draw: the probability given the
batch so far. From a large pool a uniform sample of m is taken first; the propensity is then
m / N times p, whose inverse still weighs without bias.

Measured as SROCC on unseen images, 25 ratings chosen actively less 50 drawn at random, paired by
rater with 95 % intervals: +0.005 (-0.012 to 0.023) for 60 new raters of a made-up set of 900 images
where tastes differ in six directions, -0.014 (-0.034 to 0.009) once collaborative factors make 25 random
ratings nearly as good as 50, -0.003 (-0.019 to 0.014) for 40 where they hardly differ, and
+0.005 (-0.006 to 0.016) for the 40 new raters of avt-ai-images over splits 0 to 3, whose pools of
about 100 images leave little to choose.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from scoring.ml.data.arrays import Floats, Ints
from scoring.ml.reward import RepresentedImages, RewardModel
from scoring.ml.taste.posterior import TastePosterior

Policy = Literal["burn-in", "active", "random"]
NEW_RATER_RATINGS = 25  # ratings until which a rater is new; with twice as many exploration has its full share
LEAST_EXPLORATION = 0.1  # share of it before


@dataclass(frozen=True, kw_only=True)
class AcquisitionSettings:
    """Set how much to explore."""

    floor: float = 0.1  # share drawn uniformly
    temperature: float = 0.05  # of scores scaled to [0, 1]
    pool: int = 4000  # candidates that are scored
    target: int = 400  # images that stand for those the rater will be judged on
    closest: float = 0.98  # cosine in z above which two images are near-duplicates

    def for_rater(self, known: int) -> "AcquisitionSettings":
        """Explore little while a rater is new: each rating chosen then counts most. It rises later."""
        share = min(max(known / NEW_RATER_RATINGS - 1.0, LEAST_EXPLORATION), 1.0)
        return replace(self, floor=share * self.floor, temperature=share * self.temperature)


@dataclass(frozen=True, kw_only=True)
class AcquisitionRequest:
    """Hold a rater's taste and the candidates to choose from."""

    model: RewardModel
    taste: TastePosterior
    candidates: RepresentedImages  # (N,) images that may be chosen
    count: int
    target: RepresentedImages | None = None  # images to predict well; the candidates without it
    taken: RepresentedImages | None = None  # images queued already, not yet rated
    rated: RepresentedImages | None = None  # images rated already, which burn-in keeps away from
    share: float = 1.0  # probability of each image of the study to be among the candidates
    settings: AcquisitionSettings = AcquisitionSettings()


@dataclass(frozen=True, kw_only=True)
class ChosenRow:
    """Hold one chosen candidate, its probability and its score."""

    row: int
    propensity: float
    score: float


class Scorer(Protocol):
    """Say what each candidate is worth, given those chosen before."""

    open: NDArray[np.bool_]  # which may still be chosen

    def scores(self) -> Floats:
        """Return the worth of each."""

    def learn(self, place: int) -> None:
        """Take this one as chosen."""


def choose(policy: Policy, request: AcquisitionRequest, rng: np.random.Generator) -> list[ChosenRow]:
    """Choose up to `count` different candidates in the order they should be rated."""
    count = min(request.count, len(request.candidates))
    if count <= 0:
        return []
    if policy == "random":
        return draw_uniformly(len(request.candidates), count, request.share, rng)
    rows, share = _subsample(request, rng)
    scorer = _SCORERS[policy](request, rows, rng)
    return draw_batch(scorer, rows, count, share=request.share * share, settings=request.settings, rng=rng)


def draw_batch(
    scorer: Scorer, rows: Ints, count: int, *, share: float, settings: AcquisitionSettings, rng: np.random.Generator
) -> list[ChosenRow]:
    """Draw candidates by their scores, one after the other; `share` is the probability of each to be in `rows`."""
    choices: list[ChosenRow] = []
    for _ in range(count):
        scores = scorer.scores()
        place, chance = drawn_place(scores, scorer.open, settings, rng)
        choices.append(ChosenRow(row=int(rows[place]), propensity=share * chance, score=float(scores[place])))
        scorer.learn(place)
    return choices


def draw_uniformly(total: int, count: int, share: float, rng: np.random.Generator) -> list[ChosenRow]:
    """Draw different candidates, each as likely as the others."""
    rows = rng.choice(total, size=count, replace=False)
    return [ChosenRow(row=int(row), propensity=share / (total - drawn), score=0.0) for drawn, row in enumerate(rows)]


def _subsample(request: AcquisitionRequest, rng: np.random.Generator) -> tuple[Ints, float]:
    """Return the rows to look at closely and the probability of each to be among them."""
    total = len(request.candidates)
    size = max(request.settings.pool, 2 * request.count)
    if total <= size:
        return np.arange(total), 1.0
    rows = rng.choice(total, size=size, replace=False, shuffle=False)
    return np.asarray(rows, np.int64), size / total


def drawn_place(
    scores: Floats, free: NDArray[np.bool_], settings: AcquisitionSettings, rng: np.random.Generator
) -> tuple[int, float]:
    """Draw one of the free candidates by their scores; give its place and its probability."""
    chance = _mixture(scores, free, settings)
    place = int(np.searchsorted(np.cumsum(chance), rng.random() * chance.sum(), side="right"))
    return place, float(chance[place])


def _mixture(scores: Floats, free: NDArray[np.bool_], settings: AcquisitionSettings) -> Floats:
    """Return the probability of each candidate; those not open have none."""
    usable = np.where(free, scores, -np.inf)
    low, high = float(scores[free].min()), float(usable.max())
    tempered = np.exp((usable - high) / (settings.temperature * max(high - low, 1e-12)))
    chance = settings.floor * free / free.sum()
    chance += (1.0 - settings.floor) * tempered / tempered.sum()
    return np.asarray(chance)


class VarianceReduction:
    """Score by how much a rating would reduce the predictive variance over the target.

    With C the covariance of the weights, s the design row of a candidate and M the second
    moments of the target's rows, score = s' C M C s / (s' C s + noise): the expected reduction
    of variance per target image. A choice moves C by the rank-one step of a rating, whose value
    is not needed, and every candidate's terms follow in O(k). All in coordinates where the
    covariance before the batch is the identity.
    """

    def __init__(self, request: AcquisitionRequest, rows: Ints, rng: np.random.Generator) -> None:
        taste = _posterior_of_queued(request)
        factor = np.sqrt(taste.spread) * taste.factor
        candidates = request.candidates.take(rows)
        self.open = np.ones(len(rows), bool)
        self._rows = request.model.design(candidates) @ factor  # (n, k)
        self._noise = taste.spread * request.model.noise(candidates)  # (n,)
        self._moments = self._target(request, factor, rng)  # (k, k)
        self._covariance = np.eye(factor.shape[1])  # (k, k)
        self._variance = np.square(self._rows).sum(axis=1)  # (n,), s' C s
        self._gain = ((self._rows @ self._moments) * self._rows).sum(axis=1)  # (n,), s' C M C s
        self._unit = _unit_rows(candidates.z)
        self._closest = request.settings.closest
        if request.taken is not None and len(request.taken):
            self._close_like(_unit_rows(request.taken.z))

    def scores(self) -> Floats:
        """Return the expected reduction of variance per target image, in squared ratings."""
        return np.asarray(np.maximum(self._gain, 0.0) / (self._variance + self._noise))

    def learn(self, place: int) -> None:
        """Close this candidate and its like, and move the covariance as if it had been rated."""
        seen = self._covariance @ self._rows[place]  # C s
        aimed = self._covariance @ (self._moments @ seen)  # C M C s
        total = float(self._variance[place] + self._noise[place])
        shared, aligned = (self._rows @ np.column_stack([seen, aimed])).T  # (n,) each
        pull = shared / total
        self._gain += pull * (pull * float(seen @ self._moments @ seen) - 2.0 * aligned)
        self._variance = np.maximum(self._variance - pull * shared, 0.0)
        self._covariance -= np.outer(seen, seen) / total
        self.open[place] = False
        self._close_like(self._unit[place : place + 1])

    def _target(self, request: AcquisitionRequest, factor: Floats, rng: np.random.Generator) -> Floats:
        """Return the second moments of target rows in the whitened weights, (k, k)."""
        phi = _target_rows(request, rng)
        phi -= phi.mean(axis=0)  # what shifts all images equally does not order them
        white = phi @ factor
        return np.asarray(white.T @ white / len(phi))

    def _close_like(self, unit: Floats) -> None:
        """Close near-duplicates of these, unless that would close every candidate."""
        free = self.open & ((self._unit @ unit.T).max(axis=1) < self._closest)
        if free.any():
            self.open = free


class DiverseVarianceReduction(VarianceReduction):
    """Score a new rater's first images: informative of all the rater does, and spread out in z.

    Unlike active choice, which aims at the order of images, burn-in also wants to know how high
    this rater rates and how closely they follow the consensus.
    """

    def __init__(self, request: AcquisitionRequest, rows: Ints, rng: np.random.Generator) -> None:
        super().__init__(request, rows, rng)
        self._distance = np.ones(len(rows))
        for known in (request.rated, request.taken):
            if known is not None and len(known):
                self._leave(_unit_rows(known.z))

    def scores(self) -> Floats:
        """Weigh the reduction of variance by the distance from what is chosen already."""
        return np.asarray(super().scores() * self._distance)

    def learn(self, place: int) -> None:
        """Remember how far every candidate is from this one."""
        self._leave(self._unit[place : place + 1])
        super().learn(place)

    def _leave(self, unit: Floats) -> None:
        distance = 0.5 * (1.0 - (self._unit @ unit.T).max(axis=1))
        self._distance = np.minimum(self._distance, np.maximum(distance, 0.0))

    def _target(self, request: AcquisitionRequest, factor: Floats, rng: np.random.Generator) -> Floats:
        phi = _target_rows(request, rng) @ factor
        return np.asarray(phi.T @ phi / len(phi))


def _posterior_of_queued(request: AcquisitionRequest) -> TastePosterior:
    """Return the taste as if the images queued already had been rated as expected."""
    taken, model = request.taken, request.model
    if taken is None or not len(taken):
        return request.taste
    phi, noise = model.design(taken), model.noise(taken)
    expected = phi @ request.taste.mean
    after = request.taste.update_many(phi, expected, noise)
    return TastePosterior(
        mean=after.mean,
        factor=after.factor,
        shape=request.taste.shape,  # imagined ratings say nothing about the spread of the scale
        rate=request.taste.rate,
        count=request.taste.count,
    )


def _target_rows(request: AcquisitionRequest, rng: np.random.Generator) -> Floats:
    """Return the design rows of a sample of the target."""
    target = request.candidates if request.target is None else request.target
    size = min(request.settings.target, len(target))
    rows = rng.choice(len(target), size=size, replace=False, shuffle=False)
    return request.model.design(target.take(np.asarray(rows, np.int64)))


def _unit_rows(z: Floats) -> Floats:
    length = np.linalg.norm(z, axis=1, keepdims=True)
    return np.asarray(z / np.maximum(length, 1e-12))


_SCORERS: Mapping[Policy, type[VarianceReduction]] = {
    "active": VarianceReduction,
    "burn-in": DiverseVarianceReduction,
}
