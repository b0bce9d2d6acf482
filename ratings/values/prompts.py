"""Prompts of pictures in further languages: columns such as `prompt_de`, among the further facts of a picture."""

from collections.abc import Mapping
from typing import Any

from ratings.values.languages import LANGUAGES
from ratings.values.texts import AuthorText

LANGUAGE = rf"^({'|'.join(LANGUAGES)})$"


def prompt_columns(language: str) -> tuple[str, ...]:
    """Name the columns that hold prompts in a language, the usual one first: a code is written in several ways."""
    base, _, script = language.partition("-")
    tail = f"-{script}" if script else ""
    codes = (language, f"{base}{tail.title()}", language.upper())
    return tuple(dict.fromkeys(f"prompt_{code}".replace("-", mark) for code in codes for mark in ("-", "_")))


def prompt_in(*, prompt: str, facts: Mapping[str, Any], language: str, written: str) -> AuthorText:
    """Give a prompt in a language if the facts of its picture have it there, or else as it was written."""
    if language != written:
        for name in prompt_columns(language):
            if words := str(facts.get(name) or "").strip():
                return AuthorText(language=language, words=words)
    return AuthorText(language=written, words=prompt)
