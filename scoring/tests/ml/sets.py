"""Made-up ratings whose truth is known."""

from dataclasses import dataclass

import numpy as np

from scoring.ml.data.arrays import Floats, Images, Raters, Ratings, Snapshot


@dataclass(frozen=True, kw_only=True)
class World:
    """Hold ratings drawn from a linear model, and the noiseless liking behind them."""

    snapshot: Snapshot
    liking: Floats  # (raters, images)


def make_world(*, raters: int = 30, images: int = 120, taste: float = 0.15, share: float = 1.0, seed: int = 0) -> World:
    """Draw liking = consensus + taste along four of twelve features, ratings with noise 0.1."""
    rng = np.random.default_rng(seed)
    features = rng.standard_normal((images, 12))
    consensus = 0.5 + features[:, 4:8] @ np.array([0.08, -0.05, 0.04, 0.03])
    weights = taste * rng.standard_normal((raters, 4)) / 2
    bias = 0.08 * rng.standard_normal(raters)
    liking = bias[:, None] + consensus[None, :] + weights @ features[:, :4].T
    rated = rng.random((raters, images)) < share
    rater, image = np.nonzero(rated)
    value = liking[rater, image] + 0.1 * rng.standard_normal(len(rater))
    snapshot = Snapshot(
        images=Images(
            keys=tuple(f"image{row}" for row in range(images)),
            features=features.astype(np.float32),
            prompt_features=np.zeros((images, 3), np.float32),
            metadata={"domain": tuple("ab"[row % 2] for row in range(images))},
            parts=(8, 4),
        ),
        raters=Raters(
            keys=tuple(f"rater{row}" for row in range(raters)),
            profile={"age": tuple(("young", "old", "")[row % 3] for row in range(raters))},
        ),
        ratings=Ratings.of(rater, image, value),
    )
    return World(snapshot=snapshot, liking=liking)
