"""Try fitting on made-up ratings, for the benchmark: seconds and memory by size."""

import resource
import time

import numpy as np

from scoring.ml.data.arrays import Images, Raters, Ratings, Snapshot
from scoring.ml.encoders import DEFAULT_KEY
from scoring.ml.training.fit import fit_reward

FACTORS = 24  # behind the made-up features
TASTES = 6  # factors that raters differ in
WIDTHS = (1280, 160, 384, 1280, 205)  # of the kinds of features, like the default encoder's


def made_up_study(*, ratings: int, images: int, raters: int, widths: tuple[int, ...] = WIDTHS) -> Snapshot:
    """Draw features of few factors, and ratings of raters who differ in some of them."""
    rng = np.random.default_rng(0)
    factors = rng.standard_normal((images, FACTORS), dtype=np.float32)
    features = factors @ rng.standard_normal((FACTORS, sum(widths)), dtype=np.float32)
    features += 2.0 * rng.standard_normal(features.shape, dtype=np.float32)
    rater = np.sort(rng.integers(raters, size=ratings))
    image = rng.integers(images, size=ratings)
    weights = 0.05 * rng.standard_normal((raters, TASTES))
    taste = np.einsum("rk,rk->r", weights[rater], factors[image, :TASTES])
    value = 0.5 + 0.08 * factors[image, 0] + taste + 0.12 * rng.standard_normal(ratings)
    return Snapshot(
        images=Images(
            keys=tuple(str(row) for row in range(images)),
            features=features,
            prompt_features=np.zeros((images, 1), np.float32),
            parts=widths,
        ),
        raters=Raters(keys=tuple(str(row) for row in range(raters))),
        ratings=Ratings.of(rater, image, np.clip(value, 0.0, 1.0)),
    )


def trial_fit(*, ratings: int, images: int, raters: int) -> dict[str, float]:
    """Fit to made-up ratings; give seconds by the clock and of the cores, and the process's peak of memory in MiB."""
    snapshot = made_up_study(ratings=ratings, images=images, raters=raters)
    started, worked = time.perf_counter(), time.process_time()
    fit_reward(snapshot, encoder_key=DEFAULT_KEY)
    seconds, cpu = time.perf_counter() - started, time.process_time() - worked
    return {"seconds": seconds, "cpu": cpu, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
