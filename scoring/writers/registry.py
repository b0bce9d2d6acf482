"""The prompt writers by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from scoring.writers.attributes_writer import AttributesWriter
from scoring.writers.base import PromptWriter, WriterNotConfiguredError

WRITERS: Mapping[str, Callable[[], PromptWriter]] = MappingProxyType({AttributesWriter.name: AttributesWriter})
DEFAULT_WRITER = AttributesWriter.name


def build_writer(name: str = DEFAULT_WRITER) -> PromptWriter:
    """Give the writer of this name; raise a `WriterNotConfiguredError` that says what is missing."""
    if name not in WRITERS:
        raise WriterNotConfiguredError(f"writer: {name!r} is unknown; choose one of {', '.join(WRITERS)}")
    return WRITERS[name]()
