"""Lists of entries in a study's form, such as its questions: rows to fill in, whose JSON can be written as well."""

import json
from typing import Any, get_args

from django import forms
from django.utils.translation import gettext
from unfold.widgets import UnfoldAdminTextareaWidget

from annotate.record_words import fact_label
from ratings.values.quotas import GroupQuotas
from ratings.values.shapes import FactField, entry_kind, fields_of, is_list, is_table, optional_kind

SCALARS = {bool: "truth", int: "number", float: "number"}  # how a value is asked for; any other is a text


def entries_shape(fact: type[Any], *, entry: str) -> dict[str, Any]:
    """Describe to the script what one entry is called and which fields it has."""
    return {"entry": gettext(entry), "fields": [field_shape(field) for field in fields_of(fact)]}


def field_shape(field: FactField) -> dict[str, Any]:
    """Describe one field of an entry."""
    kind, _ = optional_kind(field.kind)
    drawn = {
        "key": field.key,
        "kind": SCALARS.get(kind, "text"),
        "label": gettext(fact_label(field)),
        "help": gettext(field.note.meaning),
        "required": field.is_required,
    }
    if is_table(kind):
        return {**drawn, "kind": "counts" if get_args(kind)[1] is int else "table"}
    if is_list(kind):
        return {**drawn, "kind": "list", **entries_shape(entry_kind(kind), entry=field.note.entry)}
    return drawn


def entries_words(*, is_one: bool) -> dict[str, str]:
    """Give the words of the script; the names of entries are those of the sentences that refuse one."""
    no_table = gettext("This is no table in JSON: correct it before a form can show it.")
    return {
        "add": gettext("Add {entry}"),
        "up": gettext("Move {place} up"),
        "down": gettext("Move {place} down"),
        "remove": gettext("Remove {place}"),
        "added": gettext("{place} is added."),
        "moved": gettext("It is {place} now."),
        "removed": gettext("{place} is removed."),
        "required": gettext("required"),
        "table": gettext("One a line, such as “1 = bad”."),
        "counts": gettext("One a line, such as “art = 20”."),
        "as_json": gettext("Write it as JSON"),
        "as_form": gettext("Fill in a form"),
        "no_list": no_table if is_one else gettext("This is no list in JSON: correct it before a form can show it."),
    }


class EntriesWidget(UnfoldAdminTextareaWidget):  # type: ignore[misc]
    """A text of JSON with what a script needs to show it as rows; without a name for an entry, it is one."""

    def __init__(self, *, fact: type[Any], entry: str) -> None:
        """Take the kind of the entries."""
        super().__init__(attrs={"rows": 18})
        self.fact, self.entry = fact, entry

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Describe the entries in the language of the page."""
        drawn = {
            "data-entries": json.dumps(entries_shape(self.fact, entry=self.entry)),
            "data-words": json.dumps(entries_words(is_one=not self.entry)),
        }
        context: dict[str, Any] = super().get_context(name, value, {**(attrs or {}), **drawn})
        return context


class LinedJSONField(forms.JSONField):
    """JSON laid out to be read, whose faults are named with their line."""

    widget = UnfoldAdminTextareaWidget

    def prepare_value(self, value: Any) -> Any:
        """Write one line per value."""
        return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)

    def to_python(self, value: Any) -> Any:
        """Read it, or say where it cannot be read."""
        try:
            return super().to_python(value)
        except forms.ValidationError as refused:
            fault = json_fault(value)
            if fault is None:
                raise
            sentence = gettext("Line {line}, column {column} is no JSON: {reason}.").format(
                line=fault.lineno, column=fault.colno, reason=fault.msg
            )
            raise forms.ValidationError(sentence, code="invalid") from refused


def json_fault(text: Any) -> json.JSONDecodeError | None:
    """Find where a text stops being JSON; none where it is."""
    try:
        json.loads(str(text))
    except json.JSONDecodeError as error:
        return error
    return None


class QuotasField(LinedJSONField):
    """The most pictures of each domain and generator."""

    def __init__(self, **options: Any) -> None:
        """Ask for one table each."""
        super().__init__(required=False, widget=EntriesWidget(fact=GroupQuotas, entry=""), **options)

    def clean(self, value: Any) -> Any:
        """Take no quotas for a blank field; the model says which it takes."""
        return super().clean(value) or {}


class EntriesField(LinedJSONField):
    """A list of entries, such as the questions of a profile."""

    def __init__(self, *, fact: type[Any], entry: str, **options: Any) -> None:
        """Take the kind of the entries."""
        super().__init__(required=False, widget=EntriesWidget(fact=fact, entry=entry), **options)

    def prepare_value(self, value: Any) -> Any:
        """Lay out a blank list as one."""
        return super().prepare_value(value or [])

    def clean(self, value: Any) -> Any:
        """Take no entries for a blank field; the model says which entries it takes."""
        return super().clean(value) or []
