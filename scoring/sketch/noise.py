"""Smooth random fields that clouds, paper, canvas and brushwork are made of."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Field: TypeAlias = NDArray[np.float32]
Size: TypeAlias = tuple[int, int]


def lattice(rng: np.random.Generator, size: Size, cells: tuple[float, float]) -> Field:
    """Give one octave of noise in [-1, 1] with about so many cells across and down."""
    across, down = (max(2, round(count) + 3) for count in cells)
    grid = rng.uniform(-1, 1, (down, across)).astype(np.float32)
    return _stretched(grid, size)


def clouds(rng: np.random.Generator, size: Size, cells: tuple[float, float], octaves: int = 4) -> Field:
    """Sum octaves of noise, scaled to [0, 1]."""
    small = (max(8, size[0] // 3), max(8, size[1] // 3))
    total = np.zeros((small[1], small[0]), dtype=np.float32)
    for octave in range(octaves):
        fine = 2**octave
        total += lattice(rng, small, (cells[0] * fine, cells[1] * fine)) / np.float32(1.8**octave)
    low, high = float(total.min()), float(total.max())
    scaled = Image.fromarray((total - low) / np.float32(max(high - low, 1e-6)))
    return np.asarray(scaled.resize(size, Image.Resampling.BILINEAR))


def speckle(rng: np.random.Generator, size: Size) -> Field:
    """Give white noise with unit spread, tiled from a patch so that it stays cheap."""
    side = 256
    patch = rng.standard_normal((side, side), dtype=np.float32)
    repeats = (-(-size[1] // side), -(-size[0] // side))
    # rows of tiles are rolled against each other, which hides the repetition
    rows = [np.tile(np.roll(patch, (37 * row, 91 * row), (0, 1)), (1, repeats[1])) for row in range(repeats[0])]
    return np.concatenate(rows)[: size[1], : size[0]]


def _stretched(grid: Field, size: Size) -> Field:
    """Enlarge a grid smoothly."""
    return np.asarray(Image.fromarray(grid).resize(size, Image.Resampling.BICUBIC))
