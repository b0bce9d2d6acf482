"""Tell which tables hold pictures in their rows, as Hugging Face's datasets and our own dumps write them to Parquet."""

import json
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa

from ratings.exceptions import FileRejectedError
from ratings.files import parquet

BARE_BYTES = ("image", "picture", "img", "photo", "jpg", "jpeg", "png", "webp", "bytes", "image_bytes", "content")


def holds_pictures(path: Path) -> bool:
    """Tell whether a table, or one in a folder of tables, holds pictures."""
    parts = sorted(path.iterdir()) if path.is_dir() else [path]
    return any(picture_column(part) is not None for part in parts if part.is_file())


def picture_column(path: Path) -> str | None:
    """Name the column that holds pictures, None where there is none; refuse a table that has several."""
    if path.suffix.lower() != ".parquet":
        return None
    with parquet.opened_parquet(path, is_asked=bool) as table:
        schema = table.file.schema_arrow
    kinds = declared_kinds(schema)
    found = [one.name for one in schema if kinds.get(one.name, "Image") == "Image" and may_hold_pictures(one)]
    if len(found) > 1:
        raise FileRejectedError(
            f"{path.name} holds several pictures in a row ({', '.join(found)}); keep one of these columns."
        )
    return found[0] if found else None


def declared_kinds(schema: pa.Schema) -> Mapping[str, str]:
    """Give the kinds of the columns as the datasets library notes them in a file."""
    try:
        features = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))["info"]["features"]
        return {name: kind["_type"] for name, kind in features.items() if isinstance(kind, dict) and "_type" in kind}
    except (ValueError, LookupError, TypeError, AttributeError):  # noted by no library we know: the types must do
        return {}


def may_hold_pictures(column: pa.Field) -> bool:
    """Tell whether a column holds bytes, in a struct with their path, or bare under a name for pictures."""
    is_named = pa.types.is_struct(column.type) or column.name.lower() in BARE_BYTES
    return is_named and parquet.holds_bytes(column.type)
