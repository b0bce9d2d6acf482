"""What a study's author wrote, with the language it is written in."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class AuthorText:
    """Words that pages show as they are, marked with their language."""

    language: str
    words: str
