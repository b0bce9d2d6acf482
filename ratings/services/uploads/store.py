"""Keep uploaded files until a worker has taken them in, and the row that says what they are for."""

import logging
import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from ratings.choices import ACTIVE_JOB_STATES, DeliveryKind, KnownDetails
from ratings.exceptions import ConflictError, InvalidInputError, NotFoundError, StorageFailedError
from ratings.models import Delivery, Study, Upload
from ratings.sentences import staff_gettext
from ratings.services.audit import log_action
from ratings.stores.uploads import upload_store

logger = logging.getLogger(__name__)

SECONDS_UNCLAIMED = 24 * 3600

NAMESAKES = "namesake-"  # begins the folders for files of names that others have


def keep_files(*, files: Mapping[str, "Iterable[UploadedFile[bytes]]"]) -> str:
    """Write files into a new folder, those of each part into one below it; give its name. On failure none stays."""
    store, name = upload_store(), secrets.token_hex(16)
    try:
        for part, uploads in files.items():
            taken: set[str] = set()
            for upload in uploads:
                kept = free_name(bare_name(upload), taken=taken)
                taken.add(kept)
                store.write_piece(f"{name}/{part}/{kept}", offset=0, chunks=upload.chunks())
    except OSError as error:
        discard_folder(name=name)
        reason = error.strerror or error
        raise StorageFailedError(
            staff_gettext("The disk took no more ({reason}); make room and upload again.").format(reason=reason)
        ) from error
    return name


def bare_name(upload: "UploadedFile[bytes]") -> str:
    """Give an uploaded file's own name, without the folders it may claim."""
    return PurePosixPath((upload.name or "file").replace("\\", "/")).name


def free_name(name: str, *, taken: Collection[str]) -> str:
    """Put a file into a folder for namesakes if another one has its name."""
    free, number = name, 2
    while free in taken:
        free, number = namesake(name, number=number), number + 1
    return free


def namesake(name: str, *, number: int) -> str:
    """Name the second, third … file of a name: lists that say no more than the name cannot mean it alone."""
    return f"{NAMESAKES}{number}/{name}"


def separate_namesakes(folder: Path) -> None:
    """Put the first of several files of a name into a folder, too, so that the name alone means none of them."""
    for twin in sorted(folder.glob(f"{NAMESAKES}2/*")):
        first = folder / twin.name
        if first.is_file():
            (folder / f"{NAMESAKES}1").mkdir(exist_ok=True)
            first.rename(folder / namesake(twin.name, number=1))


def require_kept(*, name: str) -> None:
    """Raise unless the folder of a name that `keep_files` gave is there."""
    try:
        is_there = bool(name) and upload_store().has_folder(PurePosixPath(name).name)
    except OSError as error:
        raise StorageFailedError(
            staff_gettext("The uploaded files cannot be had now ({error}): try again.").format(error=error)
        ) from error
    if not is_there:
        raise NotFoundError(staff_gettext("The uploaded files are gone: upload them again."))


@contextmanager
def kept_files(*, name: str) -> Iterator[Path]:
    """Give the files of a name that `keep_files` gave, in a folder on this machine."""
    require_kept(name=name)
    with upload_store().copy_to_work_on(PurePosixPath(name).name) as folder:
        yield folder


def discard_folder(*, name: str) -> None:
    """Remove what was kept; what the bucket does not delete now, the hourly sweep does."""
    try:
        upload_store().remove(name)
    except OSError as error:
        logger.warning("The uploaded files %s stay for now: %s", name, error)


@transaction.atomic
def request_picture_import(
    *, study: Study, folder: str, known: KnownDetails = KnownDetails.KEEP, actor: User | None
) -> Delivery:
    """Request the import of kept pictures into a study; `known` says what to do where their list differs."""
    delivery = Delivery.objects.create(
        kind=DeliveryKind.PICTURES, study=study, folder=folder, options={"known": known}, requested_by=actor
    )
    log_action(action="upload", target=study.slug, actor=actor, delivery=delivery.pk)
    return delivery


@transaction.atomic
def request_import_again(*, delivery: Delivery, choice: str, actor: User | None) -> Delivery:
    """Import the files of an upload again, with the answer to what they left open; once."""
    asked = Delivery.objects.select_for_update().get(pk=delivery.pk)
    if choice not in asked.report.get("choices", ()):
        raise InvalidInputError(staff_gettext("Choose one of what the files hold."))
    require_kept(name=asked.folder)
    if Delivery.objects.filter(folder=asked.folder, pk__gt=asked.pk).exists():
        raise ConflictError(staff_gettext("This was answered already: look at the newest upload."))
    options = {**asked.options, asked.report["option"]: choice}
    again = Delivery.objects.create(
        kind=asked.kind, study=asked.study, folder=asked.folder, options=options, requested_by=actor
    )
    log_action(action="upload", target=str(asked.study), actor=actor, delivery=again.pk)
    return again


@transaction.atomic
def request_rating_import(*, folder: str, options: dict[str, Any], actor: User | None) -> Delivery:
    """Request the import of kept ratings under a dataset's name; a folder is imported once."""
    require_kept(name=folder)
    if Delivery.objects.filter(folder=folder).exists():
        raise ConflictError(staff_gettext("These files are being imported already."))
    delivery = Delivery.objects.create(kind=DeliveryKind.RATINGS, folder=folder, options=options, requested_by=actor)
    log_action(action="import-ratings", target=options["name"], actor=actor, delivery=delivery.pk)
    return delivery


def discard_unclaimed_files() -> None:
    """Remove files that were never imported, or whose import ended without removing them."""
    claimed = set(Delivery.objects.filter(state__in=ACTIVE_JOB_STATES).values_list("folder", flat=True))
    claimed |= set(Upload.objects.values_list("folder", flat=True))
    for folder, age in upload_store().ages().items():
        if age > SECONDS_UNCLAIMED and folder not in claimed:
            discard_folder(name=folder)
