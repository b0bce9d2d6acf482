"""What a dump of choices between two pictures holds."""

from collections.abc import Mapping
from typing import Any

from ratings.services.dumps.choices import choice_tables, compared_image_tables, dumped_choices
from ratings.services.dumps.contents import DesignDump
from ratings.services.dumps.schema import CHOICE_COLUMNS

COLLECTED = """\
Raters saw two images side by side and chose the one they preferred. Within a prompt every condition met
every other; which picture stood on the left was drawn for each showing and balanced for each pair. No
rater saw a pair twice. Pairs were handed out to keep their numbers of choices level: `propensity` is the
probability of the pair among those with the fewest."""


def contents(study: Mapping[str, Any], counts: Mapping[str, int]) -> str:
    """Say how much of what the dump holds."""
    ties = "ties allowed" if study["ties_allowed"] else "no ties"
    return f"{counts['choices']:,} choices among {counts['images']:,} images by {counts['raters']:,} raters, {ties}"


DUMP = DesignDump(
    columns=lambda _: CHOICE_COLUMNS,
    unfit_filters=("domains", "policies", "only_test_slice", "include_practice"),
    dumped_answers=dumped_choices,
    answer_tables=choice_tables,
    image_tables=compared_image_tables,
    collected=COLLECTED,
    contents=contents,
)
