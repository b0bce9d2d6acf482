"""Read plain properties of a picture out of an encoder's vector, where the encoder keeps them."""

from collections.abc import Mapping

import numpy as np

from scoring.ml.data.arrays import Floats
from scoring.ml.encoders.composition import KINDS, MEASURES, PARTS
from scoring.ml.encoders.keys import DEFAULT_KEY, FIRST_KEY, part_names
from scoring.ml.encoders.offline import FIRST_PARTS

START_OF_KIND = dict(zip(KINDS, np.cumsum([0, *PARTS[:-1]]).tolist(), strict=True))


def place_of_statistics(key: str) -> tuple[int, int] | None:
    """Give where an encoder's vectors keep the picture's statistics, start and length; none if they do not."""
    if key not in {DEFAULT_KEY, FIRST_KEY}:
        return None
    place = part_names(key, len(FIRST_PARTS)).index(KINDS[0])
    return sum(FIRST_PARTS[:place]), sum(PARTS)


def measures_of(statistics: Floats) -> Mapping[str, Floats]:
    """Give light, colour and composition of pictures, each by its name (N,), from their statistics (N, S)."""
    return {
        name: np.asarray(statistics[:, [START_OF_KIND[kind] + place for place in places]].sum(axis=1))
        for name, (kind, places) in MEASURES.items()
    }
