"""Where generators are found: addresses, models and keys, given by the code that reads the environment."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class GeneratorSettings:
    """What generators need to know; an empty value means that it was not given. Keys are never printed."""

    images_base: str = "https://api.openai.com/v1"
    images_key: str = field(default="", repr=False)
    images_model: str = ""
    gemini_base: str = ""
    gemini_key: str = field(default="", repr=False)
    gemini_model: str = "gemini-2.5-flash-image"
    diffusion_model: str = ""  # a folder, or a name on the hub
    timeout_s: float = 120.0  # that a remote picture may take
    per_minute: int = 0  # pictures asked of a remote generator; 0 for as many as it likes
    per_run: int = 0  # pictures that one run may have drawn; 0 for as many as it takes
