"""Import a pairwise study's design on a page of the admin."""

from pathlib import Path
from typing import TYPE_CHECKING

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext, gettext_lazy

from annotate.flows.imports import import_design
from ratings.exceptions import RecordError
from ratings.models import Study

if TYPE_CHECKING:
    from ratings.services.comparisons.design_table import DesignReport

SHOWN = 50
SUFFIXES = (".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".parquet")


class DesignForm(forms.Form):
    """The table of a design."""

    table = forms.FileField(
        help_text=gettext_lazy(
            "CSV, JSON lines or Parquet with the columns prompt, condition and image (file name, SHA-256 or id), "
            "and if wanted group and rater. Every condition meets every other within a prompt."
        ),
        label=gettext_lazy("Table"),
    )

    def clean_table(self) -> "UploadedFile[bytes]":
        """Refuse what is no table by its name."""
        table: UploadedFile[bytes] = self.cleaned_data["table"]
        if Path(table.name or "").suffix.lower() not in SUFFIXES:
            raise forms.ValidationError(
                gettext("This is no table; give a file that ends in {suffixes}.").format(suffixes=", ".join(SUFFIXES))
            )
        return table


def import_design_form(*, form: DesignForm, study: Study) -> "DesignReport | None":
    """Import the table of a valid form; a table that cannot be read becomes the form's error."""
    try:
        return import_design(study=study, table=form.cleaned_data["table"])
    except RecordError as error:
        form.add_error("table", error.message)
        return None
