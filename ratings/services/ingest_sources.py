"""Where pictures come from: a folder, a zip archive, a list of files; one `Incoming` for each."""

import posixpath
import stat
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ratings.exceptions import FileRejectedError, ImageRejectedError
from ratings.files import tables
from ratings.files.decoding import reject_large_file
from ratings.files.stored import StoredBytes
from ratings.files.texts import readable_name, reading, without_strays
from ratings.services import archives

PATH_COLUMNS = ("image", "file_name", "file", "path", "filename", "image_path", "image_file")
DETAIL_COLUMNS = {
    "prompt": ("prompt", "caption", "text"),
    "generator": ("generator", "model"),
    "domain": ("domain", "category"),
}
LONGEST_WORD = 100
LIST_NAMES = frozenset(
    stem + suffix for stem in ("images", "metadata") for suffix in (".csv", ".tsv", ".jsonl", ".parquet")
)
CLUTTER = frozenset({"__macosx", "thumbs.db", "desktop.ini"})


@dataclass(frozen=True, kw_only=True)
class ImageDetails:
    """What is known of a picture beside its pixels."""

    prompt: str = ""
    generator: str = ""
    domain: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)


NOTHING_KNOWN = ImageDetails()


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """One picture to come: its name, what is known of it, and a way to its bytes.

    `read` may be called more than once, and raises `ImageRejectedError` when the bytes cannot be had.
    """

    name: str
    read: Callable[[], bytes]
    details: ImageDetails = NOTHING_KNOWN

    @property
    def shown_name(self) -> str:
        """Give the name as the records and reports can hold it."""
        return readable_name(self.name)


@dataclass(frozen=True, kw_only=True)
class Details:
    """A table of details, by path and by bare file name."""

    by_name: dict[str, ImageDetails] = field(default_factory=dict)

    def of(self, name: str) -> ImageDetails:
        """Find what is known of a file: by its path, its name, or its name without suffix."""
        base = posixpath.basename(name)
        for key in (name, base, posixpath.splitext(base)[0]):
            if key in self.by_name:
                return self.by_name[key]
        return NOTHING_KNOWN


NO_DETAILS = Details()


def row_details(cells: tables.Row) -> ImageDetails:
    """Sort a row's cells into prompt, generator, domain and the rest; raise `ImageRejectedError` if one is too long."""
    rest = {without_strays(name): tables.plain_cell(value) for name, value in cells.items() if name != "image"}
    known: dict[str, str] = {}
    by_lower = {name.lower(): name for name in reversed(list(rest))}
    for wanted, aliases in DETAIL_COLUMNS.items():
        name = next((by_lower[alias] for alias in aliases if alias in by_lower), None)
        known[wanted] = str(rest.pop(name) or "") if name is not None else ""
        if wanted != "prompt" and len(known[wanted]) > LONGEST_WORD:
            raise ImageRejectedError(f"its {wanted} is longer than {LONGEST_WORD} characters; shorten it")
    return ImageDetails(**known, metadata={name: value for name, value in rest.items() if value is not None})


def named_lines(path: Path, *, columns: tuple[str, ...] = PATH_COLUMNS) -> Iterator[tables.Line]:
    """Read a list of pictures; the column that names the file is called `image` afterwards."""
    return tables.required_columns(lines=tables.table_lines(path=path), names={"image": columns}, source=path.name)


def details_from_file(*, path: Path, columns: tuple[str, ...] = PATH_COLUMNS) -> Details:
    """Read a table of details to join with pictures by file name."""
    by_name: dict[str, ImageDetails] = {}
    for line in named_lines(path, columns=columns):
        name = picture_name(line.cells["image"]).replace("\\", "/").removeprefix("./")
        if not name:
            raise FileRejectedError(f"{path.name}, line {line.number}: the file name is blank; fill it in.")
        try:
            by_name[name] = row_details(line.cells)
        except ImageRejectedError as error:
            raise FileRejectedError(f"{path.name}, line {line.number}: {error.message}.") from error
        by_name.setdefault(posixpath.basename(name), by_name[name])
    return Details(by_name=by_name)


def picture_name(cell: Any) -> str:
    """Read a file's name, bare or as the path in a struct; anything else is no name."""
    return tables.cell_name(cell.get("path") if isinstance(cell, dict) else cell) or ""


def is_clutter(name: str) -> bool:
    """Tell hidden files and what file managers leave behind."""
    return any(part.startswith(".") or part.lower() in CLUTTER for part in Path(name).parts if part != "..")


def file_bytes(path: Path) -> bytes:
    """Read a file of fair size; pipes and devices are none."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise ImageRejectedError("it is no file; name a picture")
        reject_large_file(size=found.st_size)
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no file can have that name"
        raise ImageRejectedError(f"it cannot be read ({reason}); check the path and its permissions") from error


def folder_details(*, folder: Path) -> tuple[Details, Path | None]:
    """Find the list that describes a folder's pictures, if there is one beside them."""
    found = sorted(path for path in folder.iterdir() if path.name.lower() in LIST_NAMES)
    return (details_from_file(path=found[0]), found[0]) if found else (NO_DETAILS, None)


def folder_pictures(*, folder: Path, details: Details | None = None) -> list[Incoming]:
    """List every file below a folder; without details, a list beside the pictures is used."""
    joined, used = (details, None) if details is not None else folder_details(folder=folder)
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return [
        Incoming(name=name, read=partial(file_bytes, folder / name), details=joined.of(name))
        for name in names
        if not is_clutter(name) and folder / name != used
    ]


def archive_details(*, archive: zipfile.ZipFile) -> tuple[Details, str]:
    """Find the list that describes an archive's pictures, if it holds one; give its name, too."""
    lists = [entry for entry in archive.infolist() if posixpath.basename(entry.filename).lower() in LIST_NAMES]
    found = min((entry for entry in lists if not is_clutter(entry.filename)), key=entry_depth, default=None)
    if found is None:
        return NO_DETAILS, ""
    try:
        content = archives.entry_bytes(archive=archive, entry=found)
    except ImageRejectedError as error:
        raise FileRejectedError(f"{found.filename} in the archive: {error.message}.") from error
    with TemporaryDirectory() as folder:
        path = Path(folder) / posixpath.basename(found.filename)
        path.write_bytes(content)
        return details_from_file(path=path), found.filename


def entry_depth(entry: zipfile.ZipInfo) -> tuple[int, str]:
    """Order entries from the top of the archive down."""
    return entry.filename.count("/"), entry.filename


def archive_pictures(*, archive: zipfile.ZipFile, details: Details | None = None) -> list[Incoming]:
    """List every file of an archive that stays open while they are read; without details, a list in it is used."""
    joined, used = (details, "") if details is not None else archive_details(archive=archive)
    return [
        Incoming(
            name=entry.filename,
            read=partial(archives.entry_bytes, archive=archive, entry=entry),
            details=joined.of(entry.filename),
        )
        for entry in archive.infolist()
        if not entry.is_dir() and not is_clutter(entry.filename) and entry.filename != used
    ]


def listed_pictures(*, path: Path, details: Details = NO_DETAILS) -> Iterator[Incoming]:
    """List the pictures that a table names, or holds (Parquet with image bytes)."""
    for line in named_lines(path):
        try:
            yield listed_picture(cells=line.cells, path=path, number=line.number, details=details)
        except ImageRejectedError as error:
            yield Incoming(name=f"line {line.number}", read=partial(refuse, error))


def refuse(error: ImageRejectedError) -> bytes:
    """Report, when its turn comes, what was wrong with a line."""
    raise error


def listed_picture(*, cells: tables.Row, path: Path, number: int, details: Details) -> Incoming:
    """Make one picture of one line."""
    value = cells["image"]
    if isinstance(value, bytes | StoredBytes):
        value = {"bytes": value}
    if isinstance(value, dict) and isinstance(value.get("bytes"), bytes | StoredBytes):
        name = str(value.get("path") or f"{path.stem}-{number}")
        return Incoming(name=name, read=partial(held_bytes, value["bytes"]), details=row_details(cells))
    name = picture_name(value)
    if not name:
        raise ImageRejectedError("the file name is blank; fill it in")
    if "://" in name:
        raise ImageRejectedError(f"{name} is an address; download the file and name it here")
    joined = details.of(name)
    return Incoming(
        name=name,
        read=partial(file_bytes, listed_path(name, folder=path.parent)),
        details=joined if joined != NOTHING_KNOWN else row_details(cells),
    )


def held_bytes(content: bytes | StoredBytes) -> bytes:
    """Read a picture that a table holds."""
    if isinstance(content, bytes):
        return content
    reject_large_file(size=content.size)
    return content.read()


def listed_path(name: str, *, folder: Path) -> Path:
    """Find a listed file beside the list or in `images/` beside it, and nowhere else: lists come from anybody."""
    inside = posixpath.relpath(posixpath.join(folder.absolute(), name), folder.absolute())
    if inside.split("/")[0] == "..":
        raise ImageRejectedError("its path leads out of the list's folder; import that folder, with this as --metadata")
    beside = folder / name
    in_images = folder / "images" / name
    try:
        return in_images if not beside.is_file() and in_images.is_file() else beside
    except (OSError, ValueError) as error:
        raise ImageRejectedError("no file can have that name; check it") from error


@contextmanager
def opened_source(*, path: Path, details: Details | None) -> Iterator[list[Incoming]]:
    """Open a folder, an archive, a list or a single picture; whatever it needs stays open inside the block."""
    with reading(path):
        is_folder, is_file = path.is_dir(), path.is_file()
    if is_folder:
        yield folder_pictures(folder=path, details=details)
    elif not is_file:
        raise FileRejectedError(f"There is no file or folder {path}; check the path.")
    elif zipfile.is_zipfile(path) or path.suffix.lower() == ".zip":
        with archives.opened_archive(str(path)) as archive:
            yield archive_pictures(archive=archive, details=details)
    elif tables.is_table(name=path.name):
        yield list(listed_pictures(path=path, details=details or NO_DETAILS))
    else:
        known = (details or NO_DETAILS).of(path.name)
        yield [Incoming(name=path.name, read=partial(file_bytes, path), details=known)]
