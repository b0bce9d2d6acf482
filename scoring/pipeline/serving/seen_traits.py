"""Say what pictures show, from their stored vectors, where the encoder was trained to name it."""

from collections.abc import Collection, Mapping
from uuid import UUID

import numpy as np

from scoring.ml.encoders.subjects import places_of_features, subjects_of
from scoring.selectors.own_taste import parts_of_vectors

PICTURES_AT_ONCE = 500  # whose probabilities of all classes are in memory


def seen_traits(*, encoder_key: str, images: Collection[UUID]) -> Mapping[UUID, frozenset[str]]:
    """Give what is seen on each picture that has a vector, such as "seen:birds"."""
    places, found = places_of_features(encoder_key), dict[UUID, frozenset[str]]()
    keys = list(images) if places is not None else []
    for start in range(0, len(keys), PICTURES_AT_ONCE):
        chunk = keys[start : start + PICTURES_AT_ONCE]
        parts = [
            parts_of_vectors(encoder_key=encoder_key, images=chunk, start=begin, length=length)
            for begin, length in places or ()
        ]
        known = [key for key in chunk if all(key in part for part in parts)]
        if known:
            features = [np.array([np.asarray(part[key]) for key in known], np.float32) for part in parts]
            named = subjects_of(features)
            found |= {key: frozenset({f"seen:{name}"}) for key, name in zip(known, named, strict=True) if name}
    return found
