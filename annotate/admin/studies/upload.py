"""Pictures uploaded in the browser: single files, archives, and lists that describe them, as one plain form."""

import json
from pathlib import Path
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext, gettext_lazy
from unfold.widgets import UnfoldBooleanWidget

from annotate.admin.parts.file_fields import PICTURES, FilesField
from annotate.flows.imports import import_pictures
from ratings.choices import KnownDetails
from ratings.exceptions import RecordError
from ratings.models import Delivery, Study

LISTS = ".csv,.tsv,.jsonl,.parquet,.xlsx,.xlsm,.xls,.ods"
NO_PICTURES = gettext_lazy("Choose pictures or a zip archive of pictures.")
NO_LIST = gettext_lazy("A list is a .csv, .tsv, .jsonl or .parquet file, or a workbook (.xlsx, .xls, .ods).")


def is_list(name: str) -> bool:
    """Tell whether a file can be a list, by its suffix."""
    return Path(name).suffix.lower() in LISTS.split(",")


def is_surely_list(name: str) -> bool:
    """Tell whether a file among the pictures is a list all the same; a Parquet file may hold the pictures."""
    return is_list(name) and Path(name).suffix.lower() != ".parquet"


class UploadForm(forms.Form):
    """Pictures, and what is known of them."""

    pictures = FilesField(
        accept=f"{PICTURES},{LISTS}",
        missing=NO_PICTURES,
        label=gettext_lazy("Pictures and zip archives"),
        allow_empty_file=True,  # named in the report of the import, beside the others that came in
    )
    details = FilesField(
        accept=LISTS,
        label=gettext_lazy("Lists with details"),
        help_text=gettext_lazy(
            "CSV, JSONL, Parquet or a workbook with a column of file names, and prompt, generator, domain or any more."
        ),
    )

    replaces_details = forms.BooleanField(
        required=False,
        label=gettext_lazy("Replace what is known by the list"),
        widget=UnfoldBooleanWidget(),
        help_text=gettext_lazy(
            "For a corrected list: of pictures that the study has already, what the list says holds. Otherwise "
            "what is known stays, and the report names what differs. A blank cell replaces nothing."
        ),
    )

    def clean_details(self) -> "list[UploadedFile[bytes]]":
        """Refuse what is no list."""
        details: list[UploadedFile[bytes]] = self.cleaned_data["details"]
        if not all(is_list(upload.name or "") for upload in details):
            raise forms.ValidationError(NO_LIST)
        return details

    def clean(self) -> dict[str, Any]:
        """Refuse lists without anything that they could describe."""
        cleaned: dict[str, Any] = super().clean() or {}
        if "pictures" in cleaned and all(is_surely_list(upload.name or "") for upload in cleaned["pictures"]):
            self.add_error("pictures", NO_PICTURES)
        return cleaned

    def files_by_kind(self) -> "dict[str, list[UploadedFile[bytes]]]":
        """Separate lists from pictures, in whichever field they were chosen."""
        chosen = self.cleaned_data["pictures"]
        lists = [upload for upload in chosen if is_surely_list(upload.name or "")] + self.cleaned_data["details"]
        pictures = [upload for upload in chosen if upload not in lists]
        return {"pictures": pictures, **({"details": lists} if lists else {})}


def upload_words() -> str:
    """Give the words of the script that sends files in parts, as JSON."""
    words = {
        "chosen_one": gettext("{count} file, {size}"),
        "chosen": gettext("{count} files, {size}"),
        "sending": gettext("{arrived} of {files} files have arrived, {sent} of {size}."),
        "arrived": gettext("{arrived} of {files} files have arrived; handing them over…"),
        "broken": gettext(
            "The connection broke; trying again in {seconds} s. {arrived} of {files} files have arrived."
        ),
        "asking": gettext("Asking the server what has arrived before…"),
        "stopped": gettext("Stopped."),
        "kept": gettext("What has arrived is kept for a day and not sent again: press Upload to go on."),
        "moved": gettext("{name} was moved or changed since it was chosen: choose the files again."),
        "signed_out": gettext("You are signed out: sign in, in another window."),
        "refused": gettext("The server refused with status {status}: reload the page and choose the same files again."),
    }
    return json.dumps(words)


def known_details(*, ticked: object) -> KnownDetails:
    """Say what becomes of known details by the tick of the form."""
    return KnownDetails.REPLACE if ticked else KnownDetails.KEEP


def store_upload(*, form: UploadForm, study: Study, user: User) -> Delivery | None:
    """Keep the files and hand them to a worker; where they cannot be kept, the form says why."""
    try:
        known = known_details(ticked=form.cleaned_data["replaces_details"])
        return import_pictures(study=study, files=form.files_by_kind(), known=known, actor=user)
    except RecordError as error:
        form.add_error(None, error.message)
        return None
