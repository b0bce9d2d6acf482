"""Write Arrow tables as the files of a dump: CSV, JSON lines, Parquet, or the splits of a Hugging Face folder."""

import json
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import csv

from ratings.choices import DumpFormat
from ratings.services.dumps.schema import Column, arrow_schema

SHARD_ROWS = 2_000_000
GROUP_ROWS = 20_000  # of each split: three writers at once hold three groups
GROUP_BYTES = 32 * 1024 * 1024  # pictures fill a group long before rows do
SHARD_BYTES = 512 * 1024 * 1024
UNSEEN_SHARE = 0.2
SPLITS = {
    "ratings": ("train", "test_seen_raters", "test_unseen_raters"),
    "choices": ("train", "test_unseen_raters"),  # pairs are levelled: no slice of them is drawn at random
}


class TableWriter(Protocol):
    """Takes a table piece by piece."""

    def write(self, rows: pa.Table) -> None:
        """Write a piece."""

    def close(self) -> None:
        """Finish the file."""


class JsonLines:
    """One JSON object a line; moments in ISO 8601."""

    def __init__(self, path: Path) -> None:
        self.stream = path.open("w", encoding="utf-8", newline="\n")

    def write(self, rows: pa.Table) -> None:
        """Write a piece."""
        for batch in rows.to_batches(max_chunksize=8192):
            self.stream.writelines(
                json.dumps(row, ensure_ascii=False, default=datetime.isoformat) + "\n" for row in batch.to_pylist()
            )

    def close(self) -> None:
        """Finish the file."""
        self.stream.close()


def csv_writer(path: Path, schema: pa.Schema) -> TableWriter:
    """Write CSV with a heading."""
    writer: TableWriter = csv.CSVWriter(path, schema, write_options=csv.WriteOptions(quoting_style="needed"))
    return writer


def json_writer(path: Path, schema: pa.Schema) -> TableWriter:  # noqa: ARG001 - each line names its columns
    """Write JSON lines."""
    return JsonLines(path)


class Parquet:
    """Parquet; pieces are gathered until they fill a row group."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        texts = [column.name for column in schema if column.type == pa.string()]
        self.file = pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=texts)
        self.gathered: list[pa.Table] = []

    def write(self, rows: pa.Table) -> None:
        """Write a piece."""
        self.gathered.append(rows)
        rows_gathered = sum(piece.num_rows for piece in self.gathered)
        if rows_gathered >= GROUP_ROWS or sum(piece.nbytes for piece in self.gathered) >= GROUP_BYTES:
            self.flush()

    def flush(self) -> None:
        """Write a row group."""
        if self.gathered:
            self.file.write_table(pa.concat_tables(self.gathered))
            self.gathered.clear()

    def close(self) -> None:
        """Finish the file."""
        self.flush()
        self.file.close()


WRITERS: dict[str, Callable[[Path, pa.Schema], TableWriter]] = {
    DumpFormat.CSV: csv_writer,
    DumpFormat.JSONL: json_writer,
    DumpFormat.PARQUET: Parquet,
    DumpFormat.HF: Parquet,
}


@dataclass(kw_only=True)
class Shards:
    """The files of one table and split; a new one is begun when the last is full."""

    folder: Path
    stem: str
    suffix: str
    schema: pa.Schema
    make: Callable[[Path, pa.Schema], TableWriter]
    shard_rows: int | None = None
    rows: int = 0
    paths: list[Path] = field(default_factory=list)
    current: TableWriter | None = None
    in_current: int = 0
    bytes_in_current: int = 0

    def write(self, rows: pa.Table) -> None:
        """Write a piece."""
        if self.current is None or self.is_full:
            self.begin()
        if self.current is not None and rows.num_rows:
            self.current.write(rows)
        self.rows += rows.num_rows
        self.in_current += rows.num_rows
        self.bytes_in_current += rows.nbytes

    @property
    def is_full(self) -> bool:
        """Tell whether the next piece goes into a new file."""
        if self.shard_rows is None:
            return False
        return self.in_current >= self.shard_rows or self.bytes_in_current >= SHARD_BYTES

    def begin(self) -> None:
        """Begin the next file."""
        self.close()
        number = f"-{len(self.paths):05d}" if self.shard_rows is not None else ""
        path = self.folder / f"{self.stem}{number}.{self.suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        self.current, self.in_current, self.bytes_in_current = self.make(path, self.schema), 0, 0
        self.paths.append(path)

    def close(self) -> None:
        """Finish the open file."""
        if self.current is not None:
            self.current.close()
            self.current = None


class OpenFiles(Protocol):
    """Takes the pieces of one table, and describes its files once it is closed."""

    def write(self, rows: pa.Table) -> None:
        """Write a piece."""

    def facts(self) -> dict[str, Any]:
        """Describe the table for the manifest."""

    def __enter__(self) -> Self:
        """Begin."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        """Finish every file."""


@dataclass(kw_only=True)
class TableFiles:
    """The files of one table, with its rows split where the format has splits."""

    name: str
    columns: tuple[Column, ...]
    shards: dict[str, Shards]
    split: Callable[[pa.Table], dict[str, pa.Table]]

    def write(self, rows: pa.Table) -> None:
        """Write a piece."""
        for name, part in self.split(rows).items():
            self.shards[name].write(part)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        with ExitStack() as stack:
            for shards in self.shards.values():
                stack.callback(shards.close)
            if error is None and not any(shards.paths for shards in self.shards.values()):
                next(iter(self.shards.values())).begin()  # an empty table is a file with columns and no rows

    def facts(self) -> dict[str, Any]:
        """Describe the table for the manifest."""
        folder = next(iter(self.shards.values())).folder
        return {
            "rows": sum(shards.rows for shards in self.shards.values()),
            "splits": {
                name: {"rows": shards.rows, "files": [path.relative_to(folder).as_posix() for path in shards.paths]}
                for name, shards in self.shards.items()
                if shards.paths
            },
            "columns": [{"name": one.name, "type": str(one.kind), "meaning": one.meaning} for one in self.columns],
        }


def table_files(*, folder: Path, name: str, columns: tuple[Column, ...], dump_format: str) -> TableFiles:
    """Open the files of a table."""
    is_hf = dump_format == DumpFormat.HF
    suffix = "parquet" if is_hf else dump_format
    splits = SPLITS.get(name, ("train",)) if is_hf else ("train",)
    shards = {
        split: Shards(
            folder=folder,
            stem=f"{name}/{split}" if is_hf else name,
            suffix=suffix,
            schema=arrow_schema(columns),
            make=WRITERS[dump_format],
            shard_rows=SHARD_ROWS if is_hf else None,
        )
        for split in splits
    }
    return TableFiles(name=name, columns=columns, shards=shards, split=split_rows if len(splits) > 1 else unsplit)


def unsplit(rows: pa.Table) -> dict[str, pa.Table]:
    """Keep a table whole."""
    return {"train": rows}


def split_rows(rows: pa.Table) -> dict[str, pa.Table]:
    """Hold out a fifth of the raters by their pseudonym, and of the others the slice that was drawn at random."""
    digits = pc.binary_slice(pc.cast(rows["rater"], pa.binary()), 0, 4)
    border = format(round(UNSEEN_SHARE * 16**4), "04x").encode()
    is_unseen = pc.less(digits, pa.scalar(border, pa.binary()))
    parts = {"test_unseen_raters": is_unseen}
    is_held_out = is_unseen
    if "is_test_slice" in rows.column_names:
        parts["test_seen_raters"] = pc.and_not(rows["is_test_slice"], is_unseen)
        is_held_out = pc.or_(is_unseen, rows["is_test_slice"])
    parts["train"] = pc.invert(is_held_out)
    return {name: part for name, mask in parts.items() if (part := rows.filter(mask)).num_rows}
