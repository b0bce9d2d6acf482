"""Read the ready consent texts: one file for each kind and language, which the author of a study goes on from."""

import tomllib
from functools import cache
from pathlib import Path

from ratings.choices import ConsentKind

FOLDER = Path(__file__).parent.parent / "consent_templates"


@cache
def consent_template(*, kind: ConsentKind, language: str) -> dict[str, str]:
    """Give the texts of a template by the name of the study's field that each is for."""
    texts = tomllib.loads((FOLDER / f"{kind.value}.{language}.toml").read_text(encoding="utf-8"))
    return {name: str(words).strip() for name, words in texts.items()}
