"""Tell which tables hold pictures in their rows, as Hugging Face's datasets and our own dumps write them to Parquet."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from ratings.exceptions import ChoiceNeededError, FileRejectedError
from ratings.files import parquet
from ratings.files.stored import StoredBytes
from ratings.sentences import staff_gettext

BARE_BYTES = frozenset(("image", "picture", "img", "photo", "jpg", "jpeg", "png", "webp", "bytes", "content"))
WORDS = re.compile(r"[a-z]+")


@dataclass(frozen=True, kw_only=True)
class PictureColumn:
    """Which column of pictures is meant where a table has several, and the option by which to say it."""

    name: str = ""
    hint: str = ""  # meant where the table has it, and nothing was said
    option: str = "image-column"
    of_ratings: bool = False  # each row is a rating, and holds the picture of its image once more


ANY_COLUMN = PictureColumn()


def holds_pictures(path: Path) -> bool:
    """Tell whether a table, or one in a folder of tables, holds pictures."""
    parts = sorted(path.iterdir()) if path.is_dir() else [path]
    return any(picture_columns(part) for part in parts if part.is_file())


def picture_column(path: Path, *, asked: PictureColumn = ANY_COLUMN) -> str | None:
    """Name the column of pictures that is meant, None where there is none; raise `ChoiceNeededError` at several."""
    found = picture_columns(path, named=asked.name)
    if asked.name and found:
        if asked.name not in found:
            raise FileRejectedError(
                staff_gettext("{name} has no pictures in a column {column}; it has some in {found}.").format(
                    name=path.name, column=f"{asked.name!r}", found=", ".join(found)
                )
            )
        return asked.name
    if len(found) > 1 and asked.hint not in found:
        raise ChoiceNeededError(
            staff_gettext("{name} holds several pictures in a row").format(name=path.name),
            option=asked.option,
            choices=found,
        )
    return asked.hint if asked.hint in found else next(iter(found), None)


def picture_columns(path: Path, *, named: str = "") -> list[str]:
    """Name the columns of a table that hold pictures; one that is `named` may do so under any name."""
    if path.suffix.lower() != ".parquet":
        return []
    with parquet.opened_parquet(path, is_asked=bool) as table:
        schema = table.file.schema_arrow
    kinds = declared_kinds(schema)
    return [
        one.name
        for one in schema
        if kinds.get(one.name, "Image") == "Image" and may_hold_pictures(one, is_named=one.name == named)
    ]


def declared_kinds(schema: pa.Schema) -> Mapping[str, str]:
    """Give the kinds of the columns as the datasets library notes them in a file."""
    try:
        features = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))["info"]["features"]
        return {name: kind["_type"] for name, kind in features.items() if isinstance(kind, dict) and "_type" in kind}
    except (ValueError, LookupError, TypeError, AttributeError):  # noted by no library we know: the types must do
        return {}


def may_hold_pictures(column: pa.Field, *, is_named: bool) -> bool:
    """Tell whether a column holds bytes, in a struct with their path, or bare under a name for pictures: `jpg_0`."""
    is_named = is_named or pa.types.is_struct(column.type)
    return (is_named or not BARE_BYTES.isdisjoint(WORDS.findall(column.name.lower()))) and parquet.holds_bytes(
        column.type
    )


def is_picture(cell: Any) -> bool:
    """Tell whether a cell holds a picture, which is no fact about another one."""
    return isinstance(cell.get("bytes") if isinstance(cell, dict) else cell, bytes | StoredBytes)
