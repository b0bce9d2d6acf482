"""Make form fields of facts with a shape: a page asks for exactly the fields that the fact has."""

import csv
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from annotate.record_words import fact_label
from ratings.values.shapes import FactField, fields_of, is_list, optional_kind

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class DayInput(UnfoldAdminTextInputWidget):  # type: ignore[misc]
    """A day from the browser's own calendar."""

    input_type = "date"


class DayField(forms.DateField):
    """A day, read as its first moment in the site's time zone."""

    widget = DayInput

    def clean(self, value: Any) -> datetime | None:
        """Begin with the day."""
        return start_of_day(super().clean(value))


class WordsField(forms.CharField):
    """Words, separated by commas; one that holds a comma stands in quotes."""

    widget = UnfoldAdminTextInputWidget

    def to_python(self, value: Any) -> tuple[str, ...]:  # type: ignore[override]
        """Read the words."""
        words = next(csv.reader([str(value or "")], skipinitialspace=True), [])
        return tuple(word.strip() for word in words if word.strip())


def start_of_day(day: date | None) -> datetime | None:
    """Give the first moment of a day in the site's time zone."""
    return timezone.make_aware(datetime.combine(day, time.min)) if day else None


def form_fields_of(fact: type[Any]) -> dict[str, forms.Field]:
    """Make a form field for each field of a fact, under its name."""
    return {field.name: form_field(field) for field in fields_of(fact)}


def number_field(field: FactField, kind: Any, label: "StrOrPromise") -> forms.Field:
    """Ask for a number, which may be left out where the fact has a default."""
    settings: dict[str, Any] = {
        "required": False,
        "initial": field.default,
        "label": label,
        "help_text": gettext_lazy(field.note.meaning),
        "min_value": field.note.lowest,
        "max_value": field.note.highest,
    }
    if kind is int:
        return forms.IntegerField(**settings, widget=UnfoldAdminIntegerFieldWidget)
    return forms.FloatField(**settings, widget=UnfoldAdminDecimalFieldWidget)


def form_field(field: FactField) -> forms.Field:
    """Choose the form field by the type."""
    kind, _ = optional_kind(field.kind)
    label = gettext_lazy(fact_label(field))
    if kind is bool:
        return forms.BooleanField(required=False, initial=field.default, label=label, widget=UnfoldBooleanSwitchWidget)
    if kind is datetime:
        return DayField(required=False, label=label)
    if kind in {int, float}:
        return number_field(field, kind, label)
    if is_list(kind):
        return WordsField(
            required=False,
            label=format_lazy(gettext_lazy("{label}, by comma (one with a comma in quotes)"), label=label),
        )
    raise TypeError(f"There is no form field for {field.name}: choose one here.")
