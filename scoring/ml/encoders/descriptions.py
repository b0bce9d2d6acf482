"""Say of what medium a picture is and what it shows, where texts and pictures lie in one space.

Each picture is compared with short descriptions, of which one per question is to fit (zero-shot, Radford et al. 2021).
"""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from scoring.ml.data.arrays import Floats32
from scoring.ml.encoders.shares import SUREST, softmax

SCALE = 100.0  # of cosines in the softmax: where CLIP's training ends
MEDIA: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "medium:photo": ("a photograph", "a photo taken with a camera", "a black and white photograph"),
        "medium:oil": ("an oil painting", "a painting in oil on canvas"),
        "medium:watercolour": ("a watercolor painting", "a watercolour"),
        "medium:ink": ("an ink drawing", "a line drawing in pen and ink"),
        "medium:pencil": ("a pencil drawing", "a charcoal drawing"),
        "medium:print": ("a screen print", "a printed poster"),
        "medium:cutout": ("a paper collage", "a paper cut-out"),
        "medium:digital": ("a digital painting", "a digital illustration"),
        "medium:rendering": ("a 3D rendering", "computer-generated 3D graphics"),
        "medium:comic": ("a comic drawing", "an anime drawing"),
        "medium:pixels": ("pixel art", "graphics of an 8-bit game"),
    }
)
SUBJECTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "seen:people": ("a picture of people", "a portrait of a person", "a picture of clothes"),
        "seen:pets": ("a picture of a dog", "a picture of a cat"),
        "seen:birds": ("a picture of a bird",),
        "seen:animals": ("a picture of a wild animal", "a picture of farm animals"),
        "seen:fish": ("a picture of a fish", "a picture of a reptile", "a picture of a frog"),
        "seen:plants": ("a picture of flowers", "a picture of a plant"),
        "seen:food": ("a picture of food", "a picture of drinks"),
        "seen:vehicles": ("a picture of a vehicle", "a picture of a car", "a picture of a ship"),
        "seen:buildings": ("a picture of a building", "a picture of architecture"),
        "seen:rooms": ("a picture of a room", "a picture of furniture"),
        "seen:landscapes": ("a picture of a landscape", "a picture of mountains", "a picture of the sea"),
        "": ("an abstract picture", "a picture of a pattern", "a picture of text", "a picture of an object"),
    }
)
QUESTIONS = (MEDIA, SUBJECTS)
DESCRIPTIONS = tuple(text for answers in QUESTIONS for texts in answers.values() for text in texts)


def described_traits(vectors: Floats32, described: Mapping[str, Floats32]) -> list[frozenset[str]]:
    """Give the traits of pictures (N, D) by vectors of all DESCRIPTIONS (D,): of each question the one that is sure."""
    found = [set[str]() for _ in vectors]
    for answers in QUESTIONS:
        traits = list(answers)
        directions = np.array(
            [_unit(np.mean([described[text] for text in answers[trait]], axis=0)) for trait in traits]
        )
        shares = softmax(SCALE * _unit(vectors) @ directions.T)  # (N, traits)
        for traits_of_one, place, share in zip(found, shares.argmax(axis=1), shares.max(axis=1), strict=True):
            if share >= SUREST and traits[place]:
                traits_of_one.add(traits[place])
    return [frozenset(traits_of_one) for traits_of_one in found]


def _unit(vectors: Floats32) -> Floats32:
    """Give rows of unit length."""
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True).clip(1e-12), np.float32)
