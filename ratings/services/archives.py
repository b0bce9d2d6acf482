"""Read zip archives that may be hostile: bounded in entries, bytes and ratio; pictures are never unpacked to disk."""

import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from ratings.exceptions import FileRejectedError, ImageRejectedError
from ratings.files.decoding import reject_large_file
from ratings.sentences import staff_gettext

MAX_ENTRIES = 100_000
MAX_TOTAL_BYTES = 32 * 1024**3
MAX_RATIO = 300  # pictures hardly shrink; even flat bitmaps stay below this
SMALL_ENTRY = 1024 * 1024  # below this a high ratio is harmless
UTF8_NAME = 0x800
DAMAGES = (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError)


@contextmanager
def opened_archive(source: str | IO[bytes]) -> Iterator[zipfile.ZipFile]:
    """Open an archive whose declared contents are within limits; raise `FileRejectedError` otherwise."""
    try:
        archive = zipfile.ZipFile(source)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError) as error:
        raise FileRejectedError(staff_gettext("The archive is damaged or is no zip file; pack it again.")) from error
    with archive:
        reject_bomb(archive.infolist())
        yield archive


def reject_bomb(entries: list[zipfile.ZipInfo]) -> None:
    """Refuse an archive that declares more than a server should unpack."""
    if len(entries) > MAX_ENTRIES:
        raise FileRejectedError(
            staff_gettext("The archive holds {entries} files; split it into parts of {max_entries}.").format(
                entries=len(entries), max_entries=MAX_ENTRIES
            )
        )
    if sum(entry.file_size for entry in entries) > MAX_TOTAL_BYTES:
        raise FileRejectedError(
            staff_gettext("The archive unpacks to over {max_total_bytes} GiB; split it.").format(
                max_total_bytes=MAX_TOTAL_BYTES // 1024**3
            )
        )


def is_leaving(name: str) -> bool:
    """Tell whether a name inside an archive points outside of it."""
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or (path.parts[:1] != () and path.parts[0].endswith(":"))


def reject_entry(entry: zipfile.ZipInfo) -> None:
    """Refuse an entry that is not a plain file of fair size inside the archive."""
    if is_leaving(entry.filename):
        raise ImageRejectedError(staff_gettext("its path leads out of the archive; pack the folder again"))
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise ImageRejectedError(staff_gettext("it is a link; pack the file itself"))
    if entry.flag_bits & 0x1:
        raise ImageRejectedError(staff_gettext("it is encrypted; pack it without a password"))
    if entry.file_size > SMALL_ENTRY and entry.file_size > MAX_RATIO * max(1, entry.compress_size):
        raise ImageRejectedError(staff_gettext("it unpacks to far more than a picture would; pack the picture itself"))


def entry_name(entry: zipfile.ZipInfo) -> str:
    """Give an entry's path as text: the archivers of macOS and older Linux write UTF-8 without saying so."""
    if entry.flag_bits & UTF8_NAME or entry.filename.isascii():
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode()
    except UnicodeError:  # what the standard says: the characters of the first PCs
        return entry.filename


def unpack_table(*, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path) -> Path:
    """Write a table of an archive into a folder, never more than it declares; raise `FileRejectedError` otherwise."""
    path = folder / str(entry.header_offset) / PurePosixPath(entry_name(entry)).name
    try:
        reject_entry(entry)
        path.parent.mkdir()
        with archive.open(entry) as source, path.open("wb") as target:
            shutil.copyfileobj(source, target)
    except ImageRejectedError as error:
        raise FileRejectedError(
            staff_gettext("{filename} in the archive: {message}.").format(
                filename=entry.filename, message=error.message
            )
        ) from error
    except DAMAGES as error:
        raise FileRejectedError(
            staff_gettext("{filename} in the archive is damaged ({error}); pack it again.").format(
                filename=entry.filename, error=error
            )
        ) from error
    return path


def entry_bytes(*, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Read one entry, never more than it declares; raise `ImageRejectedError` when it cannot be had."""
    reject_entry(entry)
    reject_large_file(size=entry.file_size)
    try:
        with archive.open(entry) as stream:
            return stream.read(entry.file_size + 1)
    except DAMAGES as error:
        raise ImageRejectedError(staff_gettext("its part of the archive is damaged; pack it again")) from error
