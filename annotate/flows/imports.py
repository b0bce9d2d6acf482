"""What comes in through the browser: files are kept here, then taken in by a worker."""

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import User
from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from ratings.choices import DeliveryKind, KnownDetails
from ratings.exceptions import ChoiceNeededError, RecordError
from ratings.models import Dataset, Delivery, Study, Upload
from ratings.services.uploads.parts import announce_files, discard_upload, import_of_upload, store_pieces
from ratings.services.uploads.parts import finish_upload as request_upload_import
from ratings.services.uploads.store import (
    bare_name,
    keep_files,
    kept_files,
    request_import_again,
    request_picture_import,
    request_rating_import,
)
from ratings.tasks import queue_job

if TYPE_CHECKING:
    from ratings.services.comparisons.design_table import DesignReport
    from ratings.services.datasets.preview import Preview

__all__ = [
    "announce_files",
    "bare_name",
    "change_dataset",
    "check_import",
    "check_import_again",
    "delete_dataset",
    "discard_upload",
    "finish_upload",
    "import_again",
    "import_design",
    "import_of_upload",
    "import_pictures",
    "import_ratings",
    "keep_files",
    "keep_ratings",
    "preview_import",
    "scale_of_layout",
    "start_import",
    "started_import",
    "store_pieces",
]


SALT = "ratings.admin.import"
ASKED_FOR = {  # what a file may leave open, and where the answer goes
    "column": "value",
    "rater-column": "rater",
    "image-column": "image",
    "picture-column": "picture",
    "control": "control",
    "sheet": "sheet",
}
DIFFERING = ("refuse", "add", "replace")  # values of `ratings.services.datasets.Differing`


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


def keep_ratings(
    *, parts: "Mapping[str, Sequence[UploadedFile[bytes]]]", facts: Mapping[str, Any], wide: bool, profile_columns: str
) -> dict[str, Any]:
    """Keep the files of an import; give what is needed to go on with it.

    The parts are `ratings`, the file itself first, and `pictures`; the facts name, layout and scale of the set.
    """
    folder = keep_files(files={name: files for name, files in parts.items() if files})
    columns = [name.strip().lower() for name in profile_columns.split(",")]
    asked = {"wide": "*" if wide else "", "profile_columns": [name for name in columns if name]}
    return {**facts, "folder": folder, "file": bare_name(parts["ratings"][0]), "asked": asked}


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
    known = {"differing": differing} if differing in DIFFERING else {}
    return import_ratings(folder=kept["folder"], options={**kept, **known}, actor=user)


def started_import(*, signed: str) -> Delivery | None:
    """Give the import that a ticket began already, if it did."""
    folder = signing.loads(signed, salt=SALT)["folder"]
    return Delivery.objects.filter(kind=DeliveryKind.RATINGS, folder=folder).order_by("pk").first()


def import_pictures(
    *, study: Study, files: "Mapping[str, Iterable[UploadedFile[bytes]]]", known: KnownDetails, actor: User | None
) -> Delivery:
    """Keep pictures and the lists that describe them, and hand them to a worker."""
    folder = keep_files(files=files)
    with transaction.atomic():
        delivery = request_picture_import(study=study, folder=folder, known=known, actor=actor)
        queue_job(delivery)
    return delivery


def change_dataset(*, dataset: Dataset, changes: Mapping[str, Any], actor: User) -> Dataset:
    """Change weight, source or licence of a set."""
    from ratings.services.datasets import write  # brings pyarrow

    return write.change_dataset(dataset=dataset, changes=changes, actor=actor)


def delete_dataset(*, dataset: Dataset, actor: User) -> None:
    """Delete a set with all its ratings."""
    from ratings.services.datasets import write  # brings pyarrow

    write.delete_dataset(dataset=dataset, actor=actor)


@transaction.atomic
def finish_upload(*, upload: Upload, known: KnownDetails) -> Delivery:
    """Hand the files of an upload to a worker that came part by part."""
    delivery = request_upload_import(upload=upload, known=known)
    queue_job(delivery)
    return delivery


@transaction.atomic
def import_ratings(*, folder: str, options: dict[str, Any], actor: User | None) -> Delivery:
    """Hand kept ratings to a worker."""
    delivery = request_rating_import(folder=folder, options=options, actor=actor)
    queue_job(delivery)
    return delivery


@transaction.atomic
def import_again(*, delivery: Delivery, choice: str, actor: User | None) -> Delivery:
    """Hand kept files to a worker once more, with the answer to what they left open."""
    again = request_import_again(delivery=delivery, choice=choice, actor=actor)
    queue_job(again)
    return again


def import_design(*, study: Study, table: "UploadedFile[bytes]") -> "DesignReport":
    """Take in the table of a pairwise study's design; it is small, so that no worker is needed."""
    from ratings.services.comparisons.design_table import import_pairs  # brings pyarrow, which no other page needs

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"design{Path(table.name or '').suffix.lower()}"
        with path.open("wb") as stream:
            stream.writelines(table.chunks())
        return import_pairs(study=study, path=path)


def preview_import(*, folder: str, options: dict[str, Any]) -> "Preview":
    """Give the first rows of kept ratings, as they would be taken in."""
    from ratings.services.datasets.preview import preview_ratings  # brings pyarrow
    from ratings.services.uploads.imports import source_of

    with kept_files(name=folder) as files:
        return preview_ratings(name=options["name"], source=source_of(folder=files, options=options))


def scale_of_layout(*, layout: str, given: Sequence[float]) -> tuple[float, float]:
    """Give the ends of the scale of ratings in a layout."""
    from ratings.services.datasets import scale_of  # brings pyarrow

    return scale_of(layout=layout, given=given)
