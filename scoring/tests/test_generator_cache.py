"""Nothing is drawn twice, and no broken file is shown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scoring.generators.base import BadOutputError, Generator, ImageRequest, NotConfiguredError
from scoring.generators.cached import CachedGenerator
from scoring.generators.registry import check_generator
from scoring.generators.settings import GeneratorSettings
from scoring.generators.sketch_generator import SketchGenerator

ONE = ImageRequest(prompt="a vase on a table", seed=1, width=64, height=64)
TWO = ImageRequest(prompt="a vase on a table", seed=2, width=64, height=64)


class Lazy:
    """Draws one picture too few."""

    name = "lazy"
    key = "lazy-1"

    def generate(self, requests: Sequence[ImageRequest]) -> list[Image.Image]:
        """Draw all but the last."""
        return SketchGenerator().generate(requests[:-1])


def same(one: Image.Image, other: Image.Image) -> bool:
    """Compare pictures by their pixels."""
    return np.array_equal(np.asarray(one), np.asarray(other))


def test_a_picture_is_drawn_once_and_found_ever_after_by_anybody(tmp_path: Path) -> None:
    first, second = (CachedGenerator(SketchGenerator(), tmp_path) for _ in range(2))
    assert isinstance(first, Generator)
    drawn = first.generate([ONE, TWO, ONE])
    found = second.generate([TWO, ONE])
    assert (first.drawn, first.found) == (2, 0)
    assert (second.drawn, second.found) == (0, 2)
    assert same(drawn[0], drawn[2])
    assert same(drawn[0], found[1])
    assert same(drawn[1], found[0])
    assert not same(drawn[0], drawn[1])


def test_a_broken_file_is_drawn_again(tmp_path: Path) -> None:
    cached = CachedGenerator(SketchGenerator(), tmp_path)
    drawn = cached.generate([ONE])[0]
    cached.path_of(ONE).write_bytes(cached.path_of(ONE).read_bytes()[:50])
    assert same(cached.generate([ONE])[0], drawn)
    assert cached.drawn == 2


def test_a_generator_that_gives_too_few_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(BadOutputError, match="1 pictures where 2"):
        CachedGenerator(Lazy(), tmp_path).generate([ONE, TWO])
    assert not list(tmp_path.rglob("*.*"))


def test_an_unknown_generator_is_refused_with_the_known_ones() -> None:
    with pytest.raises(NotConfiguredError, match="sketch"):
        check_generator("crayon", GeneratorSettings())
