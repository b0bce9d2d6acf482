"""A study's ends in its form: a row for each, with the code and the address that it gives."""

from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from ratings.choices import End
from ratings.values.ends import LONGEST_ADDRESS, LONGEST_CODE, SHOWN_NAMES, checked_ends
from ratings.values.shapes import ShapeError

OTHER_ENDS = [end for end in End if end != End.COMPLETE]
EXPLAINED = {
    End.PARTIAL: gettext_lazy(
        "Some pictures, not all: places ran out, or the rater finished early, which this row offers."
    ),
    End.FULL: gettext_lazy("Came when all places were taken; nothing was rated."),
    End.SCREENED_OUT: gettext_lazy(
        "An answer to a screening question, or a full quota, ends it before the first picture."
    ),
    End.DEVICE: gettext_lazy(
        "Came on a device that the study does not take; nothing is stored. Blank: as screened out."
    ),
    End.VISION: gettext_lazy(
        "Did not pass the check of colours or screen, where that ends a part. Blank: as screened out."
    ),
    End.DECLINED: gettext_lazy("Did not agree to the consent text; nothing is stored."),
    End.FAILED_ATTENTION: gettext_lazy("Missed as many attention checks as the limit allows."),
    End.TIMED_OUT: gettext_lazy("The study closed, or the platform's time was up, before the rater was through."),
}


class EndsWidget(forms.Widget):
    """A table with one row per end."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[dict[str, str]]:
        """Read the rows; one with neither code nor address says nothing."""
        rows = [
            {
                "end": end.value,
                "code": data.get(f"{name}_{end.value}_code", "").strip(),
                "address": data.get(f"{name}_{end.value}_address", "").strip(),
            }
            for end in OTHER_ENDS
        ]
        return [row for row in rows if row["code"] or row["address"]]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Tell whether a form was sent without the table."""
        return not any(key.startswith(f"{name}_") for key in data)

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Draw the table."""
        known = {row.get("end"): row for row in value or []}
        rows = [
            {"end": end, "explained": EXPLAINED[end], "row": known.get(end.value, {}), "name": f"{name}_{end.value}"}
            for end in OTHER_ENDS
        ]
        context = {"rows": rows, "longest_code": LONGEST_CODE, "longest_address": LONGEST_ADDRESS}
        return render_to_string("admin/ends.html", context)


class EndsField(forms.Field):
    """The ends of a study as its row holds them."""

    widget = EndsWidget

    def __init__(self, **options: Any) -> None:
        """Say which placeholders an address may have."""
        help_text = format_lazy(
            gettext_lazy("Placeholders of an address: {names}. The complete end is above."),
            names=", ".join(SHOWN_NAMES),
        )
        super().__init__(**{"required": False, "label": gettext_lazy("Other ends"), "help_text": help_text, **options})

    def to_python(self, value: Any) -> list[dict[str, Any]]:
        """Check the rows."""
        try:
            return [end.as_json() for end in checked_ends(value or [])]
        except ShapeError as error:
            raise forms.ValidationError(str(error)) from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare the rows that say something."""
        return list(initial or []) != list(data or [])
