"""What a dump of ratings on several scales holds: those of the main scale, and a column for each further one."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
from django.db.models.fields.json import KT

from ratings.designs.rating.dump import COLLECTED as RATED
from ratings.models import Study
from ratings.services.dumps.contents import DesignDump
from ratings.services.dumps.filters import dumped_ratings
from ratings.services.dumps.schema import RATING_COLUMNS, Column, column
from ratings.services.dumps.tables import image_tables, rating_table, rating_tables
from ratings.values.scales import NamedScale, stored_scales

COLLECTED = f"""\
{RATED} Every image was rated on several scales at once: `rating` is the value
on the first, and each further scale has a column of its own."""


def name_of(key: str) -> str:
    """Name the column of a further scale."""
    return f"rating_{key}"


def columns(scales: Sequence[NamedScale]) -> tuple[Column, ...]:
    """Add a column for each scale after the main one."""
    return (
        *RATING_COLUMNS,
        *(column(name_of(one.key), pa.float64(), f"The rating on the scale: {one.label}.") for one in scales[1:]),
    )


def scale_tables(*, study: Study, **parts: Any) -> Iterator[pa.Table]:
    """Stream the ratings, each scale in its column."""
    further = {name_of(scale.key): (KT(f"scales__{scale.key}"), pa.float64()) for scale in study.named_scales[1:]}
    yield from rating_tables(study=study, table=rating_table(further), **parts)


def contents(study: Mapping[str, Any], counts: Mapping[str, int]) -> str:
    """Say how much of what the dump holds."""
    names = ", ".join(scale.label for scale in stored_scales(study["scales"]))
    scales = f"on {len(study['scales'])} scales ({names}) from {study['scale_min']:g} to {study['scale_max']:g}"
    return f"{counts['ratings']:,} ratings of {counts['images']:,} images by {counts['raters']:,} raters, {scales}"


DUMP = DesignDump(
    columns=columns,
    unfit_filters=(),
    dumped_answers=dumped_ratings,
    answer_tables=scale_tables,
    image_tables=image_tables,
    collected=COLLECTED,
    contents=contents,
)
