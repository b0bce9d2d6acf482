"""What is learned over all raters: how their tastes differ, and how wide intervals are."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from scoring.ml.data.arrays import Floats
from scoring.ml.taste.intervals import LEVELS, stretches_between


@dataclass(frozen=True, kw_only=True)
class TasteHead:
    """Hold how raters differ: the prior of a taste, the noise, and the effects of a profile."""

    mean: Floats  # (k,), k = 2 + d
    factor: Floats  # (k, k)
    noise: float  # variance of one opinion, at spread one
    shape: float  # of the prior on the squared spread; large: all raters have the same spread
    offset: float  # consensus that the second weight counts from
    profile_effects: Mapping[str, Mapping[str, Floats]] = field(default_factory=dict)
    widths: tuple[tuple[int, float], ...] = ((0, 1.0),)  # by ratings known: measured sd over modelled sd, held out
    stretches: tuple[tuple[int, tuple[float, ...]], ...] = (
        (0, (1.0,) * len(LEVELS)),
    )  # of intervals, by ratings known

    def width(self, count: int) -> float:
        """Return the factor on every sd for a rater of whom so many ratings are known, between those measured."""
        counts, factors = zip(*self.widths, strict=True)
        return float(np.interp(np.log1p(count), np.log1p(counts), factors))

    def stretch(self, count: int) -> Floats:
        """Return how much wider than of a normal distribution intervals of each level are, (L,)."""
        return stretches_between(self.stretches, count)
