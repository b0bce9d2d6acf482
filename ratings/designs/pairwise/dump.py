"""What a dump of choices between two pictures holds."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ratings.choices import Answer, Side
from ratings.services.dumps.choices import READ_CHOICES, ChoiceTable, comparison_dump, contents_of
from ratings.services.dumps.schema import CHOICE_COLUMNS

COLLECTED = """\
Raters saw two images side by side and chose the one they preferred. Within a prompt every condition met
every other; which picture stood on the left was drawn for each showing and balanced for each pair. No
rater saw a pair twice. `policy` says how a pair was chosen: `coverage` among those with the fewest choices, `active` by
a model, by what the choice was expected to teach of the rater's taste, `random` uniformly. `propensity` is the
probability with which the policy did, so that estimates can be weighted by 1 / propensity: a model asks each rater
about pairs that it is unsure of, which shares of wins do not show."""
SIDED = ("condition", "image", "sha256")


def chosen(rows: pa.Table) -> dict[str, Any]:
    """Give what stood left and right, and which condition was preferred."""
    is_a_left = pc.equal(rows["placed"], Side.A.value)
    columns: dict[str, Any] = {}
    for name in SIDED:
        columns[f"{name}_left"] = pc.if_else(is_a_left, rows[f"{name}_a"], rows[f"{name}_b"])
        columns[f"{name}_right"] = pc.if_else(is_a_left, rows[f"{name}_b"], rows[f"{name}_a"])
    decided = pc.if_else(
        pc.equal(rows["choice"], Answer.LEFT.value), columns["condition_left"], columns["condition_right"]
    )
    return {**columns, "preferred": pc.if_else(pc.equal(rows["choice"], Answer.TIE.value), None, decided)}


DUMP = comparison_dump(
    table=ChoiceTable(read=READ_CHOICES, columns=CHOICE_COLUMNS, chosen=chosen),
    collected=COLLECTED,
    contents=lambda study, counts: contents_of(counts, "ties allowed" if study["ties_allowed"] else "no ties"),
)
