"""Ratings from elsewhere, brought in through the browser: first a look at the file, then the import."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.models import User
from django.core import signing
from django.utils.translation import gettext, gettext_lazy
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from annotate.admin.parts.file_fields import PICTURES, FilesField
from annotate.flows.imports import bare_name, import_ratings, keep_files, preview_import, scale_of_layout
from ratings.exceptions import ChoiceNeededError, RecordError
from ratings.models import Delivery

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

    from ratings.services.datasets.preview import Preview

SALT = "ratings.admin.import"
LAYOUTS = (
    ("tidy", gettext_lazy("Tidy: rater, image, rating")),
    ("pamela", "PAMELA"),
    ("para", "PARA"),
    ("lapis", "LAPIS"),
    ("flickr-aes", "FLICKR-AES"),
    ("eva", "EVA"),
    ("ava", gettext_lazy("AVA (vote histograms)")),
    ("label-studio", gettext_lazy("Label Studio (JSON, JSON-MIN, CSV)")),
)
ASKED_FOR = {  # what a file may leave open, and where the answer goes
    "column": "value",
    "rater-column": "rater",
    "image-column": "image",
    "picture-column": "picture",
    "control": "control",
    "sheet": "sheet",
}
DIFFERING = (  # values of `ratings.services.datasets.Differing`
    ("refuse", gettext_lazy("None may differ: refuse the file")),
    ("add", gettext_lazy("Further ratings of the same rater and image")),
    ("replace", gettext_lazy("Corrections that replace the known ones")),
)
TABLES = ".csv,.tsv,.txt,.jsonl,.ndjson,.parquet,.json,.xlsx,.xlsm,.xls,.ods"


class RatingsForm(forms.Form):
    """A file of ratings, its layout and scale, and files that belong to it."""

    name = forms.SlugField(
        max_length=50,
        label=gettext_lazy("Dataset"),
        help_text=gettext_lazy("A name of letters, digits and hyphens."),
        widget=UnfoldAdminTextInputWidget,
    )
    layout = forms.ChoiceField(choices=LAYOUTS, label=gettext_lazy("Layout"), widget=UnfoldAdminSelectWidget)
    scale_min = forms.FloatField(
        label=gettext_lazy("Lowest value"),
        required=False,
        help_text=gettext_lazy("Of the scale; published sets know theirs."),
        widget=UnfoldAdminDecimalFieldWidget,
    )
    scale_max = forms.FloatField(
        label=gettext_lazy("Highest value"), required=False, widget=UnfoldAdminDecimalFieldWidget
    )
    best_is_low = forms.BooleanField(
        label=gettext_lazy("The lowest value is the best"),
        required=False,
        help_text=gettext_lazy("As in ranks."),
        widget=UnfoldBooleanWidget,
    )
    wide = forms.BooleanField(
        label=gettext_lazy("A column per picture"),
        required=False,
        help_text=gettext_lazy("A row per rater; or a row per picture and a column per rater."),
        widget=UnfoldBooleanWidget,
    )
    profile_columns = forms.CharField(
        label=gettext_lazy("Further columns about raters"),
        required=False,
        help_text=gettext_lazy("Separated by commas, beside those named as demographics, such as age or gender."),
        widget=UnfoldAdminTextInputWidget,
    )
    ratings = forms.FileField(label=gettext_lazy("File of ratings"), widget=forms.FileInput(attrs={"accept": TABLES}))
    beside = FilesField(
        accept=TABLES,
        label=gettext_lazy("Tables beside it"),
        help_text=gettext_lazy("Such as raters.csv, images.csv, PARA-UserInfo.csv or users.csv."),
    )
    pictures = FilesField(
        accept=PICTURES,
        label=gettext_lazy("Pictures"),
        help_text=gettext_lazy(
            "One zip archive of the rated pictures, or the pictures themselves. Only ratings with a picture here "
            "teach a model; pictures of your studies are found by their names, SHA-256 or ids."
        ),
    )

    def clean_pictures(self) -> "list[UploadedFile[bytes]]":
        """Refuse several archives, or an archive among pictures."""
        files: list[UploadedFile[bytes]] = self.cleaned_data["pictures"]
        if len(files) > 1 and any(Path(one.name or "").suffix.lower() == ".zip" for one in files):
            raise forms.ValidationError(gettext("Give one zip archive that holds all pictures, or single pictures."))
        return files

    def clean(self) -> dict[str, Any]:
        """Take the scale that a set was published on where none is given; refuse one upside down."""
        cleaned = super().clean() or {}
        ends = [cleaned[name] for name in ("scale_min", "scale_max") if cleaned.get(name) is not None]
        if self.errors:
            return cleaned
        if len(ends) == 1:
            self.add_error("scale_max", gettext("Give both ends of the scale, or none."))
            return cleaned
        try:
            low, high = scale_of_layout(layout=cleaned["layout"], given=ends)
        except RecordError as error:
            self.add_error("scale_min", error.message)
            return cleaned
        if low >= high:
            self.add_error(
                "scale_max", gettext("It has to be above the lowest; if the lowest is the best, tick that below.")
            )
        return cleaned | {"scale_min": low, "scale_max": high}


class DifferingForm(forms.Form):
    """What ratings are that differ from those known."""

    differing = forms.ChoiceField(
        choices=DIFFERING, label=gettext_lazy("Ratings that differ from those known"), widget=UnfoldAdminSelectWidget
    )


def keep_import(*, form: RatingsForm) -> dict[str, Any]:
    """Keep the files of an import; give what is needed to go on with it."""
    ratings = form.cleaned_data["ratings"]
    pictures = form.cleaned_data["pictures"]
    parts = {"ratings": [ratings, *form.cleaned_data["beside"]], **({"pictures": pictures} if pictures else {})}
    folder = keep_files(files=parts)
    facts = {name: form.cleaned_data[name] for name in ("name", "layout", "scale_min", "scale_max", "best_is_low")}
    return {**facts, "folder": folder, "file": bare_name(ratings), "asked": table_options(form.cleaned_data)}


def table_options(given: dict[str, Any]) -> dict[str, Any]:
    """Take what the form says of a table beside its layout."""
    columns = [name.strip().lower() for name in given["profile_columns"].split(",")]
    return {"wide": "*" if given["wide"] else "", "profile_columns": [name for name in columns if name]}


@dataclass(frozen=True, kw_only=True)
class ImportQuestion:
    """What a file leaves open, and what could be meant."""

    text: str
    asked_for: str  # a key of ASKED_FOR
    choices: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ImportCheck:
    """What a look at a file gave: its first rows, or a question about it, or the reason why it cannot be read."""

    ticket: str = ""
    preview: "Preview | None" = None
    question: ImportQuestion | None = None
    refusal: str = ""


def check_import(kept: dict[str, Any]) -> ImportCheck:
    """Look at the first rows of what was kept."""
    try:
        return ImportCheck(preview=preview_import(folder=kept["folder"], options=kept), ticket=ticket(kept))
    except ChoiceNeededError as error:
        question = ImportQuestion(text=error.question, asked_for=error.option, choices=error.choices)
        return ImportCheck(question=question, ticket=ticket(kept))
    except RecordError as error:
        return ImportCheck(refusal=error.message)


def check_import_again(*, signed: str, asked_for: str, choice: str) -> ImportCheck:
    """Look once more at what a ticket names, with the answer to a question."""
    kept = signing.loads(signed, salt=SALT)
    if asked_for in ASKED_FOR:
        kept = {**kept, "asked": {**kept["asked"], ASKED_FOR[asked_for]: choice}}
    return check_import(kept)


def ticket(kept: dict[str, Any]) -> str:
    """Sign what was kept, so that the second step takes nothing else."""
    return signing.dumps(kept, salt=SALT)


def start_import(*, signed: str, differing: str, user: User) -> Delivery:
    """Import what a ticket names; `differing` says what ratings are that differ from those known."""
    kept = signing.loads(signed, salt=SALT)
    known = {"differing": differing} if differing in dict(DIFFERING) else {}
    return import_ratings(folder=kept["folder"], options={**kept, **known}, actor=user)
