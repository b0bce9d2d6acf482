"""Read Parquet in bounded memory: the columns asked for, in batches, and pictures only when their turn comes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import accumulate, repeat
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ratings.exceptions import FileRejectedError
from ratings.files.parquet_pages import BinaryColumn, column_values
from ratings.files.stored import StoredBytes, opened, stored_pieces
from ratings.sentences import staff_gettext

BATCH_ROWS = 8192
BATCH_BYTES = 8 * 1024 * 1024  # of all columns but pictures
PICTURE_BYTES = 1024  # values above this size, on average, stay on disk until they are read
READ_AHEAD = 1024 * 1024
INDEX = "__index_level_"  # what pandas calls the columns that hold its row labels
AT_ONCE = 64 * 1024 * 1024  # a group of pictures up to this size may be read as a whole
DAMAGES = (pa.ArrowException, ValueError, EOFError, OverflowError)


@dataclass(frozen=True, kw_only=True)
class ParquetTable:
    """An open file: the columns that are read, and why others that were asked for are not."""

    path: Path
    file: "pq.ParquetFile"
    source: "IO[bytes]"  # the same file, for what stays on disk
    leaves: Mapping[str, Sequence[int]]  # the leaves of each column that is read, in the file's order
    stored: Mapping[str, int]  # the leaf that holds a column's pictures
    unread: Mapping[str, str] = field(default_factory=dict)
    passed_over: tuple[str, ...] = ()

    def rows(self) -> Iterator[dict[str, Any]]:
        """Give the rows, one group of them after the other."""
        for group in range(self.file.num_row_groups):
            yield from self.group_rows(group)

    def group_rows(self, group: int) -> Iterator[dict[str, Any]]:
        """Put a group's pictures beside its other cells."""
        pictures = {name: self.stored_values(group, leaf) for name, leaf in self.stored.items()}
        for cells in self.plain_rows(group):
            for name, values in pictures.items():
                cells[name] = with_picture(cells.get(name), next(values))
            yield {name: cells.get(name) for name in self.leaves}

    def plain_rows(self, group: int) -> Iterator[dict[str, Any]]:
        """Read a group's cells but for its pictures."""
        pictures = set(self.stored.values())
        leaves = [leaf for column in self.leaves.values() for leaf in column if leaf not in pictures]
        facts = self.file.metadata.row_group(group)
        if not leaves:
            yield from ({} for _ in repeat(None, facts.num_rows))
            return
        size = sum(facts.column(leaf).total_uncompressed_size for leaf in leaves)
        count = max(1, min(BATCH_ROWS, BATCH_BYTES * facts.num_rows // max(1, size)))
        names = [self.file.schema.column(leaf).path for leaf in leaves]
        for batch in self.file.iter_batches(batch_size=count, row_groups=[group], columns=names):
            lists = {name: self.values(name, batch.column(name)) for name in batch.schema.names}
            yield from (dict(zip(lists, cells, strict=True)) for cells in zip(*lists.values(), strict=True))

    def values(self, name: str, array: "pa.Array") -> list[Any]:
        """Turn a piece of a column into values; one that holds what no cell can is named."""
        try:
            return values_of(array)
        except (ValueError, OverflowError, pa.ArrowException) as error:
            raise FileRejectedError(
                staff_gettext(
                    "{name}: the column {column} holds {kind}, of which some values cannot be read "
                    "({first_line}); write it as text or numbers, or leave it out."
                ).format(name=self.path.name, column=f"{name!r}", kind=array.type, first_line=first_line(error))
            ) from error

    def stored_values(self, group: int, leaf: int) -> Iterator[StoredBytes | None]:
        """Give a group's pictures, each left on disk."""
        chunk = self.file.metadata.row_group(group).column(leaf)
        described = self.file.schema.column(leaf)
        column = BinaryColumn(file=self.source, chunk=chunk, most_defined=described.max_definition_level)
        if column.is_readable:
            return column_values(column)
        if chunk.total_uncompressed_size <= AT_ONCE:
            return written_out(self.file.read_row_group(group, columns=[described.path]).column(0))
        raise FileRejectedError(
            staff_gettext(
                "{name}: the column {path} is packed as {compression} with {chunk}, of which only small pieces "
                "are read; write it in groups of 50 rows."
            ).format(
                name=self.path.name,
                path=f"{described.path!r}",
                compression=chunk.compression,
                chunk=", ".join(chunk.encodings),
            )
        )


def written_out(column: "pa.ChunkedArray") -> Iterator[StoredBytes | None]:
    """Write the pictures of a column, bare or in structs, to disk."""
    for chunk in column.chunks:
        values = [one.as_buffer() for one in (chunk.field(0) if pa.types.is_struct(chunk.type) else chunk)]
        ends = list(accumulate((len(one) if one else 0 for one in values), initial=0))
        whole = stored_pieces(bytes(one) for one in values if one)
        for value, start in zip(values, ends[:-1], strict=True):
            yield None if value is None else StoredBytes(file=whole.file, start=start, size=len(value))


def first_line(error: Exception) -> str:
    """Give the first line of what a library says."""
    return (str(error).splitlines() or [type(error).__name__])[0]


def with_picture(cell: Any, picture: StoredBytes | None) -> Any:
    """Put a picture into its cell: bare, or beside its path."""
    return {**cell, "bytes": picture} if isinstance(cell, dict) else picture


@contextmanager
def opened_parquet(path: Path, *, is_asked: Callable[[str], bool]) -> Iterator[ParquetTable]:
    """Open a file; raise `FileRejectedError` if it is damaged, also while its rows are read."""
    try:
        with pq.ParquetFile(path, pre_buffer=False, buffer_size=READ_AHEAD) as file:
            yield described(path, file=file, source=opened(path), is_asked=is_asked)
    except pa.ArrowNotImplementedError as error:
        raise FileRejectedError(
            staff_gettext("{name} is written in a way that is not read ({first_line}); write it in another.").format(
                name=path.name, first_line=first_line(error)
            )
        ) from error
    except DAMAGES as error:
        raise FileRejectedError(
            staff_gettext("{name} is damaged or no Parquet file; write it again.").format(name=path.name)
        ) from error
    except OSError as error:
        if error.errno is not None:  # the system's own complaint, such as a full disk
            raise
        raise FileRejectedError(
            staff_gettext("{name} is damaged or no Parquet file; write it again.").format(name=path.name)
        ) from error


def described(
    path: Path, *, file: "pq.ParquetFile", source: "IO[bytes]", is_asked: Callable[[str], bool]
) -> ParquetTable:
    """Tell which of the columns asked for can be read."""
    ends = list(accumulate((leaf_count(one.type) for one in file.schema_arrow), initial=0))
    leaves: dict[str, Sequence[int]] = {}
    stored: dict[str, int] = {}
    unread: dict[str, str] = {}
    passed_over: list[str] = []
    for column, first, end in zip(file.schema_arrow, ends[:-1], ends[1:], strict=True):
        if column.name.startswith(INDEX):
            continue
        if not is_asked(column.name.strip()):
            passed_over.append(column.name.strip())
            continue
        leaf = picture_leaf(file, column=column, leaves=range(first, end))
        if leaf is not None:
            stored[column.name] = leaf
        elif reason := unread_reason(column.type):
            unread[column.name] = reason
            continue
        leaves[column.name] = range(first, end)
    return ParquetTable(
        path=path,
        file=file,
        source=source,
        leaves=leaves,
        stored=stored,
        unread=unread,
        passed_over=tuple(passed_over),
    )


def leaf_count(kind: "pa.DataType") -> int:
    """Count the leaves of a type."""
    return len(leaf_types(kind))


def picture_leaf(file: "pq.ParquetFile", *, column: "pa.Field", leaves: range) -> int | None:
    """Give the leaf of a column that holds pictures: `bytes` in a struct, or the column itself if it is large."""
    if not holds_bytes(column.type):
        return None
    if not pa.types.is_struct(column.type):
        return leaves[0] if is_large(file, leaves[0]) else None
    path = f"{column.name}.bytes"
    return next((leaf for leaf in leaves if file.schema.column(leaf).path == path), None)


def holds_bytes(kind: "pa.DataType") -> bool:
    """Tell whether a type is bytes, or a struct with a field `bytes` of bytes."""
    if not pa.types.is_struct(kind):
        return is_binary(kind)
    place = kind.get_field_index("bytes")
    return bool(place >= 0 and is_binary(kind.field(place).type))


def is_binary(kind: "pa.DataType") -> bool:
    """Tell whether a type is bytes of any length."""
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind))


def is_large(file: "pq.ParquetFile", leaf: int) -> bool:
    """Tell whether a leaf's values are larger than names are."""
    facts = [file.metadata.row_group(group).column(leaf) for group in range(file.num_row_groups)]
    size, count = sum(one.total_uncompressed_size for one in facts), sum(one.num_values for one in facts)
    return bool(size > PICTURE_BYTES * count)


def unread_reason(kind: "pa.DataType") -> str:
    """Say why a column of this type is not read; nothing where it is."""
    is_odd = pa.types.is_nested(kind) and any(map(is_odd_inside, inner_types(kind)))
    holds_lists = pa.types.is_nested(kind) and not pa.types.is_struct(kind) and any(map(is_binary, leaf_types(kind)))
    return staff_gettext("values of type {kind}").format(kind=kind) if is_odd or holds_lists else ""


def inner_types(kind: "pa.DataType") -> list["pa.DataType"]:
    """List the types right inside another."""
    return [kind.field(place).type for place in range(kind.num_fields)]


def leaf_types(kind: "pa.DataType") -> list["pa.DataType"]:
    """List the types of the leaves."""
    return [leaf for one in inner_types(kind) for leaf in leaf_types(one)] if pa.types.is_nested(kind) else [kind]


def is_odd_inside(kind: "pa.DataType") -> bool:
    """Tell whether a type has no plain values where it stands inside another: times finer than Python's, durations."""
    return any(
        pa.types.is_duration(leaf) or ((pa.types.is_timestamp(leaf) or pa.types.is_time64(leaf)) and leaf.unit == "ns")
        for leaf in leaf_types(kind)
    )


def values_of(array: "pa.Array") -> list[Any]:
    """Turn a piece of a column into plain values; times finer than a microsecond are cut, durations are seconds."""
    kind = array.type
    plain = array
    if isinstance(array, pa.ExtensionArray):
        return values_of(array.storage)
    if pa.types.is_dictionary(kind):
        return values_of(array.dictionary_decode())
    if pa.types.is_timestamp(kind):
        plain = array.cast(pa.timestamp("us", "UTC" if kind.tz else None), safe=False)
    elif pa.types.is_time(kind):
        plain = array.cast(pa.time64("us"), safe=False)
    elif pa.types.is_duration(kind):
        plain = pc.divide(array.cast(pa.duration("ns")).cast(pa.int64()).cast(pa.float64()), 1e9)
    found: list[Any] = plain.to_pylist()
    return found
