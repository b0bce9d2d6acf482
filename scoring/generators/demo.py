"""The prompts of the demo study, balanced over domains, scenes and attribute values, and made-up tastes for them."""

from __future__ import annotations

import io
import random
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType

import numpy as np

from scoring.generators.base import ImageRequest
from scoring.generators.sketch_generator import render_sketch
from scoring.prompts.attributes import (
    DOMAINS,
    VOCABULARY,
    Attributes,
    PromptParts,
    write_prompt,
)

SUBJECTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "art": (
            "rolling hills with a lane of trees",
            "snowy mountains above a lake",
            "sailing boats on the open sea",
            "a vase and fruit on a table",
            "tall garden flowers",
            "drifting discs and circles",
            "geometric planes in suspense",
            "silk in the wind",
            "balanced stones and organic forms",
            "a wide valley of fields",
            "an alpine peak under snow",
            "waves on a rocky coast",
            "a bowl and a jug in a still corner",
            "a wild meadow plant with leaves",
            "spheres in orbit",
            "a dream of river currents",
        ),
        "cinema": (
            "the skyline of a river city",
            "a walker in a narrow street",
            "someone waiting by a window in a quiet room",
            "a lone traveller among desert dunes",
            "a figure on a forest path",
            "a pier on a still lake",
            "the ringed planet of another world",
            "the towers of a sleepless metropolis",
            "an alley behind the market",
            "a hotel room with a view",
            "a walker lost in the sand",
            "trees of an old woods",
            "the far shore across the water",
            "an explorer in alien space",
        ),
        "design": (
            "a jazz concert poster",
            "an architecture exhibition poster",
            "a summer festival poster",
            "a radio conference poster",
            "the coffee brand logo",
            "a dance club poster",
            "a record fair poster",
            "a modern museum poster",
            "a coastal travel poster",
            "an open science poster",
            "the bakery mark",
            "a debut album poster",
        ),
        "fashion": (
            "a model in an evening gown",
            "a runway collection",
            "a summer skirt laid out as a garment",
            "a table of textile swatches",
            "a portrait in a statement hat",
            "a figure in a long coat",
            "a tailored jacket from the wardrobe",
            "hand-printed fabric for a small workshop",
            "a portrait with bold earrings",
            "models at a graduation show",
        ),
    }
)
MOMENTS = (
    "in early spring",
    "after a long journey",
    "on the first day of the year",
    "remembered from childhood",
    "seen by a stranger",
    "before everything begins",
    "for somebody dear",
    "in a town by the border",
    "on a slow Sunday",
    "at the end of the season",
)


SHARED_SPREAD, OWN_SPREAD = 0.15, 0.38  # of the liking of one attribute value, over all values; seven make a picture
NOISE = 0.45  # of one rating

Taste = Mapping[tuple[str, str], float]  # (attribute, value) -> liking


@dataclass(frozen=True, kw_only=True, slots=True)
class DemoPrompt:
    """One picture of the demo: its prompt, the parts it was written from, and its seed."""

    prompt: str
    parts: PromptParts
    seed: int


def demo_prompts(*, count: int = 240, seed: int = 0) -> list[DemoPrompt]:
    """Give `count` prompts; each domain, and in it each subject and attribute value, comes equally often."""
    per_domain = -(-count // len(DOMAINS))
    decks = [_domain_prompts(domain, per_domain, seed) for domain in DOMAINS]
    return [prompt for row in zip(*decks, strict=True) for prompt in row][:count]


def _domain_prompts(domain: str, count: int, seed: int) -> list[DemoPrompt]:
    """Distribute the attribute values of one domain evenly, each list shuffled on its own."""
    rng = np.random.default_rng([seed, DOMAINS.index(domain)])
    phrases = [f"{subject} {moment}" for moment, subject in product(MOMENTS, SUBJECTS[domain])]
    decks = {name: _deck(tuple(words), count, rng) for name, words in VOCABULARY.items()}
    prompts = []
    for index in range(count):
        attributes = Attributes(**{name: deck[index] for name, deck in decks.items()})
        subject = phrases[index % len(phrases)]
        parts = PromptParts(subject=subject, domain=domain, attributes=attributes)
        prompts.append(DemoPrompt(prompt=write_prompt(parts), parts=parts, seed=seed + index))
    return prompts


def _deck(values: tuple[str, ...], count: int, rng: np.random.Generator) -> list[str]:
    """Repeat the values in freshly shuffled rounds."""
    rounds = -(-count // len(values))
    return [values[i] for _ in range(rounds) for i in rng.permutation(len(values))][:count]


def drawn_png(prompt: DemoPrompt) -> bytes:
    """Draw one picture of the demo; a plain function of its prompt, so that a process pool can call it."""
    buffer = io.BytesIO()
    render_sketch(ImageRequest(prompt=prompt.prompt, seed=prompt.seed)).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def shared_liking(rng: random.Random) -> Taste:
    """Draw what everybody likes."""
    return {(name, value): rng.gauss(0, SHARED_SPREAD) for name, values in VOCABULARY.items() for value in values}


def own_liking(shared: Taste, rng: random.Random) -> Taste:
    """Draw what one simulated rater likes: what everybody does, and then their own."""
    return {pair: liking + rng.gauss(0, OWN_SPREAD) for pair, liking in shared.items()}


def liking_of(taste: Taste, attributes: Mapping[str, str]) -> float:
    """Give how well a picture with these attributes is truly liked; over pictures the spread is about 1."""
    return sum(taste[pair] for pair in attributes.items())


def noisy_opinion(liking: float, rng: random.Random) -> float:
    """Give a rating in [0, 1] of what is liked so much; likings of 2.5 reach the ends."""
    return min(max(0.5 + (liking + rng.gauss(0, NOISE)) / 5, 0.0), 1.0)
