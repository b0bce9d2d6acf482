"""Read what a remote generator answered."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from PIL import Image, ImageOps

from scoring.generators.base import BadOutputError, ImageRequest

AT_ONCE = 4  # requests on their way to one backend
MOST_BYTES = 64 * 2**20


def each(draw: Callable[[ImageRequest], Image.Image], requests: Sequence[ImageRequest]) -> list[Image.Image]:
    """Ask for several pictures at once and give them in order; the first failure is raised."""
    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="draw") as pool:
        return list(pool.map(draw, requests))


def picture_of(content: bytes, request: ImageRequest) -> Image.Image:
    """Decode a picture and cut it to the size that was asked for; raise `BadOutputError` where it is none."""
    if len(content) > MOST_BYTES:
        raise BadOutputError(f"the generator answered with {len(content):,} bytes, more than any picture has")
    try:
        with Image.open(io.BytesIO(content)) as opened:
            picture = opened.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadOutputError(f"the generator answered with something that is no picture: {error}") from error
    return ImageOps.fit(picture, (request.width, request.height), Image.Resampling.LANCZOS)
