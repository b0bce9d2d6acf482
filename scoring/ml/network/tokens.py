"""What a network reads: the inputs it is made for, and categories as numbers. Without torch."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from scoring.ml.data.arrays import Categories, Ints


@dataclass(frozen=True, kw_only=True)
class TokenSettings:
    """Describe the network: its inputs, and its size."""

    image_width: int
    prompt_width: int
    metadata: Mapping[str, tuple[str, ...]]  # column -> known categories
    profile: Mapping[str, tuple[str, ...]]  # question -> known answers
    width: int = 64
    layers: int = 2
    heads: int = 4
    thresholds: int = 9
    dropout: float = 0.1
    token_dropout: float = 0.2


def code_columns(known: Mapping[str, tuple[str, ...]], columns: Categories, count: int) -> Ints:
    """Return the place of each category among the known ones, -1 otherwise, (count, columns)."""
    coded = np.full((count, len(known)), -1, np.int64)
    for place, (name, categories) in enumerate(known.items()):
        codes = {category: code for code, category in enumerate(categories)}
        if name in columns:
            coded[:, place] = [codes.get(category, -1) for category in columns[name]]
    return coded
