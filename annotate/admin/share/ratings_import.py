"""Ratings from elsewhere, brought in through the browser: first a look at the file, then the import."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext, gettext_lazy
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from annotate.admin.parts.file_fields import PICTURES, FilesField
from annotate.flows.imports import keep_ratings, scale_of_layout
from ratings.exceptions import RecordError

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

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
    given = form.cleaned_data
    facts = {name: given[name] for name in ("name", "layout", "scale_min", "scale_max", "best_is_low")}
    parts = {"ratings": [given["ratings"], *given["beside"]], "pictures": given["pictures"]}
    return keep_ratings(parts=parts, facts=facts, wide=given["wide"], profile_columns=given["profile_columns"])
