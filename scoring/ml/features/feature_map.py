"""Assemble what is known of an image into one vector of standardised blocks."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from scoring.ml.data.arrays import Floats, Images, Ints

IMAGE, PROMPT = "image", "prompt"
LARGEST_COLUMN = 64  # metadata of more categories identifies images rather than kinds of images
LARGEST_BLOCK = 256  # dimensions that a block is rotated to; the rest counts as unknown
NEGLIGIBLE = 1e-9  # squared length that rounding leaves
# Spread of a feature, as a share of the largest, that rounding leaves: a root taken of nearly nothing moves by 1e-4.
ROUNDING = 1e-4


@dataclass(frozen=True, kw_only=True)
class Features:
    """Hold the rotated features of N images: blocks side by side, and what each block leaves out."""

    values: Floats  # (N, C)
    left_out: Floats  # (N, B), squared length of each block outside its rotation
    widths: tuple[int, ...]  # columns of each block, together C

    def take(self, rows: Ints | NDArray[np.bool_]) -> "Features":
        """Return the features of these images."""
        return Features(values=self.values[rows], left_out=self.left_out[rows], widths=self.widths)

    def kernels(self, rows: Ints) -> list[Floats]:
        """Return for each block the likeness of these images, (n, n); left-out parts are like nothing else."""
        chosen, edges = self.take(rows), np.cumsum([0, *self.widths])
        blocks = [chosen.values[:, start:stop] for start, stop in pairwise(edges)]
        own = [np.where(rows[:, None] == rows, left[:, None], 0.0) for left in chosen.left_out.T]
        return [block @ block.T + same for block, same in zip(blocks, own, strict=True)]

    def by_block(self, columns: Floats) -> Floats:
        """Return values * columns summed within each block, (N, B)."""
        edges = np.cumsum([0, *self.widths])[:-1]
        return np.asarray(np.add.reduceat(self.values * columns, edges, axis=1))


@dataclass(frozen=True, kw_only=True)
class Block:
    """Standardise one kind of feature so that an image has squared length one on average, and rotate it."""

    name: str  # IMAGE, PROMPT or a metadata column
    start: int  # columns of the source, of metadata unused
    stop: int
    centre: Floats = field(default_factory=lambda: np.zeros(0))  # (D,)
    scale: Floats = field(default_factory=lambda: np.zeros(0))  # (D,)
    rotation: Floats = field(default_factory=lambda: np.zeros((0, 0)))  # (D, c), orthonormal columns
    categories: tuple[str, ...] = ()  # of a metadata column, one feature each
    part: int = 0  # of the image features: which of the encoder's parts, from one

    def apply(self, images: Images) -> tuple[Floats, Floats]:
        """Return the features (N, c) and the squared length left out (N,); the unknown counts as average."""
        standard = self.standardised(images)
        rotated = standard @ self.rotation
        rest = np.square(standard).sum(axis=1) - np.square(rotated).sum(axis=1)
        return rotated, np.where(rest > NEGLIGIBLE, rest, 0.0)

    def standardised(self, images: Images) -> Floats:
        """Return the features centred and scaled, (N, D)."""
        raw = self.raw(images)
        centred = (raw - self.centre) * self.scale
        if self.name != IMAGE:
            centred[~raw.any(axis=1)] = 0.0
        return np.asarray(centred)

    def raw(self, images: Images) -> Floats:
        """Return the features as they come, (N, D)."""
        if self.name == IMAGE:
            return images.features[:, self.start : self.stop].astype(np.float64)
        if self.name == PROMPT:
            return images.prompt_features.astype(np.float64)
        column = np.array(images.metadata.get(self.name, ("",) * len(images)))
        return np.asarray(column[:, None] == np.array(self.categories)[None, :], np.float64)


@dataclass(frozen=True, kw_only=True)
class FeatureMap:
    """Turn images into blocks of features, each of mean zero and squared length one."""

    blocks: tuple[Block, ...]

    def apply(self, images: Images) -> Features:
        """Return the features of all blocks."""
        found = [block.apply(images) for block in self.blocks]
        return Features(
            values=np.hstack([values for values, _ in found]),
            left_out=np.column_stack([rest for _, rest in found]),
            widths=tuple(block.rotation.shape[1] for block in self.blocks),
        )

    def names(self) -> list[str]:
        """Name each block; the parts of the image are numbered from one."""
        return [f"{IMAGE} {block.part}" if block.name == IMAGE else block.name for block in self.blocks]


def fit_features(images: Images) -> FeatureMap:
    """Fit one block per part of the image features, the prompt, and each metadata column."""
    edges = np.cumsum([0, *(images.parts or (images.features.shape[1],))])
    blocks = [
        Block(name=IMAGE, start=int(start), stop=int(stop), part=part)
        for part, (start, stop) in enumerate(pairwise(edges), start=1)
    ]
    blocks.append(Block(name=PROMPT, start=0, stop=images.prompt_features.shape[1]))
    for name, column in sorted(images.metadata.items()):
        blocks.append(Block(name=name, start=0, stop=0, categories=_categories(column)))
    fitted = [_scaled(block, images) for block in blocks]
    varying = tuple(_rotated(block, images) for block in fitted if block.scale.any())
    if not varying:
        raise ValueError("images: no feature differs between images, nothing can be learned")
    return FeatureMap(blocks=varying)


def principal_axes(rows: Floats, size: int, *, kept: float = 1.0) -> Floats:
    """Return at most `size` directions (D, d) that hold the share `kept` of the rows' squared length."""
    count, width = rows.shape
    small = rows @ rows.T if count <= width else rows.T @ rows  # both have the same spectrum
    first = max(len(small) - size, 0)
    values, vectors = eigh(small, subset_by_index=(first, len(small) - 1))
    values, vectors = np.maximum(values[::-1], 0.0), vectors[:, ::-1]
    share = np.cumsum(values) / max(float(np.trace(small)), 1e-300)
    enough = min(int(np.searchsorted(share, kept)) + 1, int((values > 1e-10 * values[0]).sum()))
    enough = max(enough, 1)
    axes = vectors[:, :enough]
    if count <= width:
        axes = rows.T @ axes / np.sqrt(np.maximum(values[:enough], 1e-300))
    return np.ascontiguousarray(axes)


def _scaled(block: Block, images: Images) -> Block:
    raw = block.raw(images)
    centre, deviation = raw.mean(axis=0), raw.std(axis=0)
    floor = ROUNDING * max(float(deviation.max(initial=0.0)), 1e-12)
    varying = deviation > floor
    if block.categories:  # rare categories must not count as much as common ones
        scale = np.full(len(centre), 1.0 / np.sqrt(max(float(np.square(deviation).sum()), 1e-12)))
    else:
        scale = varying / np.where(varying, deviation, 1.0) / np.sqrt(max(varying.sum(), 1))
    return replace(block, centre=centre, scale=np.asarray(scale))


def _rotated(block: Block, images: Images) -> Block:
    return replace(block, rotation=principal_axes(block.standardised(images), LARGEST_BLOCK))


def _categories(column: Sequence[str]) -> tuple[str, ...]:
    known = sorted({name for name in column if name})
    return tuple(known) if 1 < len(known) <= LARGEST_COLUMN else ()
