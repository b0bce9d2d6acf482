"""The mean opinion about each image, free of who happened to rate it."""

from dataclasses import dataclass

import numpy as np

from scoring.ml.data.arrays import Floats, Ratings

ROUNDS = 15
BIAS_STRENGTH = 2.0  # ratings of average opinion that each rater starts with


@dataclass(frozen=True, kw_only=True)
class MeanOpinions:
    """Hold the mean opinion per image and its count; NaN without ratings."""

    mean: Floats  # (N,)
    count: Floats  # (N,), summed weights
    bias: Floats  # (raters,)
    noise: float  # variance of one rating around bias + mean

    def without(self, ratings: Ratings) -> tuple[Floats, Floats]:
        """Return mean and count as if each of these ratings had not been given, (R,) each."""
        count = self.count[ratings.image]
        left = np.maximum(count - ratings.weight, 0.0)
        debiased = ratings.value - self.bias[ratings.rater]
        total = self.mean[ratings.image] * count - debiased * ratings.weight
        mean = np.divide(total, left, out=np.zeros_like(total), where=left > 0)
        return mean, left


def mean_opinions(ratings: Ratings, *, images: int, raters: int) -> MeanOpinions:
    """Fit image + rater by alternating means (weighted least squares, biases shrunk)."""
    weight, value = ratings.weight, ratings.value
    per_image = np.bincount(ratings.image, weight, images).astype(np.float64)
    per_rater = np.bincount(ratings.rater, weight, raters)
    mean = np.full(images, np.average(value, weights=weight))
    bias = np.zeros(raters)
    for _ in range(ROUNDS):
        left = weight * (value - mean[ratings.image])
        bias = np.bincount(ratings.rater, left, raters) / (per_rater + BIAS_STRENGTH)
        left = weight * (value - bias[ratings.rater])
        total = np.bincount(ratings.image, left, images)
        mean = np.divide(total, per_image, out=np.full(images, np.nan), where=per_image > 0)
    error = value - bias[ratings.rater] - mean[ratings.image]
    free = max(len(value) - (per_image > 0).sum() - (per_rater > 0).sum(), 1)
    noise = max(float((weight * error**2).sum() / weight.mean() / free), 1e-5)
    return MeanOpinions(mean=mean, count=per_image, bias=bias, noise=noise)
