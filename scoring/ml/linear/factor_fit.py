"""Fit collaborative factors: who likes what tells how images differ in ways that divide raters.

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
LEAST_NOISE = 0.05  # share of the noise first thought of
TINY = 1e-9
NEGLIGIBLE = 1e-12  # share of the largest squared singular value that rounding leaves
CHUNK = 100_000  # ratings whose own say is taken out at once


@dataclass(frozen=True, kw_only=True)
class Table:
    """Hold n ratings of raters and images that are numbered from nought, and the prior of (a, s)."""

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
class Likings:
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

    def turned(self, turn: Floats) -> "Likings":
        """Return the likings for factors t @ turn, (q, q)."""
        whole = np.eye(self.mean.shape[1])
        whole[2:, 2:] = np.linalg.inv(turn)
        return Likings(mean=self.mean @ whole.T, covariance=whole @ self.covariance @ whole.T)


@dataclass(frozen=True, kw_only=True)
class Marks:
    """Hold the posterior of t for every image, in the form that one rating can be taken out of."""

    mean: Floats  # (images, q)
    variance: Floats  # (images, q)
    precision: Floats  # (images, q, q)
    pull: Floats  # (images, q), precision @ mean


@dataclass(frozen=True, kw_only=True)
class Said:
    """Hold what the ratings say of every image's factors, without the prior."""

    precision: Floats  # (images, q, q)
    pull: Floats  # (images, q)

    def with_prior(self, mean: Floats, psi: Floats) -> Marks:
        """Return the posterior under t ~ N(mean, diag(psi))."""
        precision, pull = self.precision + np.diag(1.0 / psi), self.pull + mean / psi
        covariance = np.linalg.inv(precision)
        return Marks(
            mean=np.einsum("ifg,ig->if", covariance, pull),
            variance=np.einsum("iff->if", covariance),
            precision=precision,
            pull=pull,
        )

    def alone(self, mean: Floats) -> tuple[Floats, Floats]:
        """Return what is said of each factor, the others at `mean`, and its variance, (images, q) each."""
        own = np.maximum(np.einsum("iff->if", self.precision), TINY)
        others = np.einsum("ifg,ig->if", self.precision, mean) - own * mean
        return (self.pull - others) / own, 1.0 / own


@dataclass(frozen=True, kw_only=True)
class State:
    """Hold where the fit stands."""

    likings: Likings
    marks: Marks
    noise: float
    least_noise: float


def begin(table: Table, *, noise: float) -> State | None:
    """Start from the singular vectors of what level and agreement leave; None if that is nothing."""
    size = min(MOST_FACTORS, min(len(table.learners()), table.images) - 1)
    if size < 1:
        return None
    none = np.zeros((table.images, 0))
    marks = Marks(mean=none, variance=none, precision=none[:, :, None], pull=none)
    least = LEAST_NOISE * noise
    for _ in range(3):
        likings = raters_given_images(table, marks, noise)
        left = unexplained(table, likings)
        noise = max(float(np.average(np.square(left) - table.extra, weights=table.weight)), least)
    spread = float(left.std())
    if spread < TINY:
        return None
    mean = _leading(table, left, size) * 0.4 * spread
    variance = np.full(mean.shape, 0.01 * spread**2)
    return State(likings=likings, marks=replace(marks, mean=mean, variance=variance), noise=noise, least_noise=least)


def _leading(table: Table, left: Floats, size: int) -> Floats:
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


def free_round(table: Table, state: State) -> State:
    """Improve everything once, the factors in order of their spread and each with a variance of its own."""
    state = with_noise(table, improved_raters(table, state))
    prior = np.maximum((np.square(state.marks.mean) + state.marks.variance).mean(axis=0), TINY)
    said = said_of_images(table, state)
    return replace(state, marks=said.with_prior(np.zeros_like(said.pull), prior))


def keep_known(state: State) -> State | None:
    """Drop factors that are mostly uncertainty; None if no other is left."""
    marks = state.marks
    known = np.square(marks.mean).mean(axis=0) > LEAST_KNOWN * marks.variance.mean(axis=0)
    if not known.any():
        return None
    return replace(state, marks=replace(marks, mean=marks.mean[:, known], variance=marks.variance[:, known]))


def improved_raters(table: Table, state: State) -> State:
    """Learn raters from images; then h has unit covariance, and the factors are uncorrelated."""
    marks = state.marks
    likings = raters_given_images(table, marks, state.noise)
    scatter = likings.squared()[table.learners()].mean(axis=0)
    root = np.linalg.cholesky(scatter)
    spread = marks.mean @ root
    _, axes = np.linalg.eigh(spread.T @ spread)
    turn = root @ axes[:, ::-1]
    variance = marks.variance @ np.square(turn)
    return replace(state, likings=likings.turned(turn), marks=replace(marks, mean=marks.mean @ turn, variance=variance))


def raters_given_images(table: Table, marks: Marks, noise: float) -> Likings:
    """Learn every rater's level, agreement and liking; what is unknown of t counts as noise."""
    rows = np.column_stack([table.level, marks.mean[table.image]])
    variance = (noise + table.extra) / table.weight + marks.variance.sum(axis=1)[table.image]
    prior = np.eye(rows.shape[1])
    prior[:2, :2] = np.linalg.inv(table.prior_covariance)
    gram, cross = _moments(table.rater, table.raters, rows, 1.0 / variance, table.value)
    cross[:, :2] += prior[:2, :2] @ table.prior_mean
    covariance = np.asarray(np.linalg.inv(prior + gram), np.float64)
    return Likings(mean=np.einsum("rjk,rk->rj", covariance, cross), covariance=covariance)


def said_of_images(table: Table, state: State) -> Said:
    """Gather what raters, as they are known, say of every image."""
    h, precision = state.likings.h, table.precision(state.noise)
    left = unexplained(table, state.likings)
    gram, cross = _moments(table.image, table.images, h[table.rater], precision, left)
    spread = state.likings.covariance[:, 2:, 2:]
    for row, column in np.ndindex(*gram.shape[1:]):
        gram[:, row, column] += np.bincount(table.image, precision * spread[table.rater, row, column], table.images)
    return Said(precision=gram, pull=cross)


def unexplained(table: Table, likings: Likings) -> Floats:
    """Return what level and agreement leave of each rating, (n,)."""
    return np.asarray(table.value - (table.level * likings.mean[table.rater, :2]).sum(axis=1))


def with_noise(table: Table, state: State) -> State:
    """Set the noise to the expected squared error."""
    likings, marks, rater, image = state.likings, state.marks, table.rater, table.image
    t, h = marks.mean[image], likings.h[rater]
    error = unexplained(table, likings) - (h * t).sum(axis=1)
    rows = np.column_stack([table.level, t])
    unsure = np.zeros(len(error))
    for row, column in np.ndindex(rows.shape[1], rows.shape[1]):
        unsure += likings.covariance[rater, row, column] * rows[:, row] * rows[:, column]
    squared = np.einsum("rff->rf", likings.squared())
    unsure += (squared[rater] * marks.variance[image]).sum(axis=1)
    noise = float(np.average(np.square(error) + unsure - table.extra, weights=table.weight))
    return replace(state, noise=max(noise, state.least_noise))


def without_own(table: Table, state: State) -> tuple[Floats, Floats]:
    """Return (n, q) and (n,): each rating's image, mean and summed variance, as it would be without the rating."""
    squared, left, precision = state.likings.squared(), unexplained(table, state.likings), table.precision(state.noise)
    means, variances = [], []
    for start in range(0, len(left), CHUNK):
        part = slice(start, start + CHUNK)
        rater, image = table.rater[part], table.image[part]
        own = squared[rater] * precision[part, None, None]
        covariance = np.linalg.inv(state.marks.precision[image] - own)
        pull = state.marks.pull[image] - state.likings.h[rater] * (precision * left)[part, None]
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
