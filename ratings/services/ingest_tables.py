"""Pictures that lie in the rows of a table, as in Hugging Face's data sets and our own dumps."""

import posixpath
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from ratings.exceptions import ImageRejectedError
from ratings.files import table_files
from ratings.files.embedded import is_picture
from ratings.files.names import normal_name
from ratings.files.stored import StoredBytes
from ratings.sentences import staff_gettext
from ratings.services.ingest_sources import FILE_COLUMNS, NOTHING_KNOWN, Incoming, held_bytes, row_details

NUMBERS = ("image", "image_id", "id", "sha256")  # by which other tables may mean a row's picture


@dataclass(frozen=True, kw_only=True)
class PictureTable:
    """A table of pictures; their bytes are read when their turn comes, and held no longer."""

    file: Path
    column: str
    label: str  # of its source
    name: str  # its own path there
    own: Sequence[str]  # what its rows call their pictures, in order
    further: Sequence[tuple[str, ...]]  # what else they are called
    lines: Collection[int] | None = None  # those that are read, where rows are ratings: the first of each image
    clashing: Collection[str] = ()  # paths that several pictures would have

    @property
    def names(self) -> Sequence[tuple[str, str]]:
        """Give path and name of each, in order."""
        folder, stem = posixpath.dirname(self.name), posixpath.splitext(self.name)[0]
        often = Counter(self.own)
        given = []
        for number, own in enumerate(self.own, start=1):
            path, name = posixpath.join(self.label, folder, own), own
            if path in self.clashing:
                name = posixpath.join(posixpath.basename(stem), own if often[own] == 1 else f"{number}-{own}")
                path = posixpath.join(self.label, folder, name)
            given.append((path, name))
        return given

    @property
    def known_as(self) -> Mapping[str, Sequence[str]]:
        """Give what else they are called, by path."""
        return {path: further for (path, _), further in zip(self.names, self.further, strict=True)}

    def pictures(self) -> Iterator[Incoming]:
        """Give the pictures, in order."""
        every = table_files.table_lines(path=self.file)
        lines = (line for line in every if self.lines is None or line.number in self.lines)
        for (path, name), line in zip(self.names, lines, strict=True):
            one = row_picture(line, column=self.column, path=path, name=name)
            yield one if self.lines is None else replace(one, details=NOTHING_KNOWN)


def picture_table(*, file: Path, column: str, label: str, name: str) -> PictureTable:
    """Find out what the pictures of a table are called; `name` is the table's own path in its source."""
    stem = posixpath.splitext(posixpath.basename(name))[0]
    asked = {column.lower(), *FILE_COLUMNS, *NUMBERS}
    lines = table_files.table_lines(path=file, wanted=table_files.Wanted(is_asked=lambda one: one.lower() in asked))
    rows = [naming_cells(line.cells, column=column) for line in lines]
    return PictureTable(
        file=file,
        column=column,
        label=label,
        name=name,
        own=[row_name(row) or f"{stem}-{number}" for number, row in enumerate(rows, start=1)],
        further=[further_names(row) for row in rows],
    )


def rated_table(found: PictureTable, *, taken: set[str]) -> PictureTable:
    """Keep of a table of ratings the first picture of each image; `taken` are those of other tables of the set."""
    kept = []
    stem = posixpath.splitext(posixpath.basename(found.name))[0]
    for place, (own, further) in enumerate(zip(found.own, found.further, strict=True)):
        image = further[0] if further and own == f"{stem}-{place + 1}" else own
        if image not in taken:
            taken.add(image)
            kept.append(place)
    return replace(
        found,
        own=[found.own[place] for place in kept],
        further=[found.further[place] for place in kept],
        lines=frozenset(place + 1 for place in kept),
    )


def naming_cells(cells: table_files.Row, *, column: str) -> table_files.Row:
    """Give the cells that can name a row's picture under their lower-case names, and its own path as `path`."""
    held = cells.get(column)
    own = {"path": held.get("path")} if isinstance(held, dict) else {}
    return own | {name.lower(): cell for name, cell in cells.items() if name != column}


def distinct_tables(found: Sequence[PictureTable], *, others: Collection[str]) -> list[PictureTable]:
    """Give pictures that would share a path, in one table or several, the table's name before their own."""
    often = Counter([*others, *(path for one in found for path, _ in one.names)])
    clashing = frozenset(path for path, times in often.items() if times > 1)
    return [replace(one, clashing=clashing) for one in found]


def row_name(row: Mapping[str, Any]) -> str:
    """Give the file's name in a row's own words; nothing where it has none."""
    given = (table_files.cell_name(row.get(column)) for column in (*FILE_COLUMNS, "path"))
    return next((name for one in given if one and (name := normal_name(one).removeprefix("../"))), "")


def further_names(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Give what else a row's picture is called."""
    given = (table_files.cell_name(row.get(column)) for column in ("path", *NUMBERS))
    return tuple(name for name in given if name)


def row_picture(line: table_files.Line, *, column: str, path: str, name: str) -> Incoming:
    """Make one picture of one row."""
    held = line.cells.get(column)
    content = held.get("bytes") if isinstance(held, dict) else held
    if not isinstance(content, bytes | StoredBytes):
        return Incoming(
            name=name,
            read=partial(refuse, staff_gettext("line {number} holds no picture").format(number=line.number)),
            path=path,
        )
    try:
        stated = {key: cell for key, cell in line.cells.items() if key != column and not is_picture(cell)}
        details = row_details(stated)
    except ImageRejectedError as error:
        return Incoming(name=name, read=partial(refuse, error.message), path=path)
    return Incoming(name=name, read=partial(held_bytes, content), details=details, path=path)


def refuse(problem: str) -> bytes:
    """Say, when its turn comes, what is wrong with a picture."""
    raise ImageRejectedError(problem)
