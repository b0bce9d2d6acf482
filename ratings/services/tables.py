"""Read tables that people hand in: CSV of any dialect, JSON lines, Parquet; row by row, with line numbers."""

import codecs
import csv
import datetime
import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ratings.exceptions import FileRejectedError

SUFFIXES = (".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".parquet")
DELIMITERS = (",", ";", "\t", "|", "=")
BATCH_ROWS = 8192

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
    if path.is_dir():
        return (line for part in sorted(path.iterdir()) if is_table(name=part.name) for line in table_lines(path=part))
    if not path.is_file():
        raise FileRejectedError(f"There is no file {path}; check the path.")
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        return parquet_lines(path)
    if suffix in {".jsonl", ".ndjson"}:
        return json_lines(path)
    if suffix in SUFFIXES:
        return csv_lines(path)
    raise FileRejectedError(f"{path.name} is no table; give a file that ends in {', '.join(SUFFIXES)}.")


def required_columns(*, lines: Iterable[Line], names: dict[str, tuple[str, ...]], source: str) -> Iterator[Line]:
    """Rename columns to those wanted, each known under several names; refuse a table that lacks one."""
    found: dict[str, str] | None = None
    for line in lines:
        if found is None:
            found = matched_columns(present=line.cells, names=names, source=source)
        yield Line(number=line.number, cells={found.get(name, name): value for name, value in line.cells.items()})


def matched_columns(*, present: Iterable[str], names: dict[str, tuple[str, ...]], source: str) -> dict[str, str]:
    """Map the table's names to those wanted."""
    by_lower = {name.lower(): name for name in reversed(list(present))}
    found: dict[str, str] = {}
    for wanted, aliases in names.items():
        match = next((by_lower[alias] for alias in aliases if alias in by_lower), None)
        if match is None:
            columns = ", ".join(by_lower.values()) or "none"
            raise FileRejectedError(
                f"{source} has no column {wanted!r} (its columns: {columns}); add it or rename one.",
                fields={wanted: "This column is missing."},
            )
        found[match] = wanted
    return found


def plain_cell(value: Any) -> Any:
    """Turn a cell into what JSON can hold; blanks, NaN and raw bytes become None."""
    match value:
        case str():
            plain: Any = value.strip().replace("\x00", "") or None
        case float():
            plain = value if math.isfinite(value) else None
        case Decimal():
            plain = float(value)
        case datetime.date() | datetime.time():
            plain = value.isoformat()
        case list():
            plain = [plain_cell(item) for item in value]
        case dict():
            plain = {str(key): plain_cell(item) for key, item in value.items()}
        case _:
            plain = value if isinstance(value, int) else None
    return plain


def text_encoding(path: Path) -> str:
    """Tell UTF-16 by its mark; everything else has to be UTF-8, with or without one."""
    with path.open("rb") as stream:
        mark = stream.read(2)
    return "utf-16" if mark in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE} else "utf-8-sig"


def csv_delimiter(heading: str) -> str:
    """Take the separator that the heading uses most, outside quotes."""
    bare = "".join(heading.split('"')[::2])
    return max(DELIMITERS, key=bare.count)


def csv_lines(path: Path) -> Iterator[Line]:
    """Read comma-, semicolon-, tab- or bar-separated text."""
    number = 0
    try:
        with path.open(encoding=text_encoding(path), newline="") as stream:
            heading = stream.readline()
            names = heading_names(heading, path=path)
            rows = csv.reader(stream, delimiter=csv_delimiter(heading), strict=True, skipinitialspace=True)
            for cells in rows:
                number = rows.line_num + 1
                if any(cells):
                    yield Line(number=number, cells=csv_row(names, cells, path=path, number=number))
    except UnicodeDecodeError as error:
        raise FileRejectedError(
            f"{path.name}, after line {max(1, number)}: not UTF-8 text; save it as UTF-8."
        ) from error
    except csv.Error as error:
        raise FileRejectedError(f"{path.name}, line {number + 1}: {error}; check the quotes there.") from error


def heading_names(heading: str, *, path: Path) -> list[str]:
    """Read the column names."""
    if not heading.strip():
        raise FileRejectedError(f"{path.name} is empty; it needs a line of column names and then rows.")
    reader = csv.reader(StringIO(heading), delimiter=csv_delimiter(heading), skipinitialspace=True)
    names = [name.strip() for name in next(reader)]
    doubled = {name for name in names if name and names.count(name) > 1}
    if doubled:
        raise FileRejectedError(f"{path.name} has the column {min(doubled)!r} twice; rename one of them.")
    return names


def csv_row(names: list[str], cells: list[str], *, path: Path, number: int) -> Row:
    """Pair names and cells; a row may be shorter than the heading, never longer."""
    if len(cells) > len(names) and any(cells[len(names) :]):
        raise FileRejectedError(
            f"{path.name}, line {number}: {len(cells)} cells under {len(names)} columns; quote texts with separators."
        )
    padded = [*cells, *[""] * (len(names) - len(cells))]
    return {name: cell for name, cell in zip(names, padded, strict=False) if name}


def json_lines(path: Path) -> Iterator[Line]:
    """Read one JSON object per line."""
    number = 0
    try:
        with path.open(encoding=text_encoding(path)) as stream:
            for number, text in enumerate(stream, start=1):
                if text.strip():
                    yield Line(number=number, cells=json_row(text, path=path, number=number))
    except UnicodeDecodeError as error:
        raise FileRejectedError(f"{path.name}, after line {number}: not UTF-8 text; save it as UTF-8.") from error


def json_row(text: str, *, path: Path, number: int) -> Row:
    """Read one object."""
    try:
        row = json.loads(text)
    except ValueError as error:
        raise FileRejectedError(f"{path.name}, line {number}: not JSON ({error}); one object per line.") from error
    if not isinstance(row, dict):
        raise FileRejectedError(f'{path.name}, line {number}: not an object; write {{"column": value, …}}.')
    return {str(name).strip(): value for name, value in row.items()}


def parquet_lines(path: Path) -> Iterator[Line]:
    """Read Parquet in batches, so that memory stays bounded."""
    number = 0
    try:
        with pq.ParquetFile(path) as table:
            for batch in table.iter_batches(batch_size=BATCH_ROWS):
                for cells in batch.to_pylist():
                    number += 1
                    yield Line(number=number, cells=cells)
    except (pa.ArrowException, OSError) as error:
        raise FileRejectedError(f"{path.name} is damaged or no Parquet file; write it again.") from error
