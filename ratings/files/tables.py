"""Read tables that people hand in: CSV of any dialect, JSON, Parquet; row by row, with line numbers."""

import csv
import datetime
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ratings.exceptions import FileRejectedError
from ratings.files.texts import json_array, json_object, reading, reject_disguised, text_lines, without_strays

SUFFIXES = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".parquet")
DELIMITERS = (",", ";", "\t", "|", "=")
BATCH_ROWS = 8192
SHOWN_COLUMNS = 10  # of a table, in a message

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Line:
    """One row of a table and where it stands in the file (the heading is line 1)."""

    number: int
    cells: Row


def is_table(*, name: str) -> bool:
    """Tell by its suffix whether a file is a table."""
    return name.lower().endswith(SUFFIXES)


def table_lines(*, path: Path) -> Iterator[Line]:
    """Read a table or a folder of its parts; column names are stripped; raise `FileRejectedError` if it is damaged."""
    with reading(path):
        if path.is_dir():
            return (line for part in table_parts(path) for line in table_lines(path=part))
        if not path.is_file():
            raise FileRejectedError(f"There is no file {path}; check the path.")
    suffix = path.suffix.lower()
    reject_disguised(path)
    if suffix == ".parquet":
        return parquet_lines(path)
    if suffix in {".jsonl", ".ndjson"}:
        return json_lines(path)
    if suffix == ".json":
        return (Line(number=number, cells=named(item)) for number, item in json_array(path))
    if suffix in SUFFIXES:
        return csv_lines(path)
    raise FileRejectedError(f"{path.name} is no table; give a file that ends in {', '.join(SUFFIXES)}.")


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
    by_lower = {name.lower(): name for name in reversed(columns)}
    found: dict[str, str] = {}
    for wanted, aliases in names.items():
        match = next((by_lower[alias] for alias in aliases if alias in by_lower), None)
        if match is None:
            raise FileRejectedError(
                f"{source} has no column {wanted!r} (its columns: {listed_columns(columns)}); add it or rename one.",
                fields={wanted: "This column is missing."},
            )
        found[match] = wanted
    return found


def listed_columns(names: Sequence[str]) -> str:
    """List columns in a sentence: the first ten in the file's order, and how many more there are."""
    shown = ", ".join(names[:SHOWN_COLUMNS]) or "none"
    return f"{shown} and {len(names) - SHOWN_COLUMNS:,} more" if len(names) > SHOWN_COLUMNS else shown


def plain_cell(value: Any) -> Any:
    """Turn a cell into what JSON can hold; blanks, NaN and raw bytes become None."""
    match value:
        case str():
            plain: Any = without_strays(value).strip() or None
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
            name = value.strip()
        case bytes():
            name = value.decode(errors="surrogateescape").strip()
        case float():
            name = f"{value:.0f}" if value.is_integer() else str(value) if math.isfinite(value) else ""
        case int() | Decimal() | datetime.date():
            name = str(value)
        case _:
            name = None
    return name


def csv_delimiter(heading: str) -> str:
    """Take the separator that the heading uses most, outside quotes."""
    bare = "".join(heading.split('"')[::2])
    return max(DELIMITERS, key=bare.count)


def csv_lines(path: Path) -> Iterator[Line]:
    """Read comma-, semicolon-, tab- or bar-separated text."""
    number = 1
    try:
        with text_lines(path) as lines:
            heading = next(lines, "")
            names = heading_names(heading, path=path)
            rows = csv.reader(lines, delimiter=csv_delimiter(heading), strict=True, skipinitialspace=True)
            for cells in rows:
                number = rows.line_num + 1
                if any(cells):
                    yield Line(number=number, cells=csv_row(names, cells, path=path, number=number))
    except csv.Error as error:
        raise FileRejectedError(f"{path.name}, line {number + 1}: {error}; check the quotes there.") from error


def heading_names(heading: str, *, path: Path) -> list[str]:
    """Read the column names."""
    if not heading.strip():
        raise FileRejectedError(f"{path.name} is empty; it needs a line of column names and then rows.")
    if "\x00" in heading:
        raise FileRejectedError(f"{path.name} is not UTF-8 text; save it as UTF-8.")
    reader = csv.reader(StringIO(heading), delimiter=csv_delimiter(heading), skipinitialspace=True)
    names = [name.strip() for name in next(reader)]
    reject_doubled(names, path=path)
    return names


def reject_doubled(names: list[str], *, path: Path) -> None:
    """Refuse a table in which a name could mean either of two columns."""
    doubled = {name for name in names if name and names.count(name) > 1}
    if doubled:
        raise FileRejectedError(f"{path.name} has the column {min(doubled)!r} twice; rename one of them.")


def csv_row(names: list[str], cells: list[str], *, path: Path, number: int) -> Row:
    """Pair names and cells; a row may be shorter than the heading, never longer."""
    if len(cells) > len(names) and any(cells[len(names) :]):
        raise FileRejectedError(
            f"{path.name}, line {number}: {len(cells)} cells under {len(names)} columns; "
            "quote texts with separators, and write decimal points or separate columns by semicolons."
        )
    padded = [*cells, *[""] * (len(names) - len(cells))]
    return {name: cell for name, cell in zip(names, padded, strict=False) if name}


def json_lines(path: Path) -> Iterator[Line]:
    """Read one JSON object per line."""
    with text_lines(path) as lines:
        for number, text in enumerate(lines, start=1):
            if text.strip():
                yield Line(number=number, cells=named(json_object(text, path=path, number=number)))


def named(item: Row) -> Row:
    """Strip the names of an object's columns."""
    return {without_strays(name).strip(): value for name, value in item.items()}


def parquet_lines(path: Path) -> Iterator[Line]:
    """Read Parquet in batches, so that memory stays bounded."""
    number = 0
    try:
        with pq.ParquetFile(path) as table:
            reject_doubled(table.schema_arrow.names, path=path)
            for batch in table.iter_batches(batch_size=BATCH_ROWS):
                for cells in batch.to_pylist():
                    number += 1
                    yield Line(number=number, cells=cells)
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        raise FileRejectedError(f"{path.name} is damaged or no Parquet file; write it again.") from error
