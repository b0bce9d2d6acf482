"""Train on several rating sets at once, each with its own scale; the first is the one that is served."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from scoring.ml.data.arrays import Images, Ints, Raters, Ratings, Snapshot


@dataclass(frozen=True, kw_only=True)
class DatasetHead:
    """Hold how a set's ratings relate to the first set's: rating = offset + gain * rating there."""

    name: str
    gain: float
    offset: float
    ratings: int
    weight: float  # mean over its ratings

    def as_json(self) -> dict[str, Any]:
        """Return plain numbers for the record of a fit."""
        return {
            "name": self.name,
            "gain": round(self.gain, 5),
            "offset": round(self.offset, 5),
            "ratings": self.ratings,
            "weight": round(self.weight, 5),
        }


def align_datasets(snapshot: Snapshot) -> tuple[Snapshot, list[DatasetHead]]:
    """Map every set's ratings to the scale of the first, and say how.

    Sets share neither raters nor images, so level and spread within raters are what can be
    compared: the gain is the ratio of spreads, the offset makes the mean raters agree.
    """
    ratings, heads = snapshot.ratings, []
    value = ratings.value.copy()
    first = _level_and_spread(ratings.take(ratings.dataset == 0))
    for place, name in enumerate(snapshot.datasets):
        rows = ratings.dataset == place
        own = _level_and_spread(ratings.take(rows)) if place else first
        gain = own[1] / first[1]
        offset = own[0] - gain * first[0]
        if place and rows.any():
            value[rows] = (value[rows] - offset) / gain
        weight = float(ratings.weight[rows].mean()) if rows.any() else 0.0
        heads.append(DatasetHead(name=name, gain=gain, offset=offset, ratings=int(rows.sum()), weight=weight))
    return snapshot.with_ratings(replace(ratings, value=value)), heads


def join_snapshots(
    first: Snapshot, others: Mapping[str, Snapshot], weights: Mapping[str, float] | None = None
) -> Snapshot:
    """Put other sets behind the first, whose rows keep their places; an image that both show is one image.

    A rating of another set weighs what `weights` says, or else its fair share.
    """
    joined = first
    for name, other in others.items():
        share = (weights or {}).get(name, fair_share(first, other))
        joined = _append(joined, name, other, share)
    return joined


def fair_share(first: Snapshot, other: Snapshot) -> float:
    """Return what a rating of another set weighs so that the set does not outweigh the first."""
    return min(1.0, len(first.ratings) / max(float(other.ratings.weight.sum()), 1.0))


def _level_and_spread(ratings: Ratings) -> tuple[float, float]:
    """Return the mean over raters of their mean, and the spread around it within raters."""
    _, rater = np.unique(ratings.rater, return_inverse=True)
    count = np.bincount(rater)
    if not len(count):
        return 0.5, 0.25
    mean = np.bincount(rater, ratings.value) / count
    within = np.square(ratings.value - mean[rater]).sum() / max(len(rater) - len(count), 1)
    return float(mean.mean()), max(float(np.sqrt(within)), 1e-3)


def _append(first: Snapshot, name: str, other: Snapshot, share: float) -> Snapshot:
    known = {key: row for row, key in enumerate(first.images.keys)}
    is_new = np.array([key not in known for key in other.images.keys], bool)
    left, right = first.images, other.images.take(np.flatnonzero(is_new))
    places = len(left) + np.cumsum(is_new) - 1  # (N,), of the other's images among the joined
    for row in np.flatnonzero(~is_new):
        places[row] = known[other.images.keys[row]]
    images = Images(
        keys=left.keys + right.keys,
        features=np.vstack([left.features, right.features]),
        prompt_features=np.vstack([left.prompt_features, right.prompt_features]),
        metadata=_stacked((left.metadata, len(left)), (right.metadata, len(right))),
        parts=left.parts,
    )
    profile = _stacked((first.raters.profile, len(first.raters)), (other.raters.profile, len(other.raters)))
    return Snapshot(
        images=images,
        raters=Raters(keys=first.raters.keys + other.raters.keys, profile=profile),
        ratings=_ratings(first, other, places, share),
        datasets=(*first.datasets, name),
    )


def _ratings(first: Snapshot, other: Snapshot, places: Ints, share: float) -> Ratings:
    left, right = first.ratings, other.ratings
    return Ratings(
        rater=np.concatenate([left.rater, right.rater + len(first.raters)]),
        image=np.concatenate([left.image, places[right.image]]),
        value=np.concatenate([left.value, right.value]),
        dataset=np.concatenate([left.dataset, np.full(len(right), len(first.datasets))]),
        weight=np.concatenate([left.weight, share * right.weight]),
    )


def _stacked(
    left: tuple[Mapping[str, Sequence[str]], int], right: tuple[Mapping[str, Sequence[str]], int]
) -> dict[str, tuple[str, ...]]:
    """Put columns under each other; what a set does not know of is the empty string."""
    names = sorted({*left[0], *right[0]})
    return {
        name: tuple(cell for columns, count in (left, right) for cell in columns.get(name, ("",) * count))
        for name in names
    }
