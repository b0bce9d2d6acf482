"""The prompt writers by name."""

from __future__ import annotations

from importlib.util import find_spec

from scoring.writers.attributes_writer import AttributesWriter
from scoring.writers.base import PromptWriter, WriterNotConfiguredError
from scoring.writers.settings import WriterSettings

ATTRIBUTES, CHAT = "attributes", "chat"
WRITERS = (ATTRIBUTES, CHAT)
DEFAULT_WRITER = ATTRIBUTES
EXTRAS = "requirements-steering.txt"


def build_writer(name: str, settings: WriterSettings) -> PromptWriter:
    """Give the writer of this name; raise a `WriterNotConfiguredError` that says what is missing."""
    if name == ATTRIBUTES:
        return AttributesWriter()
    if name == CHAT:
        if find_spec("openai") is None:
            raise WriterNotConfiguredError(f"The writer {name} needs a further package: pip install -r {EXTRAS}")
        from scoring.writers.chat import ChatWriter  # an optional package

        return ChatWriter(settings)
    raise WriterNotConfiguredError(f"writer: {name!r} is unknown; choose one of {', '.join(WRITERS)}")
