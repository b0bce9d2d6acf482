"""Read the ready descriptions of studies: one file for each, which `create_study --from` takes as well."""

from functools import cache
from pathlib import Path
from typing import Any

from ratings.choices import StudyTemplate
from ratings.files.descriptions import description_in

FOLDER = Path(__file__).parent.parent / "study_templates"


@cache
def template_text(kind: StudyTemplate) -> str:
    """Give the file of a template."""
    return (FOLDER / f"{kind.value}.toml").read_text(encoding="utf-8")


def study_template(kind: StudyTemplate) -> dict[str, Any]:
    """Give the fields of a study that a template fills; a copy, which the caller may change."""
    return description_in(template_text(kind), name=f"{kind.value}.toml")


def template_comment(kind: StudyTemplate) -> str:
    """Say what a template is for: the comment at the top of its file."""
    lines = template_text(kind).splitlines()
    ending = next(number for number, line in enumerate(lines) if not line.startswith("#"))
    return " ".join(line.removeprefix("#").strip() for line in lines[:ending])
