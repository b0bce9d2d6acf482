"""The words by which a subject calls for a scene, and so for the domain that the scene belongs to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

# domain -> scene -> the words that call for it
SCENE_WORDS: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "art": {
            "hills": ("hill", "hills", "field", "fields", "valley", "meadow", "country"),
            "mountains": ("mountain", "mountains", "lake", "peak", "alps", "snow"),
            "sea": ("sea", "ocean", "harbour", "boat", "boats", "sail", "waves", "coast"),
            "still_life": ("still", "vase", "fruit", "table", "jug", "bowl"),
            "botanical": ("flower", "flowers", "plant", "garden", "leaves", "botanical"),
            "discs": ("discs", "circles", "spheres", "planets", "orbit"),
            "planes": ("planes", "suprematist", "shapes", "geometry", "geometric"),
            "flow": ("flow", "silk", "wind", "river", "currents", "dream"),
            "pebbles": ("stones", "pebbles", "organic", "forms", "balance"),
        },
        "design": {
            "rings": ("concert", "jazz", "music", "record"),
            "blocks": ("exhibition", "museum", "school", "architecture"),
            "sunburst": ("travel", "festival", "summer", "park"),
            "waves": ("science", "conference", "radio", "lecture"),
            "mark": ("logo", "brand", "mark", "identity"),
            "gradient": ("app", "club", "album", "technology"),
        },
        "fashion": {
            "figure": ("gown", "dress", "coat", "figure", "suit"),
            "portrait": ("portrait", "hat", "face", "jewellery", "earrings"),
            "parade": ("runway", "collection", "parade", "models", "show"),
            "garment": ("garment", "jacket", "skirt", "wardrobe", "outfit"),
            "swatches": ("textile", "fabric", "pattern", "swatches", "weave"),
        },
        "cinema": {
            "skyline": ("city", "skyline", "towers", "metropolis"),
            "street": ("street", "alley", "market", "rain", "avenue"),
            "room": ("room", "interior", "window", "hotel", "waiting"),
            "desert": ("desert", "dunes", "sand", "caravan"),
            "forest": ("forest", "woods", "path", "trees"),
            "lake": ("lake", "pier", "water", "shore", "harbour"),
            "world": ("planet", "space", "alien", "world", "traveller"),
        },
    }
)


def words_said(subject: str) -> list[str]:
    """Give the words of a subject, in order."""
    return re.findall(r"[a-z]+", subject.casefold())


def called_domains(subject: str) -> tuple[str, ...]:
    """Give the domains that have the scene most called for by a subject's words; none if no word calls.

    Of two called for as often the one named first comes first: hills with trees are hills.
    """
    said = words_said(subject)
    calls = {domain: max(call_of(said, words) for words in scenes.values()) for domain, scenes in SCENE_WORDS.items()}
    loudest = max(calls.values())
    return tuple(domain for domain, call in calls.items() if call == loudest) if loudest[0] else ()


def call_of(said: Sequence[str], words: Sequence[str]) -> tuple[int, int]:
    """Tell how much a subject calls for a scene: by how many words, and how early the first of them comes."""
    places = [place for place, word in enumerate(said) if word in words]
    return len({said[place] for place in places}), -min(places, default=len(said))
