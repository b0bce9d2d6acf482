"""Every scene of every domain, and the choice of one by the subject's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from scoring.prompts.attributes import PromptParts
from scoring.prompts.subjects import SCENE_WORDS, words_said
from scoring.sketch.art.abstract import draw_discs, draw_flow, draw_pebbles, draw_planes
from scoring.sketch.art.landscape import draw_hills, draw_mountains, draw_sea
from scoring.sketch.art.still_life import draw_botanical, draw_still_life
from scoring.sketch.cinema.city import draw_room, draw_skyline, draw_street
from scoring.sketch.cinema.lens import crown_film
from scoring.sketch.cinema.outdoors import (
    draw_desert,
    draw_forest,
    draw_lake,
    draw_world,
)
from scoring.sketch.design.posters import (
    crown_poster,
    draw_blocks,
    draw_gradient,
    draw_mark,
    draw_rings,
    draw_sunburst,
    draw_waves,
)
from scoring.sketch.fashion.figure import draw_figure, draw_garment, draw_parade
from scoring.sketch.fashion.portrait import draw_portrait
from scoring.sketch.fashion.textile import draw_swatches
from scoring.sketch.stage import Stage, stream


@dataclass(frozen=True, slots=True)
class Scene:
    """One kind of picture: how it is drawn, what is laid on top, and the words that call for it."""

    draw: Callable[[Stage], None]
    words: tuple[str, ...]
    crown: Callable[[Stage], None] = Stage.frame


SCENES: Mapping[str, tuple[Scene, ...]] = MappingProxyType(
    {
        "art": (
            Scene(draw_hills, SCENE_WORDS["art"]["hills"]),
            Scene(draw_mountains, SCENE_WORDS["art"]["mountains"]),
            Scene(draw_sea, SCENE_WORDS["art"]["sea"]),
            Scene(draw_still_life, SCENE_WORDS["art"]["still_life"]),
            Scene(draw_botanical, SCENE_WORDS["art"]["botanical"]),
            Scene(draw_discs, SCENE_WORDS["art"]["discs"]),
            Scene(draw_planes, SCENE_WORDS["art"]["planes"]),
            Scene(draw_flow, SCENE_WORDS["art"]["flow"]),
            Scene(draw_pebbles, SCENE_WORDS["art"]["pebbles"]),
        ),
        "design": (
            Scene(draw_rings, SCENE_WORDS["design"]["rings"], crown_poster),
            Scene(draw_blocks, SCENE_WORDS["design"]["blocks"], crown_poster),
            Scene(draw_sunburst, SCENE_WORDS["design"]["sunburst"], crown_poster),
            Scene(draw_waves, SCENE_WORDS["design"]["waves"], crown_poster),
            Scene(draw_mark, SCENE_WORDS["design"]["mark"], crown_poster),
            Scene(draw_gradient, SCENE_WORDS["design"]["gradient"], crown_poster),
        ),
        "fashion": (
            Scene(draw_figure, SCENE_WORDS["fashion"]["figure"]),
            Scene(draw_portrait, SCENE_WORDS["fashion"]["portrait"]),
            Scene(draw_parade, SCENE_WORDS["fashion"]["parade"]),
            Scene(draw_garment, SCENE_WORDS["fashion"]["garment"]),
            Scene(draw_swatches, SCENE_WORDS["fashion"]["swatches"]),
        ),
        "cinema": (
            Scene(draw_skyline, SCENE_WORDS["cinema"]["skyline"], crown_film),
            Scene(draw_street, SCENE_WORDS["cinema"]["street"], crown_film),
            Scene(draw_room, SCENE_WORDS["cinema"]["room"], crown_film),
            Scene(draw_desert, SCENE_WORDS["cinema"]["desert"], crown_film),
            Scene(draw_forest, SCENE_WORDS["cinema"]["forest"], crown_film),
            Scene(draw_lake, SCENE_WORDS["cinema"]["lake"], crown_film),
            Scene(draw_world, SCENE_WORDS["cinema"]["world"], crown_film),
        ),
    }
)


def choose_scene(parts: PromptParts, seed: int) -> Scene:
    """Take the scene most of whose words stand in the subject, else one drawn by its hash."""
    said = set(words_said(parts.subject))
    scenes = SCENES[parts.domain]
    hits = [len(said.intersection(scene.words)) for scene in scenes]
    if max(hits) > 0:
        return scenes[hits.index(max(hits))]
    return scenes[int(stream(parts, seed, "scene").integers(len(scenes)))]
