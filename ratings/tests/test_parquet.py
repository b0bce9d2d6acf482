"""Parquet is read as far as it is asked for, whatever else is in it, and pictures stay on disk until their turn."""

import datetime
import decimal
import itertools
import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.conf import settings

from ratings.exceptions import FileRejectedError
from ratings.files import compression
from ratings.files.compression import IN_MEMORY, STREAMS, Packed, PackedError
from ratings.files.stored import StoredBytes, stored_pieces
from ratings.files.table_files import Wanted, opened_tables, table_lines

PICTURE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def rows(path: Path, *asked: str) -> list[dict[str, Any]]:
    return [
        line.cells for line in table_lines(path=path, wanted=Wanted(is_asked=lambda name: name in asked or not asked))
    ]


def test_nanoseconds_and_durations_that_nobody_asked_for_do_no_harm(tmp_path: Path) -> None:
    # apache/arrow issue 34614: pandas keeps nanoseconds, and Python has none
    frame = pd.DataFrame(
        {"rater": ["r1"], "image": ["x"], "rating": [4], "at": [pd.Timestamp("2026-01-02 03:04:05.123456789")]}
    )
    frame["took"] = pd.to_timedelta([1500], unit="ms")
    frame.to_parquet(tmp_path / "t.parquet")
    assert rows(tmp_path / "t.parquet", "rater", "image", "rating") == [{"rater": "r1", "image": "x", "rating": 4}]
    (whole,) = rows(tmp_path / "t.parquet")
    assert whole["at"] == datetime.datetime(2026, 1, 2, 3, 4, 5, 123456)  # noqa: DTZ001 - as it was written
    assert whole["took"] == 1.5


def test_columns_of_every_kind_are_read(tmp_path: Path) -> None:
    columns = {
        "word": pa.array(["a", None, "a"]).dictionary_encode(),
        "exact": pa.array([decimal.Decimal("1.50"), None, decimal.Decimal("-2.25")]),
        "half": pa.array([1.5, None, 2.0], pa.float16()),
        "day": pa.array([datetime.date(2026, 1, 2), None, None]),
        "zoned": pa.array([0, None, 1], pa.timestamp("ns", "Europe/Berlin")),
        "time": pa.array([1_000, None, 0], pa.time64("ns")),
        "list": pa.array([[1, 2], None, []]),
        "fields": pa.array([{"a": 1}, None, {"a": None}]),
        "nothing": pa.nulls(3),
        "name.with.dots": pa.array([1, 2, 3]),
        " blanks around ": pa.array([1, 2, 3]),
        "short bytes": pa.array([b"r1", None, b"r3"]),
    }
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")
    first, second, third = rows(tmp_path / "t.parquet")
    assert first == {
        "word": "a",
        "exact": decimal.Decimal("1.50"),
        "half": 1.5,
        "day": datetime.date(2026, 1, 2),
        "zoned": datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC),
        "time": datetime.time(0, 0, 0, 1),
        "list": [1, 2],
        "fields": {"a": 1},
        "nothing": None,
        "name.with.dots": 1,
        "blanks around": 1,
        "short bytes": b"r1",
    }
    assert [name for name, cell in second.items() if cell is not None] == ["name.with.dots", "blanks around"]
    assert third["exact"] == decimal.Decimal("-2.25")


def test_a_column_that_cannot_be_read_is_distinguished_from_a_file_that_is_broken(tmp_path: Path) -> None:
    odd = pa.array([[{"at": 1}]], pa.list_(pa.struct([("at", pa.timestamp("ns"))])))
    pq.write_table(pa.table({"rater": ["r1"], "odd": odd}), tmp_path / "t.parquet")
    (table,) = opened_tables(path=tmp_path / "t.parquet")
    assert (table.columns, list(table.unread)) == (("rater",), ["odd"])
    far = pa.array([2**62], pa.timestamp("us"))
    pq.write_table(pa.table({"far": far}), tmp_path / "far.parquet")
    with pytest.raises(FileRejectedError, match=r"far\.parquet: the column 'far' holds timestamp.*write it as text"):
        rows(tmp_path / "far.parquet")


def random_bytes(rng: random.Random) -> bytes | None:
    """Give a value that is missing, flat, repetitive or noise, and sometimes larger than a page usually is."""
    kinds = (
        lambda: None,
        lambda: b"",
        lambda: bytes(rng.randrange(200_000)),
        lambda: rng.randbytes(rng.randrange(1, 300)) * rng.randrange(2000),
        lambda: rng.randbytes(rng.randrange(200_000)),
    )
    return rng.choice(kinds)()


LAYOUTS = list(
    itertools.product(
        ("NONE", "SNAPPY", "GZIP", "ZSTD", "BROTLI", "LZ4"),
        (
            {"use_dictionary": True},
            {"use_dictionary": False},
            {"use_dictionary": False, "column_encoding": {"image.bytes": "DELTA_LENGTH_BYTE_ARRAY"}},
        ),
        ("1.0", "2.0"),
        (7, 1000),
    )
)


@pytest.mark.parametrize(("codec", "encoding", "version", "group"), LAYOUTS)
def test_pictures_come_out_as_they_went_in_however_they_are_packed(
    tmp_path: Path, codec: str, encoding: dict[str, Any], version: str, group: int
) -> None:
    rng = random.Random(f"{codec}{encoding}{version}{group}")
    content = [random_bytes(rng) for _ in range(25)]
    content += [rng.choice(content) for _ in range(15)]
    cells = [
        None if rng.random() < 0.1 else {"bytes": one, "path": f"{place}.png"} for place, one in enumerate(content)
    ]
    table = pa.table({"image": pa.array(cells, PICTURE), "prompt": [f"p{place}" for place in range(40)]})
    pq.write_table(
        table, tmp_path / "t.parquet", compression=codec, data_page_version=version, row_group_size=group, **encoding
    )
    found = rows(tmp_path / "t.parquet")
    assert [row["prompt"] for row in found] == [f"p{place}" for place in range(40)]
    for cell, row in zip(cells, found, strict=True):
        held = (row["image"] or {}).get("bytes")
        assert (None if held is None else held.read()) == (None if cell is None else cell["bytes"])
        assert (row["image"] or {}).get("path") == (None if cell is None else cell["path"])


def test_pictures_may_stand_in_a_column_by_themselves(tmp_path: Path) -> None:
    content = [bytes([place]) * 5000 for place in range(3)]
    for kind in (pa.binary(), pa.large_binary()):
        schema = pa.schema([pa.field("image", kind, nullable=False)])
        pq.write_table(pa.table({"image": pa.array(content, kind)}, schema=schema), tmp_path / "t.parquet")
        assert [row["image"].read() for row in rows(tmp_path / "t.parquet")] == content


@pytest.mark.parametrize("codec", ["SNAPPY", "LZ4", "GZIP", "ZSTD", "BROTLI"])
def test_a_block_too_large_for_memory_is_unpacked_piece_by_piece(codec: str) -> None:
    rng = random.Random(codec)
    parts = [rng.randbytes(rng.randrange(1, 90_000)) for _ in range(60)] + [bytes(1_000_000), b"ab" * 300_000]
    content = b"".join(rng.choice(parts) for _ in range(400))
    assert len(content) > IN_MEMORY
    name = "lz4_raw" if codec == "LZ4" else codec.lower()
    block = stored_pieces([pa.Codec(name).compress(content, asbytes=True)])
    packed = Packed(file=block.file, start=0, size=block.size)
    pieces = list(compression.unpacked_pieces(packed=packed, codec=codec, size=len(content)))
    assert b"".join(pieces) == content
    assert max(map(len, pieces)) < 4 * 1024 * 1024


@pytest.mark.parametrize("codec", sorted(STREAMS))
def test_a_block_that_is_none_is_refused(codec: str) -> None:
    rng = random.Random(codec)
    for _ in range(50):
        block = stored_pieces([rng.randbytes(rng.randrange(1, 2000))])
        packed = Packed(file=block.file, start=0, size=block.size)
        with pytest.raises((PackedError, OSError, pa.ArrowException)):
            list(compression.exactly(STREAMS[codec](packed), size=3_000_000))


def test_a_file_with_any_byte_changed_is_read_or_refused_in_a_sentence(tmp_path: Path) -> None:
    cells = [{"bytes": bytes([place]) * 3000, "path": f"{place}.png"} for place in range(8)]
    for version in ("1.0", "2.0"):
        pq.write_table(pa.table({"image": pa.array(cells, PICTURE)}), tmp_path / "t.parquet", data_page_version=version)
        whole = (tmp_path / "t.parquet").read_bytes()
        rng = random.Random(version)
        for _ in range(150):
            place = rng.randrange(len(whole))
            (tmp_path / "t.parquet").write_bytes(whole[:place] + rng.randbytes(1) + whole[place + 1 :])
            try:
                for row in rows(tmp_path / "t.parquet"):
                    held = row["image"]["bytes"] if isinstance(row.get("image"), dict) else None
                    assert held is None or isinstance(held.read(), bytes)
            except FileRejectedError as error:
                assert "t.parquet" in error.message  # noqa: PT017 - either outcome is fine, a traceback is not


MEASURE = """
import json, resource, sys
from pathlib import Path
from ratings.files.table_files import table_lines
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
before, size = peak(), 0
for line in table_lines(path=Path(sys.argv[1])):
    size += len(line.cells["image"]["bytes"].read())
print(json.dumps([size, peak() - before]))
"""


@pytest.mark.parametrize("options", [{}, {"use_dictionary": False}, {"compression": "none"}, {"row_group_size": 10}])
def test_a_file_of_pictures_does_not_come_into_memory(tmp_path: Path, options: dict[str, Any]) -> None:
    rng = random.Random(1)
    content = [rng.randbytes(2_000_000) for _ in range(100)]
    table = pa.table({"image": pa.array([{"bytes": one, "path": "x.png"} for one in content], PICTURE)})
    pq.write_table(table, tmp_path / "t.parquet", **options)  # one group of rows, in one page, unless given otherwise
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(tmp_path / "t.parquet")],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    size, peak = json.loads(done.stdout)
    assert size == 200_000_000
    assert peak < 60  # MiB; the file has 191


def test_a_stored_piece_knows_its_size_before_it_is_read() -> None:
    whole = stored_pieces([b"one", b"", b"two"])
    assert whole.read() == b"onetwo"
    assert StoredBytes(file=whole.file, start=2, size=2).read() == b"et"
    with pytest.raises(EOFError):
        StoredBytes(file=whole.file, start=4, size=9).read()
