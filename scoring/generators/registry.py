"""The image generators by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from scoring.generators.base import Generator, NotConfiguredError
from scoring.generators.sketch.generator import SketchGenerator

GENERATORS: Mapping[str, Callable[[], Generator]] = MappingProxyType({SketchGenerator.name: SketchGenerator})
DEFAULT_GENERATOR = SketchGenerator.name


def build_generator(name: str = DEFAULT_GENERATOR) -> Generator:
    """Give the generator of this name; raise a `NotConfiguredError` that says what is missing."""
    if name not in GENERATORS:
        raise NotConfiguredError(f"generator: {name!r} is unknown; choose one of {', '.join(GENERATORS)}")
    return GENERATORS[name]()
