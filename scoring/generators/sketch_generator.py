"""The sketch generator: from a request to a picture that is painted in code."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image

from scoring.generators.base import ImageRequest
from scoring.prompts.attributes import parse_prompt
from scoring.sketch.painter import paint_sketch

SKETCH_NAME = "sketch"
SKETCH_KEY = "sketch-2"  # raise the number whenever equal requests would give other pictures


def render_sketch(request: ImageRequest) -> Image.Image:
    """Draw one request; pure, so that a pool of processes can share the work."""
    parts = parse_prompt(request.prompt).completed()
    return paint_sketch(parts, seed=request.seed, size=(request.width, request.height))


class SketchGenerator:
    """Draws in code on this machine; never fails on a valid request."""

    name = SKETCH_NAME
    key = SKETCH_KEY

    def generate(self, requests: Sequence[ImageRequest]) -> list[Image.Image]:
        """Draw every request in order."""
        return [render_sketch(request) for request in requests]
