"""Likeness of images as kernels: near in what the encoder sees, and near within one kind of image.

With d the distance of two images in weighted features, k(x, y) = exp(-d^2 / (2 l^2)), l = `REACH`, and for a metadata
column the same where both are of one category, 0 otherwise. Each kernel is kept as features against anchor images a
(Nystroem): f(x) = k(x, a) K_aa^(-1/2), so that f(x) . f(y) is about k(x, y), and exactly so for anchors.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh

from scoring.ml.data.arrays import Floats, Images, Ints
from scoring.ml.features.feature_map import Features, principal_axes

REACH = 2.0  # of the distance; features have squared length one on average, two images are about 1.4 apart
MOST_ANCHORS = 1000
DIMENSIONS = 256  # that distances are taken in
NEGLIGIBLE = 1e-8  # share of the largest eigenvalue
MOST_COLUMNS = 4  # metadata columns that get a kernel


@dataclass(frozen=True, kw_only=True)
class Kernel:
    """Hold one kernel over the anchors."""

    column: str  # whose categories must agree; empty for any
    kinds: tuple[str, ...]  # the anchors' categories; empty without a column
    root: Floats  # (M, m), K_aa^(-1/2)

    def apply(self, near: Floats, images: Images) -> tuple[Floats, Floats]:
        """Return features (N, m) and the squared length that they leave out (N,); near (N, M)."""
        own = np.ones(len(images))
        if self.column:
            kinds = np.array(images.metadata.get(self.column, ("",) * len(images)))
            near = near * (kinds[:, None] == np.array(self.kinds)[None, :]) * (kinds != "")[:, None]
            own = (kinds != "").astype(np.float64)
        values = near @ self.root
        return values, np.maximum(own - np.square(values).sum(axis=1), 0.0)


@dataclass(frozen=True, kw_only=True)
class Likeness:
    """Hold anchor images, and the kernels over them."""

    axes: Floats  # (C, c), weighted features to the space of distances
    anchors: Floats  # (M, c)
    kernels: tuple[Kernel, ...]

    def widened(self, features: Features, images: Images) -> Features:
        """Put the kernels' features beside those of the images."""
        if not self.kernels:
            return features
        near = _nearness(features.values @ self.axes, self.anchors)
        found = [kernel.apply(near, images) for kernel in self.kernels]
        return Features(
            values=np.hstack([features.values, *(values for values, _ in found)]),
            left_out=np.column_stack([features.left_out, *(rest for _, rest in found)]),
            widths=(*features.widths, *(values.shape[1] for values, _ in found)),
        )

    def names(self) -> list[str]:
        """Name each kernel."""
        return [f"likeness within {kernel.column}" if kernel.column else "likeness" for kernel in self.kernels]


def fit_likeness(features: Features, images: Images, weights: Floats, *, seed: int) -> Likeness:
    """Choose anchors among these images; `weights` (B,) say how much each block of features counts in distances."""
    scaled = np.sqrt(np.repeat(weights / max(float(weights.sum()), 1e-12), features.widths))
    rows = np.sort(np.random.default_rng(seed).permutation(len(features.values))[:MOST_ANCHORS])
    axes = scaled[:, None] * principal_axes(features.values[rows] * scaled, DIMENSIONS)
    anchors = features.values[rows] @ axes
    near = _nearness(anchors, anchors)
    return Likeness(
        axes=axes,
        anchors=anchors,
        kernels=tuple(_kernel(near, images, rows, column) for column in ("", *_columns(images))),
    )


def _columns(images: Images) -> Sequence[str]:
    """Return the metadata columns that put several images into several categories."""
    found = []
    for name, column in sorted(images.metadata.items()):
        kinds = len(set(column) - {""})
        if 1 < kinds <= len(column) / 4:
            found.append(name)
    return found[:MOST_COLUMNS]


def _kernel(near: Floats, images: Images, rows: Ints, column: str) -> Kernel:
    kinds = tuple(images.metadata[column][row] for row in rows) if column else ()
    if column:
        codes = np.array(kinds)
        near = near * (codes[:, None] == codes[None, :]) * (codes != "")[:, None]
    values, vectors = eigh(near)
    kept = values > NEGLIGIBLE * values[-1]
    return Kernel(column=column, kinds=kinds, root=vectors[:, kept] / np.sqrt(values[kept]))


def _nearness(left: Floats, right: Floats) -> Floats:
    """Return exp(-d^2 / (2 l^2)) for rows of both, (N, M)."""
    squared = np.square(left).sum(axis=1)[:, None] + np.square(right).sum(axis=1)[None, :] - 2.0 * left @ right.T
    return np.asarray(np.exp(-np.maximum(squared, 0.0) / (2.0 * REACH**2)))
