"""The linear-Gaussian backbone: a Gaussian process over blocks of features, in weight space.

The opinion of everybody about image i is intercept + x_i . w + u_i with w ~ N(0, I) and
u_i ~ N(0, image_variance); x holds the feature blocks, each scaled by what it explains. Tastes
have their own scaling of the same blocks, rotated to the directions that vary most.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cholesky, solve_triangular

from scoring.ml.data import Floats, Images
from scoring.ml.features import FeatureMap, Features, principal_axes
from scoring.ml.reward import Representation, Shares


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
class Consensus:
    """Hold the posterior of the opinion of everybody."""

    intercept: float
    weights: Floats  # (m,)
    factor: Floats  # (m, m), covariance = factor @ factor.T
    image_variance: float  # of what the features do not explain

    def explain(self, x: Floats) -> tuple[Floats, Floats]:
        """Return what the features say: mean and its variance, x (N, m)."""
        return self.intercept + x @ self.weights, np.square(x @ self.factor).sum(axis=1)


@dataclass(frozen=True, kw_only=True)
class LinearBackbone:
    """Represent images by variance components of their features."""

    features: FeatureMap
    opinion: Projection
    taste: Projection
    consensus: Consensus
    seen: Mapping[str, tuple[float, float]]  # image key -> mean and variance of its opinion

    def represent(self, images: Images) -> Representation:
        """Represent images; one seen in training keeps the opinions about it."""
        features = self.features.apply(images)
        x, left_out = self.opinion.apply(features)
        mean, variance = self.consensus.explain(x)
        variance = variance + left_out + self.consensus.image_variance
        z, rest = self.taste.apply(features)
        for row, key in enumerate(images.keys):
            if key in self.seen:
                mean[row], variance[row] = self.seen[key]
        return Representation(z=z, consensus=mean, variance=variance + rest)

    def share(self, images: Images, weights: Floats) -> Shares:
        """Split the consensus, and the liking z . weights, by block of features."""
        features = self.features.apply(images)
        opinion = self.opinion.shares(features, self.consensus.weights)
        expected = self.consensus.intercept + opinion.sum(axis=1)
        known = [self.seen.get(key, (mean, 0.0))[0] for key, mean in zip(images.keys, expected.tolist(), strict=True)]
        return Shares(
            blocks=tuple(self.features.names()),
            intercept=self.consensus.intercept,
            opinion=opinion,
            others=np.array(known) - expected,
            taste=self.taste.shares(features, weights),
        )


def fit_projection(features: Features, variances: Floats, *, size: int) -> Projection:
    """Keep the directions in which the scaled blocks vary most, at most `size`."""
    scaled = features.values * np.repeat(np.sqrt(variances), features.widths)
    return Projection(variances=variances, rotation=principal_axes(scaled, size, kept=0.999))


def fit_consensus(x: Floats, opinion: Floats, noise: Floats, *, image_variance: float) -> Consensus:
    """Condition the weights on the mean opinion about each image, of variance `noise`."""
    total = image_variance + noise
    intercept = float((opinion / total).sum() / (1.0 / total).sum())
    precision = np.eye(x.shape[1]) + x.T @ (x / total[:, None])
    root = cholesky(precision, lower=True)
    factor = solve_triangular(root, np.eye(len(root)), lower=True).T
    weights = factor @ (factor.T @ (x.T @ ((opinion - intercept) / total)))
    return Consensus(intercept=intercept, weights=weights, factor=factor, image_variance=image_variance)


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
