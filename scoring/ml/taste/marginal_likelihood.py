"""The joint posterior of the mean opinion about images and of each rater's own taste.

For rater r who rated the images S, with design rows phi, b the weights beyond their mean and s the spread of the scale:

    t = f c_S + phi b + e,   b ~ N(0, s C),   e ~ N(0, s D),   c ~ N(0, K),   K = x x' + diag(tau)

where f is how closely the rater follows the consensus, as first estimated. Given c, raters do not depend on one
another, so each is integrated out: with Sigma_r = s (phi C phi' + D),

    P = K^-1 + sum f^2 S' Sigma_r^-1 S,   E[c] = P^-1 sum f S' Sigma_r^-1 t,   E[b] = s C phi' Sigma_r^-1 (t - f E[c]).

That is exact, in O(sum n_r^3 + N^3). Of more than `MOST_EXACT` images, the weights w of x and the rest u of each image
are found apart: w as if each rating of image i had tau_i n_i more noise, which is exact for equal raters,
then u and b in turn.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.linalg import cho_factor, cho_solve, cholesky, solve_triangular

from scoring.ml.data.arrays import Floats, Ints
from scoring.ml.taste.prior import Evidence
from scoring.ml.threads import limit_to_one_thread

MOST_EXACT = 1500  # images of which the posterior is computed exactly
MOST_RATINGS = 1_000_000  # that teach the covariance of many images' weights
ROUNDS = 3  # in which the rest of each image and the raters take turns
GROUPS = 16  # of raters whose sums are added in order, so that these are the same on any number of cores


@dataclass(frozen=True, kw_only=True)
class ConsensusPrior:
    """Hold the prior of N images from their features: c ~ N(0, x x' + diag(tau))."""

    x: Floats  # (N, m)
    tau: Floats  # (N,)


@dataclass(frozen=True, kw_only=True)
class Observations:
    """Hold R ratings; `evidence.value` is t, `evidence.extra` + `noise` over the weight is D."""

    evidence: Evidence  # its images are rows of the prior
    image: Ints  # (R,)
    noise: float
    factor: Floats  # (k, k), C = factor factor'
    spread: Floats  # (raters,), s
    follow: Floats  # (raters,), f

    def raters(self) -> Iterator[tuple[slice, float, float]]:
        """Return rows, spread and following of each rater."""
        return zip(self.evidence.raters(), self.spread.tolist(), self.follow.tolist(), strict=True)

    def groups(self) -> list[list[tuple[slice, float, float]]]:
        """Return the same of `GROUPS` groups of raters."""
        raters = list(self.raters())
        edges = np.linspace(0, len(raters), GROUPS + 1).astype(int)
        return [raters[start:stop] for start, stop in pairwise(edges)]

    def noise_of(self, rows: slice) -> Floats:
        """Return D of some ratings."""
        return (self.noise + self.evidence.extra[rows]) / self.evidence.weight[rows]


@dataclass(frozen=True, kw_only=True)
class JointConsensus:
    """Hold the posterior of the weights w, and of c = x w + u of the N images."""

    weights: Floats  # (m,), mean of w
    factor: Floats  # (m, m), covariance of w = factor factor'
    mean: Floats  # (N,), of c
    variance: Floats  # (N,)
    directions: Floats  # (m, q), error of w along its leading directions g ~ N(0, I): w = mean + directions g + rest
    reach: Floats  # (N, q), covariance of c and g


@dataclass(frozen=True, kw_only=True)
class RaterPosterior:
    """Hold one rater's weights given everything: b = mean - pull g + own, own ~ N(0, s factor factor')."""

    mean: Floats  # (k,)
    factor: Floats  # (k, k)
    pull: Floats  # (k, q)
    energy: float  # (t - f E c)' Sigma^-1 (t - f E c), times s


def joint_consensus(
    prior: ConsensusPrior, said: Observations, *, size: int, most_exact: int = MOST_EXACT
) -> JointConsensus:
    """Integrate the raters out; keep `size` directions of what stays unknown."""
    return (_exact if len(prior.x) <= most_exact else _approximate)(prior, said, size)


def _exact(prior: ConsensusPrior, said: Observations, size: int) -> JointConsensus:
    information, pull = _summed_information(said, len(prior.x))
    root = prior_root(prior)
    inner = cholesky(np.eye(len(root)) + root.T @ information @ root, lower=True)
    half = solve_triangular(inner, root.T, lower=True)  # covariance of c = half' half
    return exact_consensus(prior, (root, half), half.T @ (half @ pull), size)


def prior_root(prior: ConsensusPrior) -> Floats:
    """Return the lower root of K, (N, N)."""
    return np.asarray(cholesky(prior.x @ prior.x.T + np.diag(prior.tau), lower=True))


def exact_consensus(prior: ConsensusPrior, roots: tuple[Floats, Floats], mean: Floats, size: int) -> JointConsensus:
    """Find w behind the posterior of c: E[c] = mean, cov[c] = half' half, with the root of K beside half."""
    root, half = roots
    back = cho_solve((root, True), prior.x)  # K^-1 x
    left = np.eye(prior.x.shape[1]) - prior.x.T @ back  # of w, given c
    spread = half @ back
    covariance = left + spread.T @ spread
    factor = cholesky(covariance + 1e-9 * np.eye(len(covariance)), lower=True)
    leading = leading_directions(prior.x @ factor, size)  # (m, q), in the weights' whitened space
    shared = half.T @ spread  # covariance of c and w, (N, m)
    return JointConsensus(
        weights=back.T @ mean,
        factor=factor,
        mean=mean,
        variance=np.square(half).sum(axis=0),
        directions=factor @ leading,
        reach=shared @ solve_triangular(factor, leading, lower=True, trans="T"),
    )


def _summed_information(said: Observations, images: int) -> tuple[Floats, Floats]:
    """Return sum of S' Sigma^-1 S, (N, N), and of S' Sigma^-1 t, (N,)."""
    information, pull = np.zeros((images, images)), np.zeros(images)
    for rows, spread, follow in said.raters():
        scaled = said.evidence.phi[rows] @ said.factor
        sigma = cho_factor(spread * (scaled @ scaled.T + np.diag(said.noise_of(rows))), lower=True)
        inverse = cho_solve(sigma, np.eye(len(scaled)))
        image = said.image[rows]
        information[np.ix_(image, image)] += follow**2 * inverse
        pull[image] += follow * (inverse @ said.evidence.value[rows])
    return information, pull


def leading_directions(rows: Floats, size: int) -> Floats:
    """Return the directions, orthonormal (m, q), along which these rows are longest."""
    gram = rows.T @ rows
    _, vectors = np.linalg.eigh(gram)
    return np.asarray(vectors[:, ::-1][:, :size])


def _approximate(prior: ConsensusPrior, said: Observations, size: int) -> JointConsensus:
    count = np.asarray(np.bincount(said.image, said.evidence.weight, len(prior.x)), np.float64)
    precision, pull = _weight_precision(prior, said, count)
    inner = cholesky(precision, lower=True)
    factor = solve_triangular(inner, np.eye(len(inner)), lower=True).T
    weights = cho_solve((inner, True), pull)
    expected = prior.x @ weights
    rest, share, own = _image_residuals(prior, said, expected)
    directions = factor @ leading_directions(prior.x @ factor, size)
    kept = 1.0 - share
    return JointConsensus(
        weights=weights,
        factor=factor,
        mean=expected + rest,
        variance=np.square(kept) * np.square(prior.x @ factor).sum(axis=1) + own,
        directions=directions,
        reach=kept[:, None] * (prior.x @ directions),
    )


def _weight_precision(prior: ConsensusPrior, said: Observations, count: Floats) -> tuple[Floats, Floats]:
    """Return the precision of w and its product with the mean, from as many raters as `MOST_RATINGS` allow."""
    width = prior.x.shape[1]
    precision, pull, used = np.zeros((width, width)), np.zeros(width), 0
    for rows, spread, follow in said.raters():
        if used > MOST_RATINGS:
            break
        image = said.image[rows]
        noise = spread * said.noise_of(rows) + prior.tau[image] * count[image]
        x, value = follow * prior.x[image], said.evidence.value[rows]
        phi = said.evidence.phi[rows] @ said.factor * np.sqrt(spread)
        scaled = phi / noise[:, None]
        middle = cholesky(np.eye(phi.shape[1]) + phi.T @ scaled, lower=True)
        seen = solve_triangular(middle, scaled.T @ x, lower=True)
        precision += x.T @ (x / noise[:, None]) - seen.T @ seen
        pull += x.T @ (value / noise) - seen.T @ solve_triangular(middle, scaled.T @ value, lower=True)
        used += len(image)
    grown = len(said.image) / max(used, 1)
    return np.eye(width) + grown * precision, grown * pull


def _image_residuals(prior: ConsensusPrior, said: Observations, expected: Floats) -> tuple[Floats, Floats, Floats]:
    """Return E[u], the share of what ratings say that u takes, and the variance of u given w, (N,) each."""
    rest, groups = np.zeros(len(prior.x)), said.groups()
    with ThreadPoolExecutor(max_workers=os.cpu_count(), initializer=limit_to_one_thread) as pool:
        for _ in range(ROUNDS):
            parts = pool.map(lambda group, rest=rest: _said_of_images(said, group, expected, rest), groups)
            weight, total = np.sum(list(parts), axis=0)
            share = prior.tau * weight / (1.0 + prior.tau * weight)
            rest = share * np.divide(total, weight, out=np.zeros_like(weight), where=weight > 0)
    return rest, share, prior.tau * (1.0 - share)


def _said_of_images(
    said: Observations, raters: list[tuple[slice, float, float]], expected: Floats, rest: Floats
) -> Floats:
    """Return how much these raters say of u, as a precision, and what they say times it, (2, N)."""
    weight, total = np.zeros_like(rest), np.zeros_like(rest)
    for rows, spread, follow in raters:
        image, noise = said.image[rows], said.noise_of(rows)
        phi = said.evidence.phi[rows] @ said.factor
        left = said.evidence.value[rows] - follow * expected[image]
        scaled = phi / noise[:, None]
        middle = cholesky(np.eye(phi.shape[1]) + phi.T @ scaled, lower=True)
        liked = cho_solve((middle, True), scaled.T @ (left - follow * rest[image]))
        np.add.at(weight, image, follow**2 / (spread * noise))
        np.add.at(total, image, follow * (left - phi @ liked) / (spread * noise))
    return np.stack([weight, total])


def rater_posteriors(found: JointConsensus, said: Observations) -> Iterator[RaterPosterior]:
    """Give each rater given everything, one at a time: of ten thousand, all take more than a gigabyte."""
    for rows, _, follow in said.raters():
        image, noise = said.image[rows], np.sqrt(said.noise_of(rows))
        scaled = (said.evidence.phi[rows] @ said.factor) / noise[:, None]
        left = (said.evidence.value[rows] - follow * found.mean[image]) / noise
        root = cholesky(np.eye(scaled.shape[1]) + scaled.T @ scaled, lower=True)
        factor = solve_triangular(root, said.factor.T, lower=True).T
        reduced = solve_triangular(root, scaled.T @ left, lower=True)
        pull = solve_triangular(root, scaled.T @ (follow * found.reach[image] / noise[:, None]), lower=True)
        energy = max(float(left @ left - reduced @ reduced), 0.0)
        yield RaterPosterior(mean=factor @ reduced, factor=factor, pull=factor @ pull, energy=energy)
