"""The linear-Gaussian backbone: Gaussian processes over features of images, in weight space.

The mean opinion about image i is intercept + x_i . w + u_i with w ~ N(0, I) and u_i ~ N(0, image_variance); x
holds the feature blocks and the features of likeness kernels, each scaled by what it explains. Tastes have their own
scaling of the feature blocks, rotated to the directions that vary most, and beside it collaborative factors, each of
the form of the mean opinion, and the leading directions of what is unknown of the mean opinion: with
weights g ~ N(0, I), the same for all raters, so that a rater's own ratings inform them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cholesky, solve_triangular

from scoring.ml.data.arrays import Floats, Images, Ints
from scoring.ml.features.feature_map import FeatureMap, Features, principal_axes
from scoring.ml.features.similarity import Likeness
from scoring.ml.reward import RepresentedImages, Shares

MOST_ROWS = 1500  # images that principal axes are taken of
KEPT = 0.9999  # share of the squared length that principal axes hold at most


@dataclass(frozen=True, kw_only=True)
class Projection:
    """Scale feature blocks by their variances and rotate them to fewer dimensions."""

    variances: Floats  # (B,), what each block explains
    rotation: Floats  # (C, d), orthonormal columns

    def apply(self, features: Features) -> tuple[Floats, Floats]:
        """Return (N, d) and the squared length that the rotations leave out, (N,)."""
        scaled = features.values * self.scale(features)
        rotated = scaled @ self.rotation
        rest = np.square(scaled).sum(axis=1) - np.square(rotated).sum(axis=1)
        return rotated, np.maximum(rest, 0.0) + features.left_out @ self.variances

    def scale(self, features: Features) -> Floats:
        """Return the root of each column's variance, (C,)."""
        return np.asarray(np.repeat(np.sqrt(self.variances), features.widths))

    def shares(self, features: Features, weights: Floats) -> Floats:
        """Return what each block adds to (rotated features) . weights, (N, B)."""
        return features.by_block(self.scale(features) * (self.rotation @ weights))


@dataclass(frozen=True, kw_only=True)
class Regression:
    """Hold the posterior of the weights that predict a value of images from their features."""

    intercept: float
    weights: Floats  # (m,)
    factor: Floats  # (m, m), covariance = factor @ factor.T
    gain: float  # prior variance of a weight
    image_variance: float  # of what the features do not explain

    def expect(self, x: Floats) -> Floats:
        """Return what the features say, x (N, m)."""
        return np.asarray(self.intercept + x @ self.weights)

    def explain(self, x: Floats) -> tuple[Floats, Floats]:
        """Return what the features say and its variance, which takes m times as long as `expect`."""
        return self.expect(x), np.square(x @ self.factor).sum(axis=1)


@dataclass(frozen=True, kw_only=True)
class Impression:
    """Hold one value per image, such as the mean opinion: predicted from features, or from its ratings."""

    regression: Regression
    seen: Mapping[str, tuple[float, float]]  # image key -> mean and variance of its value

    def read(self, x: Floats, left_out: Floats, keys: Sequence[str]) -> tuple[Floats, Floats]:
        """Return the values of images with projected features x (N, m) and their variances, (N,) each."""
        mean, variance = self.regression.explain(x)
        variance = variance + self.regression.gain * left_out + self.regression.image_variance
        for row, key in enumerate(keys):
            if key in self.seen:
                mean[row], variance[row] = self.seen[key]
        return mean, variance

    def beyond(self, expected: Floats, keys: Sequence[str]) -> Floats:
        """Return what ratings say beyond what features make expect, (N,)."""
        known = [self.seen.get(key, (mean, 0.0))[0] for key, mean in zip(keys, expected.tolist(), strict=True)]
        return np.array(known) - expected


@dataclass(frozen=True, kw_only=True)
class SeenImages:
    """Hold what is known of the consensus about each image that was rated in training."""

    keys: tuple[str, ...]
    mean: Floats  # (n,)
    variance: Floats  # (n,), beside the leading directions
    reach: Floats  # (n, q), along the leading directions


@dataclass(frozen=True, kw_only=True)
class Consensus:
    """Hold the mean opinion: from features, and for images rated in training from their ratings as well."""

    regression: Regression
    directions: Floats  # (m, q), of the error of the regression's weights: x @ directions is an image's reach
    seen: SeenImages

    def read(self, x: Floats, left_out: Floats, keys: Sequence[str]) -> tuple[Floats, Floats, Floats]:
        """Return mean (N,), variance beside the leading directions (N,), and reach along these (N, q)."""
        mean, variance = self.regression.explain(x)
        reach = x @ self.directions
        variance = np.maximum(variance - np.square(reach).sum(axis=1), 0.0)
        variance += self.regression.gain * left_out + self.regression.image_variance
        rows, places = self._known(keys)
        mean[rows], variance[rows], reach[rows] = (
            self.seen.mean[places],
            self.seen.variance[places],
            self.seen.reach[places],
        )
        return mean, variance, reach

    def beyond(self, expected: Floats, keys: Sequence[str]) -> Floats:
        """Return what ratings say beyond what features make expect, (N,)."""
        rows, places = self._known(keys)
        found = np.zeros(len(keys))
        found[rows] = self.seen.mean[places] - expected[rows]
        return found

    def reach_beyond(self, expected: Floats, keys: Sequence[str]) -> Floats:
        """Return the reach of known images beyond what features make expect, (N, q)."""
        rows, places = self._known(keys)
        found = np.zeros_like(expected)
        found[rows] = self.seen.reach[places] - expected[rows]
        return found

    def _known(self, keys: Sequence[str]) -> tuple[Ints, Ints]:
        place = {key: row for row, key in enumerate(self.seen.keys)}
        pairs = [(row, place[key]) for row, key in enumerate(keys) if key in place]
        rows, places = np.array(pairs, np.int64).reshape(-1, 2).T
        return rows, places


@dataclass(frozen=True, kw_only=True)
class LinearBackbone:
    """Represent images by variance components of their features, and by what raters have said of them."""

    features: FeatureMap
    likeness: Likeness
    opinion: Projection  # of features and likeness, for the consensus
    consensus: Consensus
    taste: Projection
    division: Projection  # for the factors
    factors: tuple[Impression, ...] = ()

    def represent(self, images: Images) -> RepresentedImages:
        """Represent images; one seen in training keeps the opinions about it."""
        features = self.features.apply(images)
        z, rest = self.taste.apply(features)
        wide = self.opinion.apply(self.likeness.widened(features, images))
        mean, variance, reach = self.consensus.read(*wide, images.keys)
        columns, unsure = [z], variance + rest
        if self.factors:
            x, left_out = self.division.apply(features)
            for factor in self.factors:
                value, spread = factor.read(x, left_out, images.keys)
                columns.append(value[:, None])
                unsure = unsure + spread  # likings of factors have variance one
        return RepresentedImages(z=np.hstack([*columns, reach]), consensus=mean, variance=unsure)

    def share(self, images: Images, weights: Floats) -> Shares:
        """Split the consensus, and the liking z . weights, by block of features."""
        features, regression = self.features.apply(images), self.consensus.regression
        wide, width = self.likeness.widened(features, images), self.taste.rotation.shape[1]
        opinion = self.opinion.shares(wide, regression.weights)
        own, likings, error = np.split(weights, [width, width + len(self.factors)])
        taste, alike, level = self.taste.shares(features, own), np.zeros(len(images)), 0.0
        for factor, liking in zip(self.factors, likings.tolist(), strict=True):
            blocks = self.division.shares(features, factor.regression.weights)
            expected = factor.regression.intercept + blocks.sum(axis=1)
            taste, level = taste + liking * blocks, level + liking * factor.regression.intercept
            alike = alike + liking * factor.beyond(expected, images.keys)
        x, _ = self.opinion.apply(wide)
        alike = alike + self.consensus.reach_beyond(x @ self.consensus.directions, images.keys) @ error
        taste = np.pad(taste, ((0, 0), (0, opinion.shape[1] - taste.shape[1])))
        return Shares(
            blocks=(*self.features.names(), *self.likeness.names()),
            intercept=regression.intercept,
            opinion=opinion,
            others=self.consensus.beyond(regression.intercept + opinion.sum(axis=1), images.keys),
            level=level,
            taste=taste + self.opinion.shares(wide, self.consensus.directions @ error),
            alike=alike,
        )


def fit_projection(features: Features, variances: Floats, *, size: int) -> Projection:
    """Keep the directions in which the scaled blocks vary most, at most `size`."""
    rows = np.linspace(0, len(features.values) - 1, min(len(features.values), MOST_ROWS)).astype(int)
    scaled = features.values[rows] * np.repeat(np.sqrt(variances), features.widths)
    return Projection(variances=variances, rotation=principal_axes(scaled, size, kept=KEPT))


def fit_regression(x: Floats, value: Floats, noise: Floats, *, image_variance: float, gain: float = 1.0) -> Regression:
    """Condition the weights, w ~ N(0, gain I), on the value observed of each image, of variance `noise`."""
    total = image_variance + noise
    intercept = float((value / total).sum() / (1.0 / total).sum())
    precision = np.eye(x.shape[1]) / gain + x.T @ (x / total[:, None])
    root = cholesky(precision, lower=True)
    factor = solve_triangular(root, np.eye(len(root)), lower=True).T
    weights = factor @ (factor.T @ (x.T @ ((value - intercept) / total)))
    return Regression(intercept=intercept, weights=weights, factor=factor, gain=gain, image_variance=image_variance)


def seen_opinion(
    explained: tuple[Floats, Floats], opinion: Floats, noise: Floats, *, image_variance: float
) -> tuple[Floats, Floats]:
    """Return mean and variance of x.w + u for images with an observed mean opinion.

    With k = image_variance / (image_variance + noise) the mean is (1 - k) x.w + k opinion.
    """
    predicted, uncertain = explained
    share = image_variance / (image_variance + noise)
    mean = predicted + share * (opinion - predicted)
    return mean, np.square(1.0 - share) * uncertain + share * noise
