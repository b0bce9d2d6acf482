"""The page of a study's settings, from its model, the form of the admin and the description that scripts send."""

from collections.abc import Iterator
from typing import Any

from django.contrib.admin.utils import flatten
from django.db.models import Field

from annotate.admin.studies.forms import FIELDSETS
from annotate.reference.markdown import code, page, table
from ratings.models import Study
from ratings.selectors.studies import COLUMNS, DESCRIBED

OPENING = """
A study is described by these fields. Each has one name: in the TOML or JSON file of `create_study`, in the API
(`POST studies`, `GET` and `PATCH studies/{slug}/settings`), and in the client (`create_study`, `change_study`). The
headings are the tabs of the study's page in the admin. Only `slug` and `title` have to be given.

A description for a new study may have two keys besides. `template` (`"pamela"`, `"pairwise"`, `"scales"` or
`"best-worst"`) gives the fields that it leaves out from that
[ready description](../studies.md#start-from-what-is-there); `consent_template` (`"gdpr"` or `"irb"`) the texts of the
consent from that [ready text](../studies.md#ready-consent-texts), in each of its languages.

Some stay once answers depend on them: the scale and `scales` once a rating was given, `design` and `set_size` once
somebody takes part, `slug` once the study was opened.
"""
MEANINGS = {  # of fields whose name says enough in a form
    "title": "Name that raters and staff see.",
    "instructions": "What raters are asked to do, shown before the first picture.",
    "consent_version": "Name of the consent; a new one asks raters who agreed to another to agree again.",
    "consent_text": "What raters agree to before anything is shown to them.",
    "scale_kind": "How values are given: as buttons, or on a slider.",
    "scale_min": "Lowest value of the scale.",
    "scale_max": "Highest value of the scale.",
    "scale_step": "Distance between two values of the scale.",
    "show_prompt": "Whether raters see the prompt that a picture was made from.",
    "design": "Kind of trial that raters are asked.",
    "lease_minutes": "So long a picture that was handed out waits for its answer.",
    "completion_code": "Code shown at the end, which a rater enters on a crowd platform.",
    "completion_url": "Address that raters are sent to at the end.",
}
ELSEWHERE = "Elsewhere"
OUTSIDE = {
    "texts": "Its texts in the languages after the first, by language; in the admin on the page *Translations*.",
    "is_demo": "Holds simulated raters; labelled so everywhere. Not in the admin.",
}
ADMIN_ONLY = "In the admin only."
TYPES = {
    "BooleanField": "true or false",
    "FloatField": "number",
    "ArrayField": "list",
    "DateTimeField": "time with its offset",
    "ForeignKey": "number of a study",
    "ManyToManyField": "imported sets",
}


def study_settings_page() -> str:
    """Write the page of a study's settings, a table for each tab of the form."""
    sections = [f"## {title}\n\n{fields_table(names)}" for title, names in tabs()]
    return page("Study settings", OPENING, sections)


def tabs() -> Iterator[tuple[str, list[str]]]:
    """Give each tab with its fields; last come the fields that are in none."""
    shown = [(str(title), [str(name) for name in flatten(options["fields"])]) for title, options in FIELDSETS]
    yield from shown
    known = {name for _, names in shown for name in names}
    if rest := [name for name in DESCRIBED if name not in known]:
        yield ELSEWHERE, rest


def fields_table(names: list[str]) -> str:
    """Write the table of some fields."""
    rows = [(code(name), kind_of(name), default_of(name), meaning_of(name)) for name in names]
    return table(["field", "value", "default", "meaning"], rows)


def field_of(name: str) -> "Field[Any, Any]":
    """Give the column that holds a field."""
    found: Field[Any, Any] = Study._meta.get_field(COLUMNS.get(name, name).removesuffix("_id"))  # type: ignore[assignment]
    return found


def kind_of(name: str) -> str:
    """Name what a field holds, or the values it may have."""
    field = field_of(name)
    if field.choices:
        return ", ".join(code(value) for value, _ in field.flatchoices)
    if field.get_internal_type() == "JSONField":
        return "list" if field.get_default() == [] else "table"
    kind = field.get_internal_type() if not hasattr(field, "base_field") else "ArrayField"
    return TYPES.get(kind, "whole number" if "Integer" in kind else "text")


def default_of(name: str) -> str:
    """Say what holds where a field is not given."""
    default = None if field_of(name).many_to_many else field_of(name).get_default()
    if default in (None, "", [], {}):
        return "none"
    text = (
        str(default).lower()
        if isinstance(default, bool)
        else ", ".join(default)
        if isinstance(default, list)
        else default
    )
    return code(text)


def meaning_of(name: str) -> str:
    """Give the meaning of a field; empty where nobody wrote one."""
    meaning = OUTSIDE.get(name) or str(field_of(name).help_text or MEANINGS.get(name, ""))
    return meaning if name in DESCRIBED else f"{meaning} {ADMIN_ONLY}"
