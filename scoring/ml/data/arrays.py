"""Arrays that every model reads: images, raters and ratings of one snapshot."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]
Ints = NDArray[np.int64]
Categories = Mapping[str, tuple[str, ...]]


def rows_by(code: Ints) -> dict[int, Ints]:
    """Return the rows of each code, in order: one sort, where a search per code would be quadratic."""
    order = np.argsort(code, kind="stable")
    known, starts = np.unique(code[order], return_index=True)
    return dict(zip(known.tolist(), np.split(order, starts[1:]), strict=True)) if len(code) else {}


@dataclass(frozen=True, kw_only=True)
class Images:
    """Hold what is known of N images; an unknown category is the empty string."""

    keys: tuple[str, ...]
    features: Floats32  # (N, D)
    prompt_features: Floats32  # (N, P), zeros without a prompt
    metadata: Categories = field(default_factory=dict)  # column -> N categories
    parts: tuple[int, ...] = ()  # widths of the encoder's kinds of features; together D

    def __post_init__(self) -> None:
        """Refuse arrays that disagree on the number of images."""
        count = len(self.keys)
        rows = [len(self.features), len(self.prompt_features)]
        rows += [len(column) for column in self.metadata.values()]
        if any(row != count for row in rows):
            raise ValueError(f"images: {count} keys, but columns of {rows} rows")
        if self.parts and sum(self.parts) != self.features.shape[1]:
            raise ValueError(f"images: parts {self.parts} do not add up to the feature width")

    def __len__(self) -> int:
        """Count the images."""
        return len(self.keys)

    def take(self, rows: Ints) -> "Images":
        """Return the images of these rows, in this order."""
        return Images(
            keys=tuple(self.keys[row] for row in rows),
            features=self.features[rows],
            prompt_features=self.prompt_features[rows],
            metadata={name: tuple(column[row] for row in rows) for name, column in self.metadata.items()},
            parts=self.parts,
        )


@dataclass(frozen=True, kw_only=True)
class Raters:
    """Hold the raters and their profile answers; an unknown answer is the empty string."""

    keys: tuple[str, ...]
    profile: Categories = field(default_factory=dict)  # question -> one answer per rater

    def __len__(self) -> int:
        """Count the raters."""
        return len(self.keys)

    def answers(self, row: int) -> dict[str, str]:
        """Return one rater's given answers by question."""
        return {name: column[row] for name, column in self.profile.items() if column[row]}


@dataclass(frozen=True, kw_only=True)
class Ratings:
    """Hold R ratings as indices into images and raters; values are scaled into [0, 1]."""

    rater: Ints  # (R,)
    image: Ints  # (R,)
    value: Floats  # (R,)
    dataset: Ints  # (R,)
    weight: Floats  # (R,)

    @classmethod
    def of(cls, rater: Ints, image: Ints, value: Floats) -> "Ratings":
        """Build the ratings of one dataset, all of weight one."""
        count = len(value)
        return cls(
            rater=np.asarray(rater, np.int64),
            image=np.asarray(image, np.int64),
            value=np.asarray(value, np.float64),
            dataset=np.zeros(count, np.int64),
            weight=np.ones(count),
        )

    def __len__(self) -> int:
        """Count the ratings."""
        return len(self.value)

    def take(self, rows: NDArray[np.bool_] | Ints) -> "Ratings":
        """Return these ratings."""
        return Ratings(
            rater=self.rater[rows],
            image=self.image[rows],
            value=self.value[rows],
            dataset=self.dataset[rows],
            weight=self.weight[rows],
        )


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """Hold everything one training run reads."""

    images: Images
    raters: Raters
    ratings: Ratings
    datasets: tuple[str, ...] = ("study",)

    def digest(self) -> str:
        """Return the SHA-256 of all content: equal digests train equal models."""
        state = hashlib.sha256()
        for array in (
            self.images.features,
            self.images.prompt_features,
            self.ratings.rater,
            self.ratings.image,
            self.ratings.value,
            self.ratings.dataset,
            self.ratings.weight,
        ):
            state.update(repr((array.dtype.str, array.shape)).encode())
            state.update(np.ascontiguousarray(array).tobytes())
        names = (self.images.keys, self.raters.keys, self.datasets)
        columns = (sorted(self.images.metadata.items()), sorted(self.raters.profile.items()))
        state.update(repr((names, columns)).encode())
        return state.hexdigest()

    def with_ratings(self, ratings: Ratings) -> "Snapshot":
        """Return the same images and raters under other ratings."""
        return Snapshot(images=self.images, raters=self.raters, ratings=ratings, datasets=self.datasets)
