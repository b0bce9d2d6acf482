"""What to export: the form in front of a dump."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminSelectWidget

from annotate.admin.parts.fact_fields import form_fields_of
from ratings.choices import DumpFormat
from ratings.values.dump_filters import DumpFilters
from ratings.values.shapes import fields_of


class ExportForm(BaseDialogForm):  # type: ignore[misc]
    """What a dump should look like: its format, and a field for each filter."""

    format = forms.ChoiceField(
        choices=DumpFormat.choices,
        initial=DumpFormat.PARQUET,
        widget=UnfoldAdminSelectWidget,
        label=gettext_lazy("Format"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields |= form_fields_of(DumpFilters)

    @property
    def filters(self) -> DumpFilters:
        """Give what the valid form says of each filter."""
        return DumpFilters(**{field.name: self.cleaned_data[field.name] for field in fields_of(DumpFilters)})
