"""Read large results from one consistent view of the database, as Arrow tables, in bounded memory."""

from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

import psycopg
import pyarrow as pa
from django.db import connections
from django.db.models import QuerySet
from pyarrow import csv

from ratings.replicas import ReadSource, read_source

BLOCK_ROWS = 16_384


@dataclass(frozen=True, kw_only=True)
class DumpSnapshot:
    """A read-only transaction on a connection of its own: what it shows does not change while a dump is written."""

    session: psycopg.Connection[Any]
    read_from: ReadSource

    def tables(self, rows: "QuerySet[Any, Any]", *, schema: pa.Schema) -> Iterator[pa.Table]:
        """Stream a query of plain values, whose columns come in the schema's order."""
        for block in ahead(self.blocks(rows)):
            yield parsed_block(block, schema=schema)

    def table(self, rows: "QuerySet[Any, Any]", *, schema: pa.Schema) -> pa.Table:
        """Read a small result whole."""
        return pa.concat_tables([schema.empty_table(), *self.tables(rows, schema=schema)])

    def blocks(self, rows: "QuerySet[Any, Any]") -> Generator[bytes]:
        """Let the server write CSV, and hand on whole lines in large pieces."""
        statement, parameters = rows.query.sql_with_params()
        with self.session.cursor() as cursor:
            copied = cursor.copy(f"COPY ({statement}) TO STDOUT (FORMAT csv)".encode(), parameters)
            with copied as lines:
                yield from joined(lines)

    def count(self, rows: "QuerySet[Any, Any]") -> int:
        """Count the rows of a query."""
        statement, parameters = rows.query.sql_with_params()
        counting = f"SELECT count(*) FROM ({statement}) AS counted"  # noqa: S608 - the statement is the ORM's
        row = self.session.execute(counting.encode(), parameters).fetchone()
        return int(row[0]) if row else 0


@contextmanager
def snapshot() -> Iterator[DumpSnapshot]:
    """Open a consistent view; rows that are not committed yet are not in it."""
    read_from = read_source()
    database = connections[read_from.alias].copy()
    try:
        database.ensure_connection()
        session = database.connection
        with session.transaction():
            session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            session.execute("SET LOCAL work_mem = '64MB'")
            yield DumpSnapshot(session=session, read_from=read_from)
    finally:
        database.close()


def joined(lines: Iterable[bytes | bytearray | memoryview]) -> Iterator[bytes]:
    """Join lines to large pieces, without a loop in Python, which would take longer than the server.

    The lines are turned into bytes, which the garbage collector does not track: scanning psycopg's memory views again
    and again took more time than all the rest.
    """
    source = map(bytes, lines)
    while piece := b"".join(islice(source, BLOCK_ROWS)):
        yield piece


def ahead(blocks: Generator[bytes]) -> Iterator[bytes]:
    """Read one piece ahead in a thread, so that the server works while the last piece is written."""
    with closing(blocks), ThreadPoolExecutor(max_workers=1) as pool:
        pending = pool.submit(next, blocks, None)
        while (block := pending.result()) is not None:
            pending = pool.submit(next, blocks, None)
            yield block


def parsed_block(block: bytes, *, schema: pa.Schema) -> pa.Table:
    """Parse what the server wrote: a bare empty cell is null, a quoted one an empty text."""
    return csv.read_csv(
        pa.BufferReader(block),
        read_options=csv.ReadOptions(column_names=schema.names, block_size=len(block) + 1, use_threads=False),
        parse_options=csv.ParseOptions(newlines_in_values=b'"' in block),
        convert_options=csv.ConvertOptions(
            column_types=schema,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            true_values=["t"],
            false_values=["f"],
        ),
    )
