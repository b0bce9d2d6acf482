"""What dumps for publication give less exactly than others: times, screens, and where a picture is served."""

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc


def by_day(moments: pa.ChunkedArray) -> Any:
    """Give the beginning of each moment's day, in UTC."""
    return pc.floor_temporal(moments, unit="day")


def to_hundreds(lengths: pa.ChunkedArray) -> Any:
    """Round lengths in pixels to hundreds."""
    return pc.round(lengths.cast(pa.float64()), ndigits=-2).cast(lengths.type)


def to_halves(ratios: pa.ChunkedArray) -> Any:
    """Round ratios to halves."""
    return pc.divide(pc.round(pc.multiply(ratios, 2.0)), 2.0)


def left_out(values: pa.ChunkedArray) -> Any:
    """Say nothing."""
    return pa.nulls(len(values), values.type)


def without_paths(pictures: pa.ChunkedArray) -> Any:
    """Keep pictures, and leave out where the installation serves them."""
    pieces = [
        pa.StructArray.from_arrays(
            [one.field("bytes"), pa.nulls(len(one), pa.string())], fields=list(one.type), mask=one.is_null()
        )
        for one in pictures.chunks
    ]
    return pa.chunked_array(pieces, pictures.type)


COARSER: dict[str, Callable[[pa.ChunkedArray], Any]] = {
    **dict.fromkeys(("rated_at", "chosen_at"), by_day),
    **dict.fromkeys(("viewport_width", "viewport_height", "shown_width", "shown_height"), to_hundreds),
    **dict.fromkeys(("device_screen_width", "device_screen_height"), to_hundreds),
    **dict.fromkeys(("pixel_ratio", "device_screen_pixel_ratio"), to_halves),
    "picture_path": left_out,
    "picture": without_paths,
}


def coarser(rows: pa.Table) -> pa.Table:
    """Give a piece of any table as a dump for publication has it."""
    columns = [COARSER[name](rows[name]) if name in COARSER else rows[name] for name in rows.column_names]
    return pa.table(columns, schema=rows.schema)
