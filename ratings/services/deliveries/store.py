"""Keep uploaded files until a worker has taken them in, and the row that says what they are for."""

import secrets
import shutil
import time
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from ratings.choices import ACTIVE_JOB_STATES, DeliveryKind, KnownDetails
from ratings.exceptions import ConflictError, InvalidInputError, NotFoundError, StorageFailedError
from ratings.models import Delivery, Study, Upload
from ratings.services.audit import record_act

SECONDS_UNCLAIMED = 24 * 3600

NAMESAKES = "namesake-"  # begins the folders for files of names that others have


def deliveries_folder() -> Path:
    """Give the folder that holds what was handed in."""
    return Path(settings.DELIVERIES_DIR)


def keep_files(*, files: Mapping[str, "Iterable[UploadedFile[bytes]]"]) -> str:
    """Write files into a new folder, those of each part into one below it; give its name. On failure none stays."""
    name = secrets.token_hex(16)
    folder = deliveries_folder() / name
    try:
        for part, uploads in files.items():
            (folder / part).mkdir(parents=True)
            for upload in uploads:
                keep_file(upload=upload, folder=folder / part)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        reason = error.strerror or error
        raise StorageFailedError(f"The disk took no more ({reason}); make room and upload again.") from error
    return name


def bare_name(upload: "UploadedFile[bytes]") -> str:
    """Give an uploaded file's own name, without the folders it may claim."""
    return PurePosixPath((upload.name or "file").replace("\\", "/")).name


def keep_file(*, upload: "UploadedFile[bytes]", folder: Path) -> None:
    """Write an uploaded file under its own bare name, in a folder for namesakes where the name is taken."""
    name = bare_name(upload)
    path = folder / name
    number = 2
    while path.exists():
        path = folder / namesake(name, number=number)
        number += 1
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as target:
        for piece in upload.chunks():
            target.write(piece)


def namesake(name: str, *, number: int) -> str:
    """Name the second, third … file of a name: lists that say no more than the name cannot mean it alone."""
    return f"{NAMESAKES}{number}/{name}"


def tell_namesakes_apart(folder: Path) -> None:
    """Put the first of several files of a name into a folder, too, so that the name alone means none of them."""
    for twin in sorted(folder.glob(f"{NAMESAKES}2/*")):
        first = folder / twin.name
        if first.is_file():
            (folder / f"{NAMESAKES}1").mkdir(exist_ok=True)
            first.rename(folder / namesake(twin.name, number=1))


def kept_folder(*, name: str) -> Path:
    """Give the folder of a name that `keep_files` gave."""
    folder = deliveries_folder() / PurePosixPath(name).name
    if not name or not folder.is_dir():
        raise NotFoundError("The uploaded files are gone: upload them again.")
    return folder


@transaction.atomic
def deliver_pictures(
    *, study: Study, folder: str, known: KnownDetails = KnownDetails.KEEP, actor: User | None
) -> Delivery:
    """Hand kept pictures over to a study; `known` says what becomes of details that their list states otherwise."""
    delivery = Delivery.objects.create(
        kind=DeliveryKind.PICTURES, study=study, folder=folder, options={"known": known}, requested_by=actor
    )
    record_act(action="upload", target=study.slug, actor=actor, delivery=delivery.pk)
    return delivery


@transaction.atomic
def deliver_again(*, delivery: Delivery, choice: str, actor: User | None) -> Delivery:
    """Hand the files of a delivery over once more, with the answer to what they left open; once."""
    asked = Delivery.objects.select_for_update().get(pk=delivery.pk)
    if choice not in asked.report.get("choices", ()):
        raise InvalidInputError("Choose one of what the files hold.")
    kept_folder(name=asked.folder)
    if Delivery.objects.filter(folder=asked.folder, pk__gt=asked.pk).exists():
        raise ConflictError("This was answered already: look at the newest delivery.")
    options = {**asked.options, asked.report["option"]: choice}
    again = Delivery.objects.create(
        kind=asked.kind, study=asked.study, folder=asked.folder, options=options, requested_by=actor
    )
    record_act(action="upload", target=str(asked.study), actor=actor, delivery=again.pk)
    return again


@transaction.atomic
def deliver_ratings(*, folder: str, options: dict[str, Any], actor: User | None) -> Delivery:
    """Hand over kept ratings under a dataset's name; a folder is handed over once."""
    kept_folder(name=folder)
    if Delivery.objects.filter(folder=folder).exists():
        raise ConflictError("These files are being imported already.")
    delivery = Delivery.objects.create(kind=DeliveryKind.RATINGS, folder=folder, options=options, requested_by=actor)
    record_act(action="import-ratings", target=options["name"], actor=actor, delivery=delivery.pk)
    return delivery


def discard_unclaimed_files() -> None:
    """Remove files that were never handed over, or whose import ended without removing them."""
    claimed = set(Delivery.objects.filter(state__in=ACTIVE_JOB_STATES).values_list("folder", flat=True))
    claimed |= set(Upload.objects.values_list("folder", flat=True))
    root = deliveries_folder()
    for folder in root.iterdir() if root.is_dir() else ():
        is_old = folder.is_dir() and time.time() - folder.stat().st_mtime > SECONDS_UNCLAIMED
        if is_old and folder.name not in claimed:
            shutil.rmtree(folder, ignore_errors=True)
