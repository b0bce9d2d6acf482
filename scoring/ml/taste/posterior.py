"""What the model knows of one rater: a posterior over low-dimensional weights.

For one rater, with design row phi = (1, consensus, z) of an image:

    rating = phi . w + noise,   w | s ~ N(mean, s C),   noise | s ~ N(0, s R),   s ~ IG(a, b)

The first weight is the rater's mean, the second how much of the consensus they follow, the rest
what they like more than others do; s is the spread of their scale. The prior is conjugate, so
every rating moves it in closed form. The covariance is kept as a factor F with C = F F' and
moved by Potter's square-root update, which cannot lose positive definiteness.
"""

from dataclasses import dataclass

import numpy as np
from safetensors.numpy import load, save
from scipy.linalg import cholesky, solve_triangular

from scoring.ml.data.arrays import Floats


@dataclass(frozen=True, kw_only=True)
class TastePosterior:
    """Hold the posterior of one rater; immutable, each update returns a new one."""

    mean: Floats  # (k,)
    factor: Floats  # (k, k), covariance = factor @ factor.T
    shape: float  # a of the inverse gamma on the squared spread
    rate: float  # b of it
    count: int = 0  # ratings learned from

    @property
    def spread(self) -> float:
        """Return the expected squared spread of this rater's scale, one on average."""
        return self.rate / (self.shape - 1.0)

    @property
    def covariance(self) -> Floats:
        """Return the (k, k) covariance of the weights."""
        return self.spread * (self.factor @ self.factor.T)

    def update(self, phi: Floats, value: float, noise: float) -> "TastePosterior":
        """Learn from one rating in O(k^2); `noise` is R of that image."""
        projected = self.factor.T @ phi  # (k,)
        total = float(projected @ projected) + noise
        error = value - float(phi @ self.mean)
        gain = self.factor @ projected / total  # (k,)
        shrink = 1.0 / (1.0 + np.sqrt(noise / total))
        return TastePosterior(
            mean=self.mean + gain * error,
            factor=self.factor - shrink * np.outer(gain, projected),
            shape=self.shape + 0.5,
            rate=self.rate + 0.5 * error**2 / total,
            count=self.count + 1,
        )

    def update_many(self, phi: Floats, values: Floats, noise: Floats) -> "TastePosterior":
        """Learn from n ratings at once: phi (n, k), values (n,), noise (n,)."""
        if not len(values):
            return self
        weighted = (phi @ self.factor) / np.sqrt(noise)[:, None]  # (n, k)
        error = (values - phi @ self.mean) / np.sqrt(noise)  # (n,)
        root = cholesky(np.eye(len(self.mean)) + weighted.T @ weighted, lower=True)
        reduced = solve_triangular(root, weighted.T @ error, lower=True)  # (k,)
        factor = solve_triangular(root, self.factor.T, lower=True).T
        return TastePosterior(
            mean=self.mean + factor @ reduced,
            factor=factor,
            shape=self.shape + 0.5 * len(values),
            rate=self.rate + 0.5 * max(float(error @ error - reduced @ reduced), 0.0),
            count=self.count + len(values),
        )

    def predict(self, phi: Floats, noise: Floats) -> tuple[Floats, Floats]:
        """Return mean and variance of the rating of each row of phi (n, k)."""
        spread = np.square(phi @ self.factor).sum(axis=1)
        return phi @ self.mean, self.spread * (spread + noise)

    def to_bytes(self) -> bytes:
        """Pack the posterior for a database column."""
        return save(
            {
                "mean": np.ascontiguousarray(self.mean),
                "factor": np.ascontiguousarray(self.factor),
                "scale": np.array([self.shape, self.rate, self.count], np.float64),
            }
        )

    @classmethod
    def from_bytes(cls, packed: bytes) -> "TastePosterior":
        """Unpack what `to_bytes` packed."""
        arrays = load(packed)
        shape, rate, count = arrays["scale"]
        return cls(
            mean=arrays["mean"],
            factor=arrays["factor"],
            shape=float(shape),
            rate=float(rate),
            count=int(count),
        )
