"""What comes in: a picture's name and bytes, and what a row tells of it."""

import json
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ratings.exceptions import ImageRejectedError
from ratings.files import table_files
from ratings.files.decoding import reject_large_file
from ratings.files.headings import heading_key
from ratings.files.names import storable_name
from ratings.files.stored import StoredBytes
from ratings.files.text_files import without_strays
from ratings.sentences import staff_gettext

PATH_COLUMNS = ("image", "file_name", "file", "path", "filename", "image_path", "image_file")
DETAIL_COLUMNS = {
    "prompt": ("prompt", "caption", "text"),
    "generator": ("generator", "model"),
    "domain": ("domain", "category"),
}
LONGEST_WORD = 100
FILE_COLUMNS = tuple(name for name in PATH_COLUMNS if name != "image")  # what surely names a file
OF_A_DUMP = {  # columns of our own
    *("image", "sha256", "file_name", "picture_path", "width", "height", "metadata"),
    *("is_withdrawn", "withdrawn_reason"),
}
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

    `read` may be called more than once, and raises `ImageRejectedError` when the bytes cannot be had. No two pictures
    of one import have one `path`.
    """

    name: str
    read: Callable[[], bytes]
    details: ImageDetails = NOTHING_KNOWN
    path: str = ""  # what lists can call it by: its name below that of its folder, archive or table
    is_drawn: bool = False  # here, by steering

    @property
    def shown_name(self) -> str:
        """Give the name as the records and reports can hold it."""
        return storable_name(self.name)


@dataclass(frozen=True, kw_only=True)
class SourceFile:
    """A file of a folder or an archive: its path there, a way to its bytes, and one to read it as a table."""

    name: str
    read: Callable[[], bytes]
    as_table: Callable[[], Path]


def row_details(cells: table_files.Row) -> ImageDetails:
    """Sort a row's cells into prompt, generator, domain and the rest; raise `ImageRejectedError` if one is too long."""
    if cells.keys() >= OF_A_DUMP:
        cells = dumped_facts(cells)
    rest = {without_strays(name): table_files.plain_cell(value) for name, value in cells.items() if name != "image"}
    known: dict[str, str] = {}
    by_lower = {form: name for name in reversed(list(rest)) for form in (heading_key(name), name.lower())}
    for wanted, aliases in DETAIL_COLUMNS.items():
        name = next((by_lower[alias] for alias in aliases if alias in by_lower), None)
        known[wanted] = as_word(rest.pop(name)) if name is not None else ""
        if wanted != "prompt" and len(known[wanted]) > LONGEST_WORD:
            raise ImageRejectedError(
                staff_gettext("its {wanted} is longer than {longest_word} characters; shorten it").format(
                    wanted=wanted, longest_word=LONGEST_WORD
                )
            )
    return ImageDetails(**known, metadata={name: value for name, value in rest.items() if value is not None})


def as_word(value: Any) -> str:
    """Write a plain value as a word: 0 and false are words like any other, and only nothing is none."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case float() if value.is_integer():
            return f"{value:.0f}"
    return str(value)


def dumped_facts(cells: table_files.Row) -> table_files.Row:
    """Take from a row of a dump what the list said originally; the rest describes the file as it was stored there."""
    try:
        further = json.loads(str(cells["metadata"] or "{}"))
    except ValueError:  # of some other table that has all these columns
        return cells
    kept = {name: value for name, value in cells.items() if name not in OF_A_DUMP}
    return {**(further if isinstance(further, dict) else {}), **kept}


def named_lines(path: Path, *, columns: tuple[str, ...] = PATH_COLUMNS) -> Iterator[table_files.Line]:
    """Read a list of pictures; the column that names the file is called `image` afterwards."""
    lines = table_files.table_lines(path=path)
    return table_files.required_columns(lines=lines, names={"image": columns}, source=path.name)


def picture_name(cell: Any) -> str:
    """Read a file's name, bare or as the path in a struct; anything else is no name."""
    return table_files.cell_name(cell.get("path") if isinstance(cell, dict) else cell) or ""


def is_clutter(name: str) -> bool:
    """Tell hidden files and what file managers leave behind."""
    return any(part.startswith(".") or part.lower() in CLUTTER for part in Path(name).parts if part != "..")


def file_bytes(path: Path) -> bytes:
    """Read a file of fair size; pipes and devices are none."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise ImageRejectedError(staff_gettext("it is no file; name a picture"))
        reject_large_file(size=found.st_size)
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or staff_gettext("no file can have that name")
        raise ImageRejectedError(
            staff_gettext("it cannot be read ({reason}); check the path and its permissions").format(reason=reason)
        ) from error


def held_bytes(content: bytes | StoredBytes) -> bytes:
    """Read a picture that a table holds."""
    if isinstance(content, bytes):
        return content
    reject_large_file(size=content.size)
    return content.read()
