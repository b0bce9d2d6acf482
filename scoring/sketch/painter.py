"""Paint pictures of prompts: all that the rest of the project uses of the sketch generator."""

from __future__ import annotations

from PIL import Image

from scoring.prompts.attributes import PromptParts
from scoring.sketch.finish import finish
from scoring.sketch.scenes import choose_scene
from scoring.sketch.stage import build_stage


def paint_sketch(parts: PromptParts, *, seed: int, size: tuple[int, int]) -> Image.Image:
    """Paint a picture of these parts; the same arguments give the same pixels."""
    stage = build_stage(parts, seed, size)
    scene = choose_scene(parts, seed)
    scene.draw(stage)
    stage.mirror()
    return finish(stage, scene.crown)


def has_same_scene(one: PromptParts, other: PromptParts) -> bool:
    """Tell whether the pictures of two prompts show one scene."""
    return choose_scene(one, 0) is choose_scene(other, 0)
