"""Read tables that people import: CSV of any dialect, JSON, Parquet, workbooks; row by row, with line numbers."""

import datetime
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from ratings.exceptions import FileRejectedError
from ratings.files.headings import Numbered, heading_key, reject_doubled
from ratings.files.parquet import opened_parquet
from ratings.files.separated import separated_table
from ratings.files.text_files import (
    WORKBOOKS,
    json_array,
    json_object,
    reading,
    reject_disguised,
    text_lines,
    trimmed,
    without_strays,
)
from ratings.files.workbooks import workbook_table
from ratings.sentences import staff_gettext

TEXTS = (".csv", ".tsv", ".txt")
JSON_LINES = (".jsonl", ".ndjson")
SUFFIXES = (*TEXTS, ".json", *JSON_LINES, ".parquet", *WORKBOOKS)
LONGEST_SHOWN = 60
SHOWN_COLUMNS = 10  # of a table, in a message

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Line:
    """One row of a table and where it stands in the file (the heading is line 1)."""

    number: int
    cells: Row


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table: its columns in the file's order, and a way to its rows, which may be read more than once.

    Large bytes come as `StoredBytes`. `unread` says of columns that were asked for why they are not among the others.
    """

    path: Path
    columns: tuple[str, ...]
    lines: Callable[[], Iterator[Line]]
    unread: Mapping[str, str] = field(default_factory=dict)
    passed_over: tuple[str, ...] = ()  # columns that nobody asked for


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What to read of a table: which columns, as far as the others can be passed over, and which sheet."""

    is_asked: Callable[[str], bool] = bool
    sheet: str = ""


EVERYTHING = Wanted()


def is_table(*, name: str) -> bool:
    """Tell by its suffix whether a file is a table."""
    return name.lower().endswith(SUFFIXES)


def table_lines(*, path: Path, wanted: Wanted = EVERYTHING) -> Iterator[Line]:
    """Read a table or a folder of its parts; column names are stripped; raise `FileRejectedError` if it is damaged."""
    return (line for table in opened_tables(path=path, wanted=wanted) for line in table.lines())


def opened_tables(*, path: Path, wanted: Wanted = EVERYTHING) -> list[Table]:
    """Look at a table, or at the parts of one that lie in a folder."""
    with reading(path):
        if path.is_dir():
            return [opened_table(part, wanted=wanted) for part in table_parts(path)]
        if not path.is_file():
            raise FileRejectedError(staff_gettext("There is no file {path}; check the path.").format(path=path))
        return [opened_table(path, wanted=wanted)]


def opened_table(path: Path, *, wanted: Wanted) -> Table:
    """Look at a table in one file."""
    suffix = path.suffix.lower()
    if suffix in WORKBOOKS:
        names, cells = workbook_table(path, sheet=wanted.sheet)
        return cell_table(path, read=lambda: (names, iter(cells)))
    if suffix == ".parquet":
        return parquet_table(path, is_asked=wanted.is_asked)
    reject_disguised(path)
    if suffix in JSON_LINES:
        return object_table(path, read=lambda: json_lines(path))
    if suffix == ".json":
        return object_table(path, read=lambda: json_items(path))
    if suffix in TEXTS:
        return cell_table(path, read=lambda: separated_table(path))
    raise FileRejectedError(
        staff_gettext("{name} is no table; give a file that ends in {suffixes}.").format(
            name=path.name, suffixes=", ".join(SUFFIXES)
        )
    )


def cell_table(path: Path, *, read: Callable[[], tuple[list[str], Iterator[Numbered]]]) -> Table:
    """Describe a table of rows under a heading."""

    def lines() -> Iterator[Line]:
        names, rows = read()
        unnamed = unnamed_columns(names)
        for number, cells in rows:
            padded = [*cells, *[""] * (len(names) - len(cells))]
            reject_unnamed(padded, columns=unnamed, name=path.name, number=number)
            yield Line(number=number, cells={name: cell for name, cell in zip(names, padded, strict=False) if name})

    names, _ = read()
    return Table(path=path, columns=tuple(filter(None, names)), lines=lines)


def unnamed_columns(names: Sequence[str]) -> list[int]:
    """Give the places of columns without a name behind one that has one; those before are numbers of the rows."""
    start = next((place for place, name in enumerate(names) if name), len(names))
    return [place for place in range(start, len(names)) if not names[place]]


def reject_unnamed(cells: Sequence[Any], *, columns: Sequence[int], name: str, number: int) -> None:
    """Refuse a row that says something where no column has a name."""
    for place in columns:
        if cell_name(cells[place]):
            raise FileRejectedError(
                staff_gettext(
                    "{name}, line {number}: {cell} stands in column {place}, which has no name; name it in the first "
                    "line, or remove it."
                ).format(name=name, number=number, cell=f"{str(cells[place])[:LONGEST_SHOWN]!r}", place=place + 1)
            )


def object_table(path: Path, *, read: Callable[[], Iterator[Line]]) -> Table:
    """Describe a table of objects, each of which names its cells; its columns are those of the first."""
    with closing(read()) as lines:  # type: ignore[type-var]
        first = next(lines, None)
    return Table(path=path, columns=tuple(first.cells) if first else (), lines=read)


def parquet_table(path: Path, *, is_asked: Callable[[str], bool]) -> Table:
    """Describe a Parquet file; only columns asked for are read."""

    def lines() -> Iterator[Line]:
        with reading(path), opened_parquet(path, is_asked=is_asked) as table:
            for number, cells in enumerate(table.rows(), start=1):
                yield Line(number=number, cells=named(cells))

    with opened_parquet(path, is_asked=is_asked) as table:
        columns = tuple(name.strip() for name in table.leaves)
        reject_doubled(columns, source=path.name)
        return Table(path=path, columns=columns, lines=lines, unread=table.unread, passed_over=table.passed_over)


def table_parts(folder: Path) -> list[Path]:
    """List the files of a folder that holds a table in parts."""
    return sorted(one for one in folder.iterdir() if one.is_file() and is_table(name=one.name))


def required_columns(*, lines: Iterable[Line], names: Mapping[str, tuple[str, ...]], source: str) -> Iterator[Line]:
    """Rename columns to those wanted, each known under several names; refuse a table that lacks one."""
    found: dict[str, str] | None = None
    for line in lines:
        if found is None:
            found = matched_columns(present=line.cells, names=names, source=source)
        renamed = {found.get(name, name): value for name, value in line.cells.items()}
        yield Line(number=line.number, cells={**dict.fromkeys(names), **renamed})


def matched_columns(*, present: Iterable[str], names: Mapping[str, tuple[str, ...]], source: str) -> dict[str, str]:
    """Map the table's names to those wanted."""
    columns = list(present)
    by_lower = {form: name for name in reversed(columns) for form in (heading_key(name), name.lower())}
    found: dict[str, str] = {}
    for wanted, aliases in names.items():
        match = next((by_lower[alias] for alias in aliases if alias in by_lower), None)
        if match is None:
            raise FileRejectedError(
                staff_gettext(
                    "{source} has no column {wanted} (its columns: {listed_columns}); add it or rename one."
                ).format(source=source, wanted=f"{wanted!r}", listed_columns=listed_columns(columns)),
                fields={wanted: staff_gettext("This column is missing.")},
            )
        found[match] = wanted
    return found


def listed_columns(names: Sequence[str]) -> str:
    """List columns in a sentence: the first ten in the file's order, and how many more there are."""
    shown = ", ".join(names[:SHOWN_COLUMNS]) or staff_gettext("none")
    return (
        staff_gettext("{shown} and {count} more").format(shown=shown, count=f"{len(names) - SHOWN_COLUMNS:,}")
        if len(names) > SHOWN_COLUMNS
        else shown
    )


def plain_cell(value: Any) -> Any:
    """Turn a cell into what JSON can hold; blanks, NaN and raw bytes become None."""
    match value:
        case str():
            plain: Any = trimmed(without_strays(value)) or None
        case float():
            plain = value if math.isfinite(value) else None
        case Decimal():
            plain = float(value)
        case datetime.date() | datetime.time():
            plain = value.isoformat()
        case list():
            plain = [plain_cell(item) for item in value]
        case dict():
            plain = {without_strays(str(key)): plain_cell(item) for key, item in value.items()}
        case _:
            plain = value if isinstance(value, int) else None
    return plain


def cell_name(value: Any) -> str | None:
    """Read a name, such as a rater's: a text or a number; None where the cell holds anything else."""
    match value:
        case None:
            name: str | None = ""
        case str():
            name = trimmed(value)
        case bytes():
            name = trimmed(value.decode(errors="surrogateescape"))
        case float():
            name = f"{value:.0f}" if value.is_integer() else str(value) if math.isfinite(value) else ""
        case int() | Decimal() | datetime.date():
            name = str(value)
        case _:
            name = None
    return name


def json_lines(path: Path) -> Iterator[Line]:
    """Read one JSON object per line."""
    with text_lines(path) as lines:
        for number, text in enumerate(lines, start=1):
            if text.strip():
                yield Line(number=number, cells=named(json_object(text, path=path, number=number)))


def json_items(path: Path) -> Iterator[Line]:
    """Read one list of JSON objects."""
    return (Line(number=number, cells=named(item)) for number, item in json_array(path))


def named(item: Row) -> Row:
    """Strip the names of an object's columns."""
    return {trimmed(without_strays(name)): value for name, value in item.items()}
