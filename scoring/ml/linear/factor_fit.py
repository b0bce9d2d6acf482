"""Fit collaborative factors: ratings show how images differ in ways that divide raters.

Beside level a and agreement s with the consensus c, rater r has liking h for the factors t of image i:

    rating = a + s c + h . t + e,    h ~ N(0, I),    t ~ N(m, diag(psi)),    e ~ N(0, (noise + extra) / weight)

Mean-field variational EM: raters given images, images given raters, in turn; the scale of h, which only
the product fixes, is set to one after each turn, which speeds it up (Liu 1998, PX-EM).
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.linalg import LinearOperator, eigsh

from scoring.ml.data.arrays import Floats, Ints

MOST_FACTORS = 8
LEAST_KNOWN = 0.2  # spread of a factor over images, as a share of its uncertainty
LEAST_NOISE = 0.05  # share of the first estimate of the noise
TINY = 1e-9
NEGLIGIBLE = 1e-12  # share of the largest squared singular value that rounding leaves
CHUNK = 100_000  # ratings that are left out at once


@dataclass(frozen=True, kw_only=True)
class FactorRatings:
    """Hold n ratings of raters and images that are numbered from zero, and the prior of (a, s)."""

    rater: Ints  # (n,)
    image: Ints  # (n,)
    value: Floats  # (n,)
    level: Floats  # (n, 2), rows (1, c)
    extra: Floats  # (n,), noise variance beyond the common one
    weight: Floats  # (n,)
    raters: int
    images: int
    prior_mean: Floats  # (2,)
    prior_covariance: Floats  # (2, 2)

    def precision(self, noise: float) -> Floats:
        """Return the inverse noise variance of each rating, (n,)."""
        return self.weight / (noise + self.extra)

    def learners(self) -> Ints:
        """Return the raters that have ratings."""
        return np.unique(self.rater)


@dataclass(frozen=True, kw_only=True)
class RaterFactors:
    """Hold the posterior of (a, s, h) for every rater."""

    mean: Floats  # (raters, 2 + q)
    covariance: Floats  # (raters, 2 + q, 2 + q)

    @property
    def h(self) -> Floats:
        """Return the expected liking, (raters, q)."""
        return self.mean[:, 2:]

    def squared(self) -> Floats:
        """Return E[h h'], (raters, q, q)."""
        return np.asarray(self.h[:, :, None] * self.h[:, None, :] + self.covariance[:, 2:, 2:])

    def turned(self, turn: Floats) -> "RaterFactors":
        """Return the likings for factors t @ turn, (q, q)."""
        whole = np.eye(self.mean.shape[1])
        whole[2:, 2:] = np.linalg.inv(turn)
        return RaterFactors(mean=self.mean @ whole.T, covariance=whole @ self.covariance @ whole.T)


@dataclass(frozen=True, kw_only=True)
class ImageFactors:
    """Hold the posterior of t for every image, in the form that one rating can be taken out of."""

    mean: Floats  # (images, q)
    variance: Floats  # (images, q)
    precision: Floats  # (images, q, q)
    pull: Floats  # (images, q), precision @ mean


@dataclass(frozen=True, kw_only=True)
class ImageEvidence:
    """Hold the evidence of the ratings about every image's factors, without the prior."""

    precision: Floats  # (images, q, q)
    pull: Floats  # (images, q)

    def with_prior(self, mean: Floats, psi: Floats) -> ImageFactors:
        """Return the posterior under t ~ N(mean, diag(psi))."""
        precision, pull = self.precision + np.diag(1.0 / psi), self.pull + mean / psi
        covariance = np.linalg.inv(precision)
        return ImageFactors(
            mean=np.einsum("ifg,ig->if", covariance, pull),
            variance=np.einsum("iff->if", covariance),
            precision=precision,
            pull=pull,
        )

    def alone(self, mean: Floats) -> tuple[Floats, Floats]:
        """Return the estimate of each factor, the others at `mean`, and its variance, (images, q) each."""
        own = np.maximum(np.einsum("iff->if", self.precision), TINY)
        others = np.einsum("ifg,ig->if", self.precision, mean) - own * mean
        return (self.pull - others) / own, 1.0 / own


@dataclass(frozen=True, kw_only=True)
class FactorState:
    """Hold where the fit stands."""

    rater_factors: RaterFactors
    image_factors: ImageFactors
    noise: float
    least_noise: float


def initial_state(table: FactorRatings, *, noise: float) -> FactorState | None:
    """Start from the singular vectors of what level and agreement leave; None if that is nothing."""
    size = min(MOST_FACTORS, min(len(table.learners()), table.images) - 1)
    if size < 1:
        return None
    none = np.zeros((table.images, 0))
    image_factors = ImageFactors(mean=none, variance=none, precision=none[:, :, None], pull=none)
    least = LEAST_NOISE * noise
    for _ in range(3):
        rater_factors = rater_posteriors(table, image_factors, noise)
        left = unexplained(table, rater_factors)
        noise = max(float(np.average(np.square(left) - table.extra, weights=table.weight)), least)
    spread = float(left.std())
    if spread < TINY:
        return None
    mean = _leading(table, left, size) * 0.4 * spread
    variance = np.full(mean.shape, 0.01 * spread**2)
    return FactorState(
        rater_factors=rater_factors,
        image_factors=replace(image_factors, mean=mean, variance=variance),
        noise=noise,
        least_noise=least,
    )


def _leading(table: FactorRatings, left: Floats, size: int) -> Floats:
    """Return the leading image vectors, each of mean square one, (images, q)."""
    by_rater, by_image = np.bincount(table.rater), np.bincount(table.image)
    scaled = left / np.sqrt(by_rater[table.rater] * by_image[table.image])  # few ratings are mostly noise
    matrix = csr_array((scaled, (table.rater, table.image)), shape=(table.raters, table.images))
    return np.asarray(leading_axes(matrix, size) * np.sqrt(table.images))


def leading_axes(matrix: csr_array, size: int) -> Floats:
    """Return at most `size` right singular vectors, the strongest first, (columns, q), of a matrix that is not zero.

    Directions in which the matrix is zero but for rounding are left out: which ones these are is chance. SciPy's
    `svds` returns them, drawn from the operating system's randomness whatever seed it is given (1.17.1).
    """
    narrow = matrix.T if matrix.shape[0] < matrix.shape[1] else matrix  # (m, n), m >= n

    def squared(vector: Floats) -> Floats:
        return np.asarray(narrow.T @ (narrow @ vector))

    gram = LinearOperator(dtype=np.float64, shape=(narrow.shape[1], narrow.shape[1]), matvec=squared)
    values, vectors = eigsh(gram, k=size, rng=np.random.default_rng(0))
    real = np.argsort(-values)[: int((values > NEGLIGIBLE * values.max()).sum())]
    axes = vectors[:, real]
    if narrow is matrix:
        return np.asarray(axes)
    return np.asarray((matrix.T @ axes) / np.sqrt(values[real]))


def improved_state(table: FactorRatings, state: FactorState) -> FactorState:
    """Improve everything once, the factors in order of their spread and each with a variance of its own."""
    state = with_noise(table, improved_raters(table, state))
    prior = np.maximum((np.square(state.image_factors.mean) + state.image_factors.variance).mean(axis=0), TINY)
    evidence = image_evidence(table, state)
    return replace(state, image_factors=evidence.with_prior(np.zeros_like(evidence.pull), prior))


def supported_factors(state: FactorState) -> FactorState | None:
    """Drop factors that are mostly uncertainty; None if no other is left."""
    image_factors = state.image_factors
    known = np.square(image_factors.mean).mean(axis=0) > LEAST_KNOWN * image_factors.variance.mean(axis=0)
    if not known.any():
        return None
    return replace(
        state,
        image_factors=replace(
            image_factors, mean=image_factors.mean[:, known], variance=image_factors.variance[:, known]
        ),
    )


def improved_raters(table: FactorRatings, state: FactorState) -> FactorState:
    """Learn raters from images; then h has unit covariance, and the factors are uncorrelated."""
    image_factors = state.image_factors
    rater_factors = rater_posteriors(table, image_factors, state.noise)
    scatter = rater_factors.squared()[table.learners()].mean(axis=0)
    root = np.linalg.cholesky(scatter)
    spread = image_factors.mean @ root
    _, axes = np.linalg.eigh(spread.T @ spread)
    turn = root @ axes[:, ::-1]
    variance = image_factors.variance @ np.square(turn)
    return replace(
        state,
        rater_factors=rater_factors.turned(turn),
        image_factors=replace(image_factors, mean=image_factors.mean @ turn, variance=variance),
    )


def rater_posteriors(table: FactorRatings, image_factors: ImageFactors, noise: float) -> RaterFactors:
    """Learn every rater's level, agreement and liking; what is unknown of t counts as noise."""
    rows = np.column_stack([table.level, image_factors.mean[table.image]])
    variance = (noise + table.extra) / table.weight + image_factors.variance.sum(axis=1)[table.image]
    prior = np.eye(rows.shape[1])
    prior[:2, :2] = np.linalg.inv(table.prior_covariance)
    gram, cross = _moments(table.rater, table.raters, rows, 1.0 / variance, table.value)
    cross[:, :2] += prior[:2, :2] @ table.prior_mean
    covariance = np.asarray(np.linalg.inv(prior + gram), np.float64)
    return RaterFactors(mean=np.einsum("rjk,rk->rj", covariance, cross), covariance=covariance)


def image_evidence(table: FactorRatings, state: FactorState) -> ImageEvidence:
    """Sum the evidence that raters, under their posteriors, give of every image."""
    h, precision = state.rater_factors.h, table.precision(state.noise)
    left = unexplained(table, state.rater_factors)
    gram, cross = _moments(table.image, table.images, h[table.rater], precision, left)
    spread = state.rater_factors.covariance[:, 2:, 2:]
    for row, column in np.ndindex(*gram.shape[1:]):
        gram[:, row, column] += np.bincount(table.image, precision * spread[table.rater, row, column], table.images)
    return ImageEvidence(precision=gram, pull=cross)


def unexplained(table: FactorRatings, rater_factors: RaterFactors) -> Floats:
    """Return what level and agreement leave of each rating, (n,)."""
    return np.asarray(table.value - (table.level * rater_factors.mean[table.rater, :2]).sum(axis=1))


def with_noise(table: FactorRatings, state: FactorState) -> FactorState:
    """Set the noise to the expected squared error."""
    rater_factors, image_factors, rater, image = state.rater_factors, state.image_factors, table.rater, table.image
    t, h = image_factors.mean[image], rater_factors.h[rater]
    error = unexplained(table, rater_factors) - (h * t).sum(axis=1)
    rows = np.column_stack([table.level, t])
    unsure = np.zeros(len(error))
    for row, column in np.ndindex(rows.shape[1], rows.shape[1]):
        unsure += rater_factors.covariance[rater, row, column] * rows[:, row] * rows[:, column]
    squared = np.einsum("rff->rf", rater_factors.squared())
    unsure += (squared[rater] * image_factors.variance[image]).sum(axis=1)
    noise = float(np.average(np.square(error) + unsure - table.extra, weights=table.weight))
    return replace(state, noise=max(noise, state.least_noise))


def leave_one_out(table: FactorRatings, state: FactorState) -> tuple[Floats, Floats]:
    """Return (n, q) and (n,): each rating's image, mean and summed variance, as it would be without the rating."""
    squared, left, precision = (
        state.rater_factors.squared(),
        unexplained(table, state.rater_factors),
        table.precision(state.noise),
    )
    means, variances = [], []
    for start in range(0, len(left), CHUNK):
        part = slice(start, start + CHUNK)
        rater, image = table.rater[part], table.image[part]
        own = squared[rater] * precision[part, None, None]
        covariance = np.linalg.inv(state.image_factors.precision[image] - own)
        pull = state.image_factors.pull[image] - state.rater_factors.h[rater] * (precision * left)[part, None]
        means.append(np.einsum("nfg,ng->nf", covariance, pull))
        variances.append(np.einsum("nff->n", covariance))
    return np.concatenate(means), np.concatenate(variances)


def _moments(group: Ints, count: int, rows: Floats, weight: Floats, value: Floats) -> tuple[Floats, Floats]:
    """Return sum of w x x' and of w x y within each group, (count, k, k) and (count, k)."""
    width = rows.shape[1]
    gram, cross = np.empty((count, width, width)), np.empty((count, width))
    for place in range(width):
        weighted = weight * rows[:, place]
        cross[:, place] = np.bincount(group, weighted * value, count)
        for other in range(place, width):
            gram[:, place, other] = gram[:, other, place] = np.bincount(group, weighted * rows[:, other], count)
    return gram, cross
