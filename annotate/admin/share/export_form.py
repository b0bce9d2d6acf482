"""What to export: the form in front of a dump."""

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from ratings.choices import DumpFormat

FILTERS = (
    *("include_repeats", "include_practice", "include_simulated", "include_pictures"),
    *("leave_out_flagged", "only_test_slice", "since", "until", "domains", "consent_versions", "policies"),
)


class DayInput(UnfoldAdminTextInputWidget):  # type: ignore[misc]
    """A day from the browser's own calendar."""

    input_type = "date"


class WordsField(forms.CharField):
    """Words, separated by commas."""

    widget = UnfoldAdminTextInputWidget

    def to_python(self, value: Any) -> tuple[str, ...]:  # type: ignore[override]
        """Read the words."""
        return tuple(word.strip() for word in str(value or "").split(",") if word.strip())


class ExportForm(BaseDialogForm):  # type: ignore[misc]
    """What a dump should look like; each field bears the name of its filter."""

    format = forms.ChoiceField(choices=DumpFormat.choices, initial=DumpFormat.PARQUET, widget=UnfoldAdminSelectWidget)
    include_repeats = forms.BooleanField(required=False, initial=True, widget=UnfoldBooleanSwitchWidget)
    include_practice = forms.BooleanField(required=False, widget=UnfoldBooleanSwitchWidget)
    include_simulated = forms.BooleanField(
        required=False, widget=UnfoldBooleanSwitchWidget, label="Include simulated raters"
    )
    include_pictures = forms.BooleanField(
        required=False, widget=UnfoldBooleanSwitchWidget, label="Include the pictures (Hugging Face only)"
    )
    leave_out_flagged = forms.BooleanField(
        required=False, widget=UnfoldBooleanSwitchWidget, label="Leave out raters with a confirmed doubt"
    )
    only_test_slice = forms.BooleanField(
        required=False, widget=UnfoldBooleanSwitchWidget, label="Only the test slice, drawn at random"
    )
    since = forms.DateField(required=False, widget=DayInput, label="From this day on")
    until = forms.DateField(required=False, widget=DayInput, label="Before this day")
    domains = WordsField(required=False, label="Domains, by comma")
    consent_versions = WordsField(required=False, label="Consent versions, by comma")
    policies = WordsField(required=False, label="Policies, by comma")

    @property
    def filters(self) -> dict[str, Any]:
        """Give what the valid form says of each filter."""
        return {name: self.cleaned_data[name] for name in FILTERS}

    def clean_since(self) -> datetime | None:
        """Begin with the day."""
        return start_of_day(self.cleaned_data["since"])

    def clean_until(self) -> datetime | None:
        """End before the day."""
        return start_of_day(self.cleaned_data["until"])


def start_of_day(day: date | None) -> datetime | None:
    """Give the first moment of a day in the site's time zone."""
    return timezone.make_aware(datetime.combine(day, time.min)) if day else None
