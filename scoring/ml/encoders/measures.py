"""Read plain properties of a picture out of an encoder's vector, where the encoder keeps them."""

from collections.abc import Mapping

import numpy as np

from scoring.ml.data.arrays import Floats
from scoring.ml.encoders.composition import COLOUR_MEASURES, PARTS
from scoring.ml.encoders.keys import DEFAULT_KEY, FIRST_KEY, part_names
from scoring.ml.encoders.offline import FIRST_PARTS

COLOUR = "colour"


def place_of_colour(key: str) -> tuple[int, int] | None:
    """Give where an encoder's vectors keep the statistics of colour, start and length; none if they do not."""
    if key not in {DEFAULT_KEY, FIRST_KEY}:
        return None
    place = part_names(key, len(FIRST_PARTS)).index(COLOUR)
    return sum(FIRST_PARTS[:place]), PARTS[0]


def measures_of(colour: Floats) -> Mapping[str, Floats]:
    """Give brightness, contrast, colourfulness and warmth of pictures by their statistics of colour (N, C)."""
    return {name: np.asarray(colour[:, list(places)].sum(axis=1)) for name, places in COLOUR_MEASURES.items()}
