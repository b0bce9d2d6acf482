"""What a dump of ratings holds."""

from collections.abc import Mapping
from typing import Any

from ratings.services.dumps.contents import DesignDump
from ratings.services.dumps.filters import dumped_ratings
from ratings.services.dumps.schema import RATING_COLUMNS
from ratings.services.dumps.tables import image_tables, rating_tables

COLLECTED = """\
Raters saw one image at a time. Every rating names the policy that chose the image and the probability
(`propensity`) with which it did, so that estimates can be weighted by 1 / propensity. Rows with
`is_test_slice` were drawn uniformly at random and are the slice to evaluate on. An image may have been
shown to the same rater twice (`kind` = `repeat`) to measure test-retest reliability. Rows with `policy` =
`steering` are ratings of pictures made for that rater, who asked for them: leave them out of estimates
about the study's images."""


def contents(study: Mapping[str, Any], counts: Mapping[str, int]) -> str:
    """Say how much of what the dump holds."""
    scale = f"on a scale from {study['scale_min']:g} to {study['scale_max']:g}"
    return f"{counts['ratings']:,} ratings of {counts['images']:,} images by {counts['raters']:,} raters, {scale}"


DUMP = DesignDump(
    columns=lambda _: RATING_COLUMNS,
    unfit_filters=(),
    dumped_answers=dumped_ratings,
    answer_tables=rating_tables,
    image_tables=image_tables,
    collected=COLLECTED,
    contents=contents,
)
