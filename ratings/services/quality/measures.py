"""Figures of a study: agreement, reliability, times; each a plain function of arrays."""

import warnings
from itertools import pairwise
from typing import Literal

import numpy as np
from scipy.stats import spearmanr

from ratings.choices import AssignmentKind, ScaleKind
from ratings.models import Study
from ratings.services.quality.answers import Answers, Codes, Floats
from ratings.values.study_figures import Agreement, AnswerTimes, Retest

RESAMPLES = 200
MOST_IMAGES = 5_000  # of which agreement is computed; more would not narrow the interval visibly
SLIDER_BINS = 21
SEED = 20_261
TAIL = 2.5  # percent on either side of a 95 % interval
FEWEST_PAIRS = 3
TIME_EDGES = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
POSITIONS = 10  # answers that share a point of the profile over time

Level = Literal["ordinal", "interval"]


def interval_of(values: Floats) -> tuple[float | None, float | None]:
    """Give the 95 % interval of bootstrap values; values that could not be computed are left out."""
    known = values[np.isfinite(values)]
    if not len(known):
        return None, None
    low, high = np.percentile(known, [TAIL, 100 - TAIL])
    return float(low), float(high)


def steps_of(*, study: Study, values: Floats) -> tuple[Codes, Floats]:
    """Give each value's step on the scale, and the steps; a continuous slider is cut into equal ones."""
    span = study.scale_max - study.scale_min
    is_slider = study.scale_kind == ScaleKind.SLIDER
    count = SLIDER_BINS if is_slider else min(SLIDER_BINS, round(span / study.scale_step) + 1)
    codes = np.rint((values - study.scale_min) / span * (count - 1)).astype(np.int64)
    bounded: Codes = np.clip(codes, 0, count - 1)
    return bounded, np.linspace(study.scale_min, study.scale_max, count)


def value_counts(*, study: Study, fresh: Answers) -> Codes:
    """Count, for each image that several raters rated, how often each step was chosen: (images, steps)."""
    codes, steps = steps_of(study=study, values=fresh.value)
    images = int(fresh.image.max()) + 1 if len(fresh.image) else 0
    counts = np.zeros((images, len(steps)), np.int64)
    np.add.at(counts, (fresh.image, codes), 1)
    counts = counts[counts.sum(axis=1) > 1]
    if len(counts) > MOST_IMAGES:
        drawn = np.random.default_rng(SEED).choice(len(counts), MOST_IMAGES, replace=False)
        counts = counts[drawn]
    kept: Codes = counts
    return kept


def alpha_of(counts: Codes, *, steps: Floats, level: Level) -> float:
    """Compute Krippendorff's alpha; NaN where all chose the same."""
    if (counts.sum(axis=0) > 0).sum() < 2:  # noqa: PLR2004 - agreement needs two values to differ between
        return float("nan")
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        import krippendorff  # of workers alone: pages read rank correlations from here

        return float(krippendorff.alpha(value_counts=counts, value_domain=steps, level_of_measurement=level))


def agreement(*, study: Study, fresh: Answers) -> Agreement:
    """Give Krippendorff's alpha with a 95 % interval from resampled images."""
    counts = value_counts(study=study, fresh=fresh)
    _, steps = steps_of(study=study, values=np.empty(0))
    level: Level = "interval" if study.scale_kind == ScaleKind.SLIDER else "ordinal"
    if not len(counts):
        return Agreement(level=level)
    value = alpha_of(counts, steps=steps, level=level)
    draws = np.random.default_rng(SEED).integers(len(counts), size=(RESAMPLES, len(counts)))
    low, high = interval_of(np.array([alpha_of(counts[draw], steps=steps, level=level) for draw in draws]))
    known = value if np.isfinite(value) else None
    return Agreement(level=level, images=len(counts), value=known, low=low, high=high)


def repeat_pairs(answers: Answers) -> tuple[Codes, Floats, Floats]:
    """Match each repeat with the first answer to the same image: raters, first values, second values."""
    fresh, repeat = answers.of_kind(AssignmentKind.FRESH.value), answers.of_kind(AssignmentKind.REPEAT.value)
    first = dict(zip(zip(fresh.rater.tolist(), fresh.image.tolist(), strict=True), fresh.value.tolist(), strict=True))
    keys = list(zip(repeat.rater.tolist(), repeat.image.tolist(), strict=True))
    known = np.array([key in first for key in keys], bool)
    return (
        repeat.rater[known],
        np.array([first[key] for key in keys if key in first], np.float64),
        repeat.value[known],
    )


def rank_correlation(first: Floats, second: Floats) -> float | None:
    """Give Spearman's correlation; None where one side does not vary or there are too few pairs."""
    if len(first) < FEWEST_PAIRS or np.ptp(first) == 0 or np.ptp(second) == 0:
        return None
    return float(spearmanr(first, second).statistic)


def retest(answers: Answers) -> Retest:
    """Give test-retest reliability: correlation with interval, mean difference, share of equal answers."""
    _, first, second = repeat_pairs(answers)
    srocc = rank_correlation(first, second)
    if srocc is None:
        return Retest(pairs=len(first))
    draws = np.random.default_rng(SEED).integers(len(first), size=(RESAMPLES, len(first)))
    found = [rank_correlation(first[draw], second[draw]) for draw in draws]
    low, high = interval_of(np.array([np.nan if one is None else one for one in found]))
    difference = np.abs(first - second)
    return Retest(
        pairs=len(first),
        srocc=srocc,
        low=low,
        high=high,
        mean_difference=float(difference.mean()),
        equal_share=float((difference == 0).mean()),
    )


def times(answers: Answers) -> AnswerTimes:
    """Give the profile of response times: how long, and how that changes over a session."""
    known = np.isfinite(answers.seconds)
    seconds = answers.seconds[known]
    if not len(seconds):
        return AnswerTimes()
    place = np.concatenate([np.arange(size) for size in np.bincount(answers.rater)])[known] // POSITIONS
    counts = np.histogram(seconds, bins=[*TIME_EDGES, np.inf])[0]
    labels = [f"{low:g}-{high:g}" for low, high in pairwise(TIME_EDGES)]
    blocks = range(min(int(place.max()) + 1, 20))
    medians = (float(np.median(seconds[place == block])) if (place == block).any() else None for block in blocks)
    return AnswerTimes(
        median=float(np.median(seconds)),
        labels=(*labels, f"{TIME_EDGES[-1]:g}+"),
        counts=tuple(counts.tolist()),
        positions=tuple(f"{POSITIONS * block + 1}-{POSITIONS * (block + 1)}" for block in blocks),
        medians=tuple(medians),
    )


def other_means(fresh: Answers) -> Floats:
    """Give, for each answer, the mean of the other raters' answers to that image; NaN below two others."""
    size = int(fresh.image.max()) + 1 if len(fresh.image) else 0
    totals = np.bincount(fresh.image, weights=fresh.value, minlength=size)[fresh.image]
    others = np.bincount(fresh.image, minlength=size)[fresh.image] - 1
    return np.where(others > 1, (totals - fresh.value) / np.maximum(others, 1), np.nan)
