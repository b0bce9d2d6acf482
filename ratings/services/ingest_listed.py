"""Pictures that a list names one by one: each lies below the list's folder, under a name the list may spell its way."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from django.utils.translation import gettext_lazy as staff_gettext_lazy

from ratings.exceptions import ImageRejectedError
from ratings.files import table_files
from ratings.files.names import Matches, doubt_of, match_names, name_below, normal_name, seen_from
from ratings.sentences import staff_gettext
from ratings.services.ingest_lists import BESIDE
from ratings.services.ingest_sources import (
    NOTHING_KNOWN,
    ImageDetails,
    Incoming,
    file_bytes,
    is_clutter,
    named_lines,
    picture_name,
    row_details,
)
from ratings.services.ingest_tables import refuse

ABROAD = re.compile(r"^(/|\\|[A-Za-z]:)")  # from the top of a disk
OUTSIDE = staff_gettext_lazy("its path leads out of the list's folder; import that folder, with this as --metadata")


@dataclass(frozen=True, kw_only=True)
class ListedRow:
    """A row of a list: where it stands, the file it names, and what it tells of it or is wrong with it."""

    line: int
    name: str
    details: ImageDetails = NOTHING_KNOWN
    problem: str = ""


def listed_pictures(*, path: Path, label: str) -> list[Incoming]:
    """Give the pictures that a list names; one that is not there, or not for certain, is refused when it is read."""
    folder = path.absolute().parent
    rows = [listed_row(line, folder=folder) for line in named_lines(path)]
    files = files_meant({row.name for row in rows if not row.problem}, folder=folder)
    found: list[Incoming] = []
    first: dict[str, ListedRow] = {}
    for row in rows:
        file = files.found.get(row.name, "")
        earlier = first.setdefault(file, row) if file else row
        if earlier.details != row.details:
            found.append(
                refused(
                    row,
                    staff_gettext("line {line} tells something else of this file; keep one of the two").format(
                        line=earlier.line
                    ),
                )
            )
        elif file:
            name = row.name if f"/{file}".endswith(f"/{row.name}") else file
            read = partial(file_bytes, folder / file)
            found.append(Incoming(name=name, read=read, details=row.details, path=f"{label}/{file}"))
        else:
            found.append(without_file(row, files=files, folder=folder))
    return found


def listed_row(line: table_files.Line, *, folder: Path) -> ListedRow:
    """Read a row, its name as seen from the list's folder."""
    name = picture_name(line.cells["image"]).removeprefix(f"{folder}/")
    if "://" in name:
        problem = staff_gettext("{name} is an address; download the file and name it here").format(name=name)
        return ListedRow(line=line.number, name="", problem=problem)
    own = name if ABROAD.match(name) else name_below(name, folder=str(folder)) or normal_name(name)
    if not own:
        return ListedRow(line=line.number, name="", problem=staff_gettext("the file name is blank; fill it in"))
    try:
        return ListedRow(line=line.number, name=own, details=row_details(line.cells))
    except ImageRejectedError as error:
        return ListedRow(line=line.number, name=own, problem=error.message)


def files_meant(names: Collection[str], *, folder: Path) -> Matches:
    """Find the files that names mean, below a folder; it is searched only where a name is not exact."""
    direct = {name: found for name in names if (found := file_beside(name, folder=folder))}
    if len(direct) == len(names):
        return Matches(found=direct, doubtful={}, missing=(), unused=())
    top = folder.name
    paths = (path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if is_file(path))
    matches = match_names(
        names=[name for name in names if not name.startswith("../")],
        files=[f"{top}/{path}" for path in paths if not is_clutter(path)],
        called=[seen_from(top), seen_from(f"{top}/{BESIDE}")],
        roots=lambda name: (top, f"{top}/{BESIDE}") if ABROAD.match(name) else (),
    )
    cut = len(top) + 1
    return Matches(
        found={name: file[cut:] for name, file in matches.found.items()},
        doubtful={name: tuple(file[cut:] for file in files) for name, files in matches.doubtful.items()},
        missing=matches.missing,
        unused=matches.unused,
    )


def file_beside(name: str, *, folder: Path) -> str:
    """Give the path of the file that a name spells exactly: beside the list, or among its pictures; else nothing."""
    if ABROAD.match(name) or name.startswith("../"):
        return ""
    return next((path for path in (name, f"{BESIDE}/{name}") if is_file(folder / path)), "")


def is_file(path: Path) -> bool:
    """Tell whether there is a regular file; no file can have some names."""
    try:
        return path.is_file()
    except OSError:  # such as a name too long: reading it says so
        return False


def without_file(row: ListedRow, *, files: Matches, folder: Path) -> Incoming:
    """Give a row that will be refused, with what is wrong with it."""
    if row.problem:
        return refused(row, row.problem)
    if row.name in files.doubtful:
        return refused(row, doubt_of(files.doubtful[row.name]))
    if ABROAD.match(row.name) or row.name.startswith("../"):
        return refused(row, str(OUTSIDE))
    return Incoming(name=row.name, read=partial(file_bytes, folder / row.name))


def refused(row: ListedRow, problem: str) -> Incoming:
    """Give a picture that is refused when its turn comes."""
    return Incoming(name=row.name or staff_gettext("line {line}").format(line=row.line), read=partial(refuse, problem))
