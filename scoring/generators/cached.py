"""A cache of pictures by content, so that nothing is drawn twice."""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from PIL import Image

from scoring.generators.base import BadOutputError, Generator, ImageRequest

KEPT_AT_ONCE = 4  # pictures that a failure may cost


class CachedGenerator:
    """Keeps every picture in a folder, under the digest of generator key and request.

    Any number of processes may share the folder: a file is written under another name and then renamed.
    A file that cannot be read is drawn again. `drawn` and `found` go on counting from what an earlier attempt had.
    """

    def __init__(self, generator: Generator, folder: Path, *, drawn: int = 0, found: int = 0) -> None:
        self._generator = generator
        self._folder = folder
        self.drawn = drawn
        self.found = found

    @property
    def name(self) -> str:
        """Give the name of the generator behind the cache."""
        return self._generator.name

    @property
    def key(self) -> str:
        """Give the key of the generator behind the cache."""
        return self._generator.key

    def path_of(self, request: ImageRequest) -> Path:
        """Name the file of a request, whether or not it is there."""
        digest = request_digest(self.key, request)
        return self._folder / digest[:2] / f"{digest}.png"

    def generate(self, requests: Sequence[ImageRequest]) -> list[Image.Image]:
        """Give every picture in order, drawing only those that are not there yet, equal requests once."""
        kept = {request: kept_picture(self.path_of(request)) for request in requests}
        pictures = {request: picture for request, picture in kept.items() if picture is not None}
        missing = [request for request in kept if request not in pictures]
        self.found += len(pictures)
        for start in range(0, len(missing), KEPT_AT_ONCE):
            pictures |= self._draw(missing[start : start + KEPT_AT_ONCE])
        return [pictures[request].copy() for request in requests]

    def _draw(self, requests: Sequence[ImageRequest]) -> dict[ImageRequest, Image.Image]:
        """Draw and keep a few, so that a later failure does not cost what is paid for."""
        drawn = self._generator.generate(requests)
        if len(drawn) != len(requests):
            raise BadOutputError(f"{self.name} gave {len(drawn)} pictures where {len(requests)} were asked for")
        for request, picture in zip(requests, drawn, strict=True):
            keep_picture(self.path_of(request), picture)
        self.drawn += len(requests)
        return dict(zip(requests, drawn, strict=True))


def request_digest(key: str, request: ImageRequest) -> str:
    """Give the SHA-256 that names one generator's picture of one request."""
    return hashlib.sha256(json.dumps([key, asdict(request)], sort_keys=True).encode()).hexdigest()


def kept_picture(path: Path) -> Image.Image | None:
    """Read a kept picture; none where there is none, or none that can be read."""
    try:
        with Image.open(path) as picture:
            return picture.convert("RGB")
    except OSError:  # not there yet, or damaged: it is drawn, and kept in its place
        return None


def keep_picture(path: Path, picture: Image.Image) -> None:
    """Write a picture where it stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{uuid.uuid4().hex}.part")
    try:
        picture.save(partial, format="PNG")
        os.replace(partial, path)  # noqa: PTH105 - atomic, over whatever is there
    finally:
        partial.unlink(missing_ok=True)
