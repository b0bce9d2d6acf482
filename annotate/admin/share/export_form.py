"""What to export: the form in front of a dump."""

from typing import Any, cast

from django import forms
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminSelectWidget

from annotate.admin.parts.fact_fields import form_fields_of
from annotate.flows.access import studies_of
from annotate.flows.dumps import refuse_unfit_filters
from ratings.choices import DumpFormat
from ratings.exceptions import RecordError
from ratings.models import Study
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

    def clean(self) -> dict[str, Any]:
        """Refuse here what the study cannot match, so that nothing that was chosen is lost."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        study = self.study if not self.errors else None
        if study is not None:
            try:
                refuse_unfit_filters(study=study, dump_format=cleaned["format"], filters=self.filters)
            except RecordError as error:
                self.add_error(next(iter(error.fields), None), error.message)
        return cleaned

    @property
    def study(self) -> Study | None:
        """Give the study that is exported, to those who may."""
        if self.object_id is None:
            return None
        seen = studies_of(person=cast("User", self.request.user), right="ratings.add_dump")
        return seen.filter(pk=self.object_id).first()

    @property
    def filters(self) -> DumpFilters:
        """Give what the valid form says of each filter."""
        return DumpFilters(**{field.name: self.cleaned_data[field.name] for field in fields_of(DumpFilters)})
