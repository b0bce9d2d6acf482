"""Simulate raters whom a model has in mind, and how well it predicts them after further ratings."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from scoring.ml.data.arrays import Floats, Ints
from scoring.ml.reward import RepresentedImages, RewardModel
from scoring.ml.taste.posterior import TastePosterior

FEWEST_JUDGED = 10  # pictures that predictions are judged on


@dataclass(frozen=True, kw_only=True)
class Trial:
    """Say after how many further ratings a model is judged, and by how many simulated raters."""

    counts: tuple[int, ...]  # ascending
    draws: int = 12
    judged: int = 200  # pictures at most that predictions are judged on
    step: float = 0.0  # of the scale, as a share of it; 0 for a continuous one


def simulated_srocc(
    model: RewardModel, seen: RepresentedImages, taste: TastePosterior, trial: Trial, rng: np.random.Generator
) -> Floats:
    """Return the SROCC with fresh ratings after each number of further ratings, (draws, counts).

    Each draw is a rater as the posterior allows, s ~ IG(a, b) and w ~ N(mean, s F F'), who rates with the model's own
    noise on the steps of the scale: first pictures to learn from, then others to be judged on. A number for which too
    few pictures are there is NaN. It says what the model expects of itself: a true one if the model is.
    """
    found = np.full((trial.draws, len(trial.counts)), np.nan)
    rows = rng.permutation(len(seen))
    counts = [count for count in trial.counts if count <= len(rows) - FEWEST_JUDGED]
    if not counts:
        return found
    learned, judged = rows[: counts[-1]], rows[counts[-1] : counts[-1] + trial.judged]
    for draw in range(trial.draws):
        given = drawn_ratings(model, seen, taste, np.concatenate([learned, judged]), trial, rng)
        known, truth = given[: len(learned)], rankdata(given[len(learned) :])
        for place, count in enumerate(counts):
            after = model.posterior(seen.take(learned[:count]), known[:count], taste)
            found[draw, place] = rank_correlation(truth, rankdata(model.design(seen.take(judged)) @ after.mean))
    return found


def drawn_ratings(
    model: RewardModel,
    seen: RepresentedImages,
    taste: TastePosterior,
    rows: Ints,
    trial: Trial,
    rng: np.random.Generator,
) -> Floats:
    """Draw a rater from the posterior and let them rate these pictures, in [0, 1], (N,)."""
    images = seen.take(rows)
    spread = taste.rate / rng.gamma(taste.shape)
    weights = taste.mean + np.sqrt(spread) * (taste.factor @ rng.standard_normal(len(taste.mean)))
    noise = np.sqrt(spread * model.noise(images)) * rng.standard_normal(len(rows))
    value = np.clip(model.design(images) @ weights + noise, 0.0, 1.0)
    return np.asarray(np.round(value / trial.step) * trial.step if trial.step else value)


def rank_correlation(left: Floats, right: Floats) -> float:
    """Return Pearson's correlation of ranks; 0 if either does not differ, as of predictions that are all alike."""
    left, right = left - left.mean(), right - right.mean()
    energy = float((left @ left) * (right @ right))
    return float(left @ right) / float(np.sqrt(energy)) if energy else 0.0


def expected_interval(values: Sequence[float] | Floats) -> tuple[float, float, float] | None:
    """Return mean and 95 % interval of the draws; none where nothing could be simulated."""
    known = np.asarray(values, np.float64)
    known = known[np.isfinite(known)]
    if not len(known):
        return None
    low, high = np.quantile(known, (0.025, 0.975))
    return float(known.mean()), float(low), float(high)
