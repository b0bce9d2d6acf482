"""Pictures uploaded in the browser: single files, archives, and a list that describes them."""

from pathlib import Path
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile

from ratings.exceptions import RecordError
from ratings.models import Delivery, Study
from ratings.services.deliveries.store import deliver_pictures, keep_files
from ratings.tasks import queue_job

PICTURES = ".jpg,.jpeg,.png,.webp,.gif,.avif,.zip"
LISTS = ".csv,.tsv,.jsonl,.parquet"


class FilesInput(forms.FileInput):
    """A file input that takes several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files."""

    def __init__(self, *, accept: str, missing: str = "", **field: Any) -> None:
        """Take the suffixes to offer, and what to say where at least one file is needed."""
        widget = FilesInput(attrs={"multiple": True, "accept": accept})
        super().__init__(widget=widget, required=bool(missing), **field)
        self.missing = missing

    def clean(self, data: Any, initial: Any = None) -> "list[UploadedFile[bytes]]":
        """Check each file."""
        files = data if isinstance(data, list | tuple) else [data] if data else []
        if not files and self.missing:
            raise forms.ValidationError(self.missing)
        return [super(FilesField, self).clean(file, initial) for file in files]


class UploadForm(forms.Form):
    """Pictures, and what is known of them."""

    pictures = FilesField(
        accept=PICTURES, missing="Choose pictures or a zip archive of pictures.", label="Pictures or zip archives"
    )
    details = forms.FileField(
        required=False,
        label="List with details",
        widget=forms.FileInput(attrs={"accept": LISTS}),
        help_text="CSV, JSONL or Parquet with a column of file names, and prompt, generator, domain or any more.",
    )

    def clean_details(self) -> "UploadedFile[bytes] | None":
        """Refuse what is no list."""
        details: UploadedFile[bytes] | None = self.cleaned_data["details"]
        if details is not None and Path(details.name or "").suffix.lower() not in LISTS.split(","):
            raise forms.ValidationError("A list is a .csv, .tsv, .jsonl or .parquet file.")
        return details


def uploaded(*, form: UploadForm, study: Study, user: User) -> Delivery | None:
    """Keep the files and hand them to a worker; where they cannot be kept, the form says why."""
    details = form.cleaned_data["details"]
    files = {"pictures": form.cleaned_data["pictures"], **({"details": [details]} if details else {})}
    try:
        delivery = deliver_pictures(study=study, folder=keep_files(files=files), actor=user)
    except RecordError as error:
        form.add_error(None, error.message)
        return None
    queue_job(delivery)
    return delivery
