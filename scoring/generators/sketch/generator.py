"""The sketch generator: from a prompt's parts to a finished picture."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image

from scoring.generators.attributes import parse_prompt
from scoring.generators.base import ImageRequest
from scoring.generators.sketch.finish import finish
from scoring.generators.sketch.scenes import choose_scene
from scoring.generators.sketch.stage import build_stage

SKETCH_NAME = "sketch"
SKETCH_KEY = "sketch-2"  # raise the number whenever equal requests would give other pictures


def render_sketch(request: ImageRequest) -> Image.Image:
    """Draw one request; pure, so that a pool of processes can share the work."""
    parts = parse_prompt(request.prompt).completed()
    stage = build_stage(parts, request.seed, (request.width, request.height))
    scene = choose_scene(parts, request.seed)
    scene.draw(stage)
    stage.mirror()
    return finish(stage, scene.crown)


class SketchGenerator:
    """Draws in code on this machine; never fails on a valid request."""

    name = SKETCH_NAME
    key = SKETCH_KEY

    def generate(self, requests: Sequence[ImageRequest]) -> list[Image.Image]:
        """Draw every request in order."""
        return [render_sketch(request) for request in requests]
