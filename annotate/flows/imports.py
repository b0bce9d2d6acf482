"""What comes in through the browser: files are kept here, then taken in by a worker."""

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from ratings.choices import KnownDetails
from ratings.models import Delivery, Study, Upload
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
    "discard_upload",
    "finish_upload",
    "import_again",
    "import_design",
    "import_of_upload",
    "import_pictures",
    "import_ratings",
    "keep_files",
    "preview_import",
    "scale_of_layout",
    "store_pieces",
]


def import_pictures(
    *, study: Study, files: "Mapping[str, Iterable[UploadedFile[bytes]]]", known: KnownDetails, actor: User | None
) -> Delivery:
    """Keep pictures and the lists that describe them, and hand them to a worker."""
    folder = keep_files(files=files)
    with transaction.atomic():
        delivery = request_picture_import(study=study, folder=folder, known=known, actor=actor)
        queue_job(delivery)
    return delivery


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
