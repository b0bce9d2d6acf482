"""Ratings from elsewhere, brought in through the browser: first a look at the file, then the import."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.models import User
from django.core import signing
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from ratings.admin.upload import FilesField
from ratings.exceptions import RecordError
from ratings.models import Delivery
from ratings.services.deliveries.store import bare_name, deliver_ratings, keep_files, kept_folder
from ratings.tasks import queue_job

if TYPE_CHECKING:
    from ratings.services.datasets.preview import Preview

SALT = "ratings.admin.import"
LAYOUTS = (
    ("tidy", "Tidy: rater, image, rating"),
    ("pamela", "PAMELA"),
    ("para", "PARA"),
    ("lapis", "LAPIS"),
    ("flickr-aes", "FLICKR-AES"),
    ("eva", "EVA"),
    ("ava", "AVA (vote histograms)"),
    ("label-studio", "Label Studio JSON"),
)
TABLES = ".csv,.tsv,.txt,.jsonl,.ndjson,.parquet,.json,.xlsx,.xlsm,.xls,.ods"


class RatingsForm(forms.Form):
    """A file of ratings, its layout and scale, and files that belong to it."""

    name = forms.SlugField(
        max_length=50,
        label="Dataset",
        help_text="A name of letters, digits and hyphens.",
        widget=UnfoldAdminTextInputWidget,
    )
    layout = forms.ChoiceField(choices=LAYOUTS, label="Layout", widget=UnfoldAdminSelectWidget)
    scale_min = forms.FloatField(
        label="Lowest value",
        required=False,
        help_text="Of the scale; published sets know theirs.",
        widget=UnfoldAdminDecimalFieldWidget,
    )
    scale_max = forms.FloatField(label="Highest value", required=False, widget=UnfoldAdminDecimalFieldWidget)
    ratings = forms.FileField(label="File of ratings", widget=forms.FileInput(attrs={"accept": TABLES}))
    beside = FilesField(
        accept=TABLES,
        label="Tables beside it",
        help_text="Such as raters.csv, images.csv, PARA-UserInfo.csv or users.csv.",
    )

    def clean(self) -> dict[str, Any]:
        """Take the scale that a set was published on where none is given; refuse one upside down."""
        from ratings.services.datasets import scale_of  # brings pyarrow: 90 MiB that no rater needs

        cleaned = super().clean() or {}
        ends = [cleaned[name] for name in ("scale_min", "scale_max") if cleaned.get(name) is not None]
        if self.errors:
            return cleaned
        if len(ends) == 1:
            self.add_error("scale_max", "Give both ends of the scale, or none.")
            return cleaned
        try:
            low, high = scale_of(layout=cleaned["layout"], given=ends)
        except RecordError as error:
            self.add_error("scale_min", error.message)
            return cleaned
        if low >= high:
            self.add_error("scale_max", "The highest value has to be above the lowest.")
        return cleaned | {"scale_min": low, "scale_max": high}


def kept_import(*, form: RatingsForm) -> dict[str, Any]:
    """Keep the files of an import; give what is needed to go on with it."""
    ratings = form.cleaned_data["ratings"]
    folder = keep_files(files={"ratings": [ratings, *form.cleaned_data["beside"]]})
    facts = {name: form.cleaned_data[name] for name in ("name", "layout", "scale_min", "scale_max")}
    return {**facts, "folder": folder, "file": bare_name(ratings)}


def preview_of(*, kept: dict[str, Any], form: RatingsForm) -> "Preview | None":
    """Look at the first rows; where the file cannot be read, the form says why."""
    from ratings.services.datasets.preview import preview_ratings  # brings pyarrow: 90 MiB that no rater needs
    from ratings.services.deliveries.take_in import source_of

    try:
        source = source_of(folder=kept_folder(name=kept["folder"]), options=kept)
        return preview_ratings(name=kept["name"], source=source)
    except RecordError as error:
        form.add_error(None, error.message)
        return None


def ticket(kept: dict[str, Any]) -> str:
    """Sign what was kept, so that the second step takes nothing else."""
    return signing.dumps(kept, salt=SALT)


def handed_over(*, signed: str, user: User) -> Delivery:
    """Hand over what a ticket names."""
    kept = signing.loads(signed, salt=SALT)
    delivery = deliver_ratings(folder=kept["folder"], options=kept, actor=user)
    queue_job(delivery)
    return delivery
