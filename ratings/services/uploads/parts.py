"""Take files in part by part, as a browser sends them, until all have arrived and become one upload to import.

A part that is sent twice, because the answer to it was lost, is taken once; what has arrived stays through a broken
network, a reload of the page and a restart of the server, until it is imported, discarded, or a day old.
"""

import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import PurePosixPath

from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from ratings.choices import KnownDetails, StudyState
from ratings.exceptions import ConflictError, InvalidInputError, NotFoundError, StorageFailedError, StudyClosedError
from ratings.models import Delivery, Study, Upload, UploadFile
from ratings.models.upload import LONGEST_FILE_NAME, UploadKind
from ratings.sentences import staff_gettext
from ratings.services.uploads.store import discard_folder, free_name, namesake, request_picture_import
from ratings.stores.uploads import upload_store

MOST_FILES = 100_000
KEPT_FOR = timedelta(days=1)
SPARE_BYTES = 256 * 1024 * 1024  # what the disk keeps free beside an upload
GIGABYTE = 1_000_000_000
UNPRINTABLE = dict.fromkeys([*range(32), 127])


@dataclass(frozen=True, kw_only=True)
class AnnouncedFile:
    """A file that a browser is about to send."""

    key: str
    kind: UploadKind
    name: str
    size: int


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Some bytes of a file, and where in it they belong."""

    file: int
    offset: int
    content: "UploadedFile[bytes]"


def announce_files(*, study: Study, uploader: User, files: Sequence[AnnouncedFile]) -> tuple[Upload, list[UploadFile]]:
    """Make room for files, or find what has arrived of them before; files of an earlier try that are not among them go.

    Give the upload, and the files in the order in which they were announced.
    """
    reject_unfit(study=study, files=files)
    try:
        return ensure_upload(study=study, uploader=uploader, files=files)
    except IntegrityError as error:
        raise ConflictError(
            staff_gettext("This upload was begun in another window at the same moment: press Upload again.")
        ) from error


def reject_unfit(*, study: Study, files: Sequence[AnnouncedFile]) -> None:
    """Refuse files that could not be imported, before anything is sent."""
    if study.state == StudyState.CLOSED:
        raise StudyClosedError(
            staff_gettext("The study {slug} is closed; reopen it before adding images.").format(slug=f"{study.slug!r}")
        )
    if not any(file.kind == UploadKind.PICTURES for file in files):
        raise InvalidInputError(staff_gettext("Choose pictures or a zip archive of pictures."))
    if len(files) > MOST_FILES:
        raise InvalidInputError(
            staff_gettext("At most {most_files} files in one upload: send the rest in another.").format(
                most_files=f"{MOST_FILES:,}"
            )
        )
    if len({file.key for file in files}) < len(files):
        raise InvalidInputError(staff_gettext("One file was chosen twice: choose the files again."))


@transaction.atomic
def ensure_upload(*, study: Study, uploader: User, files: Sequence[AnnouncedFile]) -> tuple[Upload, list[UploadFile]]:
    """Find or make the person's upload into the study, and bring its files to those announced."""
    folder = secrets.token_hex(16)
    upload, _ = Upload.objects.get_or_create(study=study, uploader=uploader, defaults={"folder": folder})
    Upload.objects.select_for_update().get(pk=upload.pk)  # two windows of one person take turns
    wanted = {file.key for file in files}
    gone = [file for file in upload.files.all() if file.key not in wanted]
    upload.files.filter(pk__in=[file.pk for file in gone]).delete()
    known = {file.key: file for file in recount_received(upload=upload)}
    reject_lack_of_room(missing=sum(file.size for file in files) - sum(file.received for file in known.values()))
    made = UploadFile.objects.bulk_create(new_files(upload=upload, files=files, known=known), batch_size=5_000)
    known |= {file.key: file for file in made}
    upload.save(update_fields=["touched_at"])
    paths = [file_path(upload=upload, file=file) for file in gone]
    transaction.on_commit(partial(remove_files, paths=paths), robust=True)
    return upload, [known[file.key] for file in files]


def recount_received(*, upload: Upload) -> list[UploadFile]:
    """Give the files of an upload; of one that the store lost a part of, only what is there counts as arrived."""
    files, arrived = list(upload.files.all()), lengths(upload=upload)
    lost = [file for file in files if arrived.get(kept_name(file), 0) < file.received]
    for file in lost:
        file.received = arrived.get(kept_name(file), 0)
    UploadFile.objects.bulk_update(lost, ["received"])
    return files


def lengths(*, upload: Upload) -> dict[str, int]:
    """Give how much of each file of an upload is there."""
    try:
        return upload_store().lengths(upload.folder)
    except OSError as error:
        raise StorageFailedError(
            staff_gettext("What has arrived cannot be looked at now ({error}): try again.").format(error=error)
        ) from error


def new_files(*, upload: Upload, files: Sequence[AnnouncedFile], known: Mapping[str, UploadFile]) -> list[UploadFile]:
    """Describe the files that were not announced before, each under a name of its own."""
    taken: defaultdict[str, set[str]] = defaultdict(set)
    for one in known.values():
        taken[one.kind].add(one.name)
    made = []
    for file in files:
        if file.key in known:
            continue
        name = free_name(own_name(file.name), taken=taken[file.kind])
        taken[file.kind].add(name)
        made.append(UploadFile(upload=upload, key=file.key, kind=file.kind, name=name, size=file.size))
    return made


def own_name(name: str) -> str:
    """Give a file's own name, without the folders it may claim, as a file system takes it."""
    bare = PurePosixPath(name.translate(UNPRINTABLE).replace("\\", "/")).name
    bare = bare if bare not in {"", "..", "."} else "file"
    longest = LONGEST_FILE_NAME - len(namesake("", number=MOST_FILES))
    return bare.encode(errors="replace")[-longest:].decode(errors="ignore")


def reject_lack_of_room(*, missing: int) -> None:
    """Refuse an upload that the disk cannot hold, before it is sent."""
    room = upload_store().room()
    if room is None:
        return
    free = room - SPARE_BYTES
    if missing > free:
        raise StorageFailedError(
            staff_gettext(
                "The server's disk has room for {free} GB more, and these files need {missing} GB: "
                "make room, or send fewer at once."
            ).format(free=f"{max(0, free) / GIGABYTE:.1f}", missing=f"{missing / GIGABYTE:.1f}")
        )


def kept_name(file: UploadFile) -> str:
    """Give where a file is kept below the folder of its upload."""
    return f"{file.kind}/{file.name}"


def file_path(*, upload: Upload, file: UploadFile) -> str:
    """Give where a file of an upload is kept in the store."""
    return f"{upload.folder}/{kept_name(file)}"


def remove_files(*, paths: Sequence[str]) -> None:
    """Delete files, those that never arrived included."""
    for path in paths:
        upload_store().remove_file(path)


@transaction.atomic
def store_pieces(*, upload: Upload, pieces: Sequence[Piece]) -> dict[int, int]:
    """Write pieces to their places; give how much of each of these files has arrived, from its beginning.

    A piece that came before, or that comes too early, changes nothing: the answer says where to go on.
    """
    Upload.objects.select_for_update().get(pk=upload.pk)  # two windows of one person take turns
    files = upload.files.in_bulk([piece.file for piece in pieces])
    for piece in pieces:
        file = files.get(piece.file)
        if file is None:
            raise NotFoundError(staff_gettext("A file was sent that is not of this upload: choose the files again."))
        if piece.offset == file.received and piece.content.size:
            file.received += store_piece(piece, file=file, path=file_path(upload=upload, file=file))
    UploadFile.objects.bulk_update(files.values(), ["received"])
    upload.save(update_fields=["touched_at"])
    return {number: file.received for number, file in files.items()}


def store_piece(piece: Piece, *, file: UploadFile, path: str) -> int:
    """Write one piece; give its length."""
    length = piece.content.size or 0
    if piece.offset + length > file.size:
        raise ConflictError(
            staff_gettext("{file} has grown since it was chosen: choose it again.").format(file=file.name)
        )
    try:
        upload_store().write_piece(path, offset=piece.offset, chunks=piece.content.chunks())
    except OSError as error:
        reason = error.strerror or error
        raise StorageFailedError(
            staff_gettext("The disk took no more ({reason}); make room, and go on.").format(reason=reason)
        ) from error
    return length


@transaction.atomic
def finish_upload(*, upload: Upload, known: KnownDetails = KnownDetails.KEEP) -> Delivery:
    """Request the import of an upload once all of it has arrived; `known` is that of `request_picture_import`."""
    files = list(Upload.objects.select_for_update().get(pk=upload.pk).files.all())
    arrived = lengths(upload=upload)
    missing = [file.name for file in files if arrived.get(kept_name(file), 0) != file.size]
    if missing:
        raise ConflictError(
            staff_gettext("{count} files have not arrived yet, {name} among them: press Upload again.").format(
                count=len(missing), name=missing[0]
            )
        )
    for file in files:
        if not file.size:  # it has no pieces
            upload_store().write_piece(file_path(upload=upload, file=file), offset=0, chunks=())
    delivery = request_picture_import(study=upload.study, folder=upload.folder, known=known, actor=upload.uploader)
    upload.delete()
    return delivery


def import_of_upload(*, study: Study, uploader: User, folder: str) -> Delivery | None:
    """Give what became of an upload that was handed over, for a browser that did not get the answer."""
    return Delivery.objects.filter(study=study, requested_by=uploader, folder=folder).first()


@transaction.atomic
def discard_upload(*, upload: Upload) -> None:
    """Remove an upload and what has arrived of it."""
    upload.delete()
    transaction.on_commit(partial(discard_folder, name=upload.folder))


def discard_stale_uploads() -> None:
    """Remove uploads of which nothing has arrived for a day."""
    for upload in Upload.objects.filter(touched_at__lt=timezone.now() - KEPT_FOR):
        discard_upload(upload=upload)
