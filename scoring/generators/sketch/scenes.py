"""Every scene of every domain, and the choice of one by the subject's words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from scoring.generators.attributes import PromptParts
from scoring.generators.sketch.art.abstract import draw_discs, draw_flow, draw_pebbles, draw_planes
from scoring.generators.sketch.art.landscape import draw_hills, draw_mountains, draw_sea
from scoring.generators.sketch.art.still_life import draw_botanical, draw_still_life
from scoring.generators.sketch.cinema.city import draw_room, draw_skyline, draw_street
from scoring.generators.sketch.cinema.lens import crown_film
from scoring.generators.sketch.cinema.outdoors import (
    draw_desert,
    draw_forest,
    draw_lake,
    draw_world,
)
from scoring.generators.sketch.design.posters import (
    crown_poster,
    draw_blocks,
    draw_gradient,
    draw_mark,
    draw_rings,
    draw_sunburst,
    draw_waves,
)
from scoring.generators.sketch.fashion.figure import draw_figure, draw_garment, draw_parade
from scoring.generators.sketch.fashion.portrait import draw_portrait
from scoring.generators.sketch.fashion.textile import draw_swatches
from scoring.generators.sketch.stage import Stage, stream


@dataclass(frozen=True, slots=True)
class Scene:
    """One kind of picture: how it is drawn, what is laid on top, and the words that call for it."""

    draw: Callable[[Stage], None]
    words: tuple[str, ...]
    crown: Callable[[Stage], None] = Stage.frame


SCENES: Mapping[str, tuple[Scene, ...]] = MappingProxyType(
    {
        "art": (
            Scene(draw_hills, ("hill", "hills", "field", "fields", "valley", "meadow", "country")),
            Scene(draw_mountains, ("mountain", "mountains", "lake", "peak", "alps", "snow")),
            Scene(draw_sea, ("sea", "ocean", "harbour", "boat", "boats", "sail", "waves", "coast")),
            Scene(draw_still_life, ("still", "vase", "fruit", "table", "jug", "bowl")),
            Scene(draw_botanical, ("flower", "flowers", "plant", "garden", "leaves", "botanical")),
            Scene(draw_discs, ("discs", "circles", "spheres", "planets", "orbit")),
            Scene(draw_planes, ("planes", "suprematist", "shapes", "geometry", "geometric")),
            Scene(draw_flow, ("flow", "silk", "wind", "river", "currents", "dream")),
            Scene(draw_pebbles, ("stones", "pebbles", "organic", "forms", "balance")),
        ),
        "design": (
            Scene(draw_rings, ("concert", "jazz", "music", "record"), crown_poster),
            Scene(draw_blocks, ("exhibition", "museum", "school", "architecture"), crown_poster),
            Scene(draw_sunburst, ("travel", "festival", "summer", "park"), crown_poster),
            Scene(draw_waves, ("science", "conference", "radio", "lecture"), crown_poster),
            Scene(draw_mark, ("logo", "brand", "mark", "identity"), crown_poster),
            Scene(draw_gradient, ("app", "club", "album", "technology"), crown_poster),
        ),
        "fashion": (
            Scene(draw_figure, ("gown", "dress", "coat", "figure", "suit")),
            Scene(draw_portrait, ("portrait", "hat", "face", "jewellery", "earrings")),
            Scene(draw_parade, ("runway", "collection", "parade", "models", "show")),
            Scene(draw_garment, ("garment", "jacket", "skirt", "wardrobe", "outfit")),
            Scene(draw_swatches, ("textile", "fabric", "pattern", "swatches", "weave")),
        ),
        "cinema": (
            Scene(draw_skyline, ("city", "skyline", "towers", "metropolis"), crown_film),
            Scene(draw_street, ("street", "alley", "market", "rain", "avenue"), crown_film),
            Scene(draw_room, ("room", "interior", "window", "hotel", "waiting"), crown_film),
            Scene(draw_desert, ("desert", "dunes", "sand", "caravan"), crown_film),
            Scene(draw_forest, ("forest", "woods", "path", "trees"), crown_film),
            Scene(draw_lake, ("lake", "pier", "water", "shore", "harbour"), crown_film),
            Scene(draw_world, ("planet", "space", "alien", "world", "traveller"), crown_film),
        ),
    }
)


def choose_scene(parts: PromptParts, seed: int) -> Scene:
    """Take the scene most of whose words stand in the subject, else one drawn by its hash."""
    said = set(re.findall(r"[a-z]+", parts.subject.casefold()))
    scenes = SCENES[parts.domain]
    hits = [len(said.intersection(scene.words)) for scene in scenes]
    if max(hits) > 0:
        return scenes[hits.index(max(hits))]
    return scenes[int(stream(parts, seed, "scene").integers(len(scenes)))]
