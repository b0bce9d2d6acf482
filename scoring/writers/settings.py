"""Where a writer is found: given by the code that reads the environment."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class WriterSettings:
    """What writers need to know; an empty value means that it was not given. The key is never printed."""

    chat_base: str = ""
    chat_key: str = field(default="", repr=False)
    chat_model: str = ""
    timeout_s: float = 60.0
