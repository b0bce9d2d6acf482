"""Derive from held-out errors how wide intervals should be, by the number of ratings known of a rater."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scoring.ml.data.arrays import Floats
from scoring.ml.evaluation.held_out import COUNTS, ErrorGroup, HeldOutErrors
from scoring.ml.taste.head import TasteHead
from scoring.ml.taste.intervals import LEVELS, NORMAL, measured_stretch

SHARES = np.array(LEVELS)
WIDTHS = np.linspace(0.6, 1.8, 121)
PRIOR_ERRORS = 300.0  # weight of what holds over all counts, in errors of one count


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """Hold the factor on every sd, and the stretch of intervals, by ratings known."""

    widths: tuple[tuple[int, float], ...]
    stretches: tuple[tuple[int, tuple[float, ...]], ...]


UNCALIBRATED = Calibration(widths=TasteHead.widths, stretches=TasteHead.stretches)


def calibrate(found: Sequence[HeldOutErrors]) -> Calibration:
    """Return the factor on sd whose normal intervals hold best, and the stretch that makes each level hold by itself.

    Both are measured on held-out images, of held-out raters and of known ones; a count of few errors borrows from all.
    """
    by_count: dict[int, list[Floats]] = {}
    usual: list[Floats] = []  # of all counts alike, so without those of no ratings that only one count has
    for one in found:
        if one.group == ErrorGroup.NEW_ON_KNOWN or not len(one.error):
            continue
        errors = np.abs(one.error) / one.sd
        by_count.setdefault(_nearest(one.count), []).append(errors)
        usual += [errors] if one.group != ErrorGroup.AS_IF_NEW else []
    if not usual:
        return UNCALIBRATED
    usual_width, usual_stretch = _normal_width(np.concatenate(usual)), measured_stretch(np.concatenate(usual))
    widths, stretches = [], []
    for count, parts in sorted(by_count.items()):
        errors = np.concatenate(parts)
        share = len(errors) / (len(errors) + PRIOR_ERRORS)
        width = share * _normal_width(errors) + (1.0 - share) * usual_width
        stretch = (share * measured_stretch(errors) + (1.0 - share) * usual_stretch) / width
        widths.append((count, float(width)))
        stretches.append((count, tuple(stretch.tolist())))
    return Calibration(widths=tuple(widths), stretches=tuple(stretches))


def _nearest(count: int) -> int:
    return min(COUNTS, key=lambda other: abs(np.log1p(other) - np.log1p(count)))


def _normal_width(errors: Floats) -> float:
    """Return the factor whose normal intervals miss the levels least, in squares."""
    inside = (errors[None, :, None] <= WIDTHS[:, None, None] * NORMAL).mean(axis=1)  # (widths, levels)
    return float(WIDTHS[int(np.argmin(np.square((inside - SHARES) / np.sqrt(SHARES * (1.0 - SHARES))).sum(axis=1)))])
