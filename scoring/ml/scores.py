"""Scores of pictures for raters: what each is expected to give, how sure that is, and where it stands for them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scoring.ml.data.arrays import Floats
from scoring.ml.reward import RepresentedImages, RewardModel
from scoring.ml.taste.posterior import TastePosterior

REFERENCES = 512  # of a study's pictures that percentiles are taken among


@dataclass(frozen=True, kw_only=True)
class Scale:
    """The scale that ratings of a study are given on."""

    low: float
    high: float

    @property
    def span(self) -> float:
        """Give its length."""
        return self.high - self.low


@dataclass(frozen=True, kw_only=True)
class Scores:
    """Scores of N pictures by R raters, on the study's scale."""

    mean: Floats  # (R, N), expected rating on a scale without ends: what orders pictures
    rating: Floats  # (R, N), the mean, at most as far as the ends of the scale
    sd: Floats  # (R, N), of one rating
    lower: Floats  # (R, N), mean - k sd
    percentile: Floats  # (R, N), 0 to 100; NaN where there is nothing to compare with


def score_raters(
    model: RewardModel,
    seen: RepresentedImages,
    tastes: Sequence[TastePosterior],
    *,
    scale: Scale,
    reference: RepresentedImages | None = None,
    k: float = 1.0,
) -> Scores:
    """Score represented pictures for each taste.

    The model is linear, so that its mean may lie beyond the ends of the scale. It is left there: put back, the best
    pictures would all be alike. No rating lies there, so that the mean put back, `rating`, is nearer to any.

    The percentile says how much of the reference, pictures of the study, this rater is expected to like less, those
    liked alike counted by half: 100 (#less + #alike / 2) / #reference. It compares raters who use the scale otherwise.
    """
    predicted = [model.predict(seen, taste) for taste in tastes]
    mean = scale.low + scale.span * np.array([one.mean for one in predicted])
    sd = scale.span * np.array([one.sd for one in predicted])
    return Scores(
        mean=mean,
        rating=np.clip(mean, scale.low, scale.high),
        sd=sd,
        lower=mean - k * sd,
        percentile=np.array([
            percentiles(one.mean, reference_means(model, reference, taste))
            for one, taste in zip(predicted, tastes, strict=True)
        ]),
    )  # fmt: skip


def reference_means(model: RewardModel, reference: RepresentedImages | None, taste: TastePosterior) -> Floats:
    """Return what a rater is expected to give each picture of the reference, on [0, 1]."""
    return np.zeros(0) if reference is None else model.predict(reference, taste).mean


def percentiles(values: Floats, among: Floats) -> Floats:
    """Return where values stand among others, 0 to 100; NaN where there are no others."""
    if not len(among):
        return np.full(len(values), np.nan)
    ordered = np.sort(among)
    places = np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right")
    return np.asarray(100.0 * places / (2 * len(ordered)), np.float64)
