"""Say what pictures show and of what medium they are, from their stored vectors, where the encoder can tell."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

import numpy as np

from scoring.ml.data.arrays import Floats32
from scoring.ml.encoders.descriptions import DESCRIPTIONS, described_traits
from scoring.ml.encoders.subjects import places_of_features, subjects_of
from scoring.selectors.own_taste import parts_of_vectors, vectors_of_descriptions

PICTURES_AT_ONCE = 500  # whose vectors are in memory


def seen_traits(*, encoder_key: str, images: Collection[UUID]) -> Mapping[UUID, frozenset[str]]:
    """Give what is seen on each picture that has a vector, such as "seen:birds" or "medium:oil"."""
    described = {text: np.asarray(one, np.float32) for text, one in descriptions(encoder_key).items()}
    places = places_of_features(encoder_key) or [(0, len(one)) for one in list(described.values())[:1]]
    keys = list(images) if places else []
    found: dict[UUID, frozenset[str]] = {}
    for start in range(0, len(keys), PICTURES_AT_ONCE):
        known, parts = parts_of_chunk(encoder_key, keys[start : start + PICTURES_AT_ONCE], places)
        if not known:
            continue
        traits = described_traits(parts[0], described) if described else named_subjects(parts)
        found |= dict(zip(known, traits, strict=True))
    return found


def descriptions(encoder_key: str) -> Mapping[str, Sequence[float]]:
    """Give the vectors of all descriptions; none where the text tower has not read them, or is not there."""
    found = vectors_of_descriptions(encoder_key=encoder_key)
    return {text: found[text] for text in DESCRIPTIONS} if found.keys() >= set(DESCRIPTIONS) else {}


def named_subjects(parts: Sequence[Floats32]) -> list[frozenset[str]]:
    """Give the subject that classifiers name, as a trait."""
    return [frozenset({f"seen:{name}"} if name else ()) for name in subjects_of(parts)]


def parts_of_chunk(
    encoder_key: str, images: Sequence[UUID], places: Sequence[tuple[int, int]]
) -> tuple[list[UUID], list[Floats32]]:
    """Give the pictures that have a vector, and each part of these, (N, length)."""
    parts = [
        parts_of_vectors(encoder_key=encoder_key, images=images, start=start, length=length) for start, length in places
    ]
    known = [key for key in images if all(key in part for part in parts)]
    return known, [np.array([np.asarray(part[key]) for key in known], np.float32) for part in parts]
