"""Intervals of predicted ratings, whose shape is measured: errors of a bounded scale are not normally distributed.

With q the multiple of the standard deviation that holds a share of held-out errors, an interval of that share is
mean -+ q sd. The stretch is q over the normal distribution's, by level and by ratings known. Where little is known of a
rater, errors are flatter than normal, since the rater's level is unknown and the scale ends: half of them are further
from zero, and few are very far.
"""

from collections.abc import Sequence

import numpy as np
from scipy.stats import norm

from scoring.ml.data.arrays import Floats

LEVELS = (0.5, 0.8, 0.95)  # at which stretches are measured
NORMAL = np.asarray(norm.ppf(0.5 + np.array(LEVELS) / 2))  # (L,), half widths of a normal distribution of sd one


def half_width(level: float, sd: Floats, stretch: Floats) -> Floats:
    """Return half the width of intervals of this level, (N,), for sd (N,) and stretch (N, L).

    Between the measured levels the multiple of sd is linear in the normal one, from zero on; beyond the last, its
    stretch goes on.
    """
    normal = float(norm.ppf(0.5 + level / 2))
    nodes = np.concatenate([[0.0], NORMAL])
    multiples = np.column_stack([np.zeros(len(sd)), NORMAL * stretch])  # (N, 1 + L)
    place = min(int(np.searchsorted(nodes, normal, side="right")), len(nodes) - 1)
    if normal >= nodes[-1]:
        return np.asarray(sd * normal * stretch[:, -1])
    share = (normal - nodes[place - 1]) / (nodes[place] - nodes[place - 1])
    return np.asarray(sd * ((1.0 - share) * multiples[:, place - 1] + share * multiples[:, place]))


def stretches_between(nodes: Sequence[tuple[int, tuple[float, ...]]], count: int) -> Floats:
    """Return the stretch at each level for a rater of whom so many ratings are known, between those measured, (L,)."""
    counts = np.log1p([node for node, _ in nodes])
    table = np.array([stretch for _, stretch in nodes])  # (nodes, L)
    return np.array([np.interp(np.log1p(count), counts, column) for column in table.T])


def measured_stretch(errors: Floats) -> Floats:
    """Return the stretch at each level of absolute errors in sd: their quantile over the normal one, (L,)."""
    return np.asarray(np.quantile(errors, LEVELS) / NORMAL)
