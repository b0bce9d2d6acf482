"""What a dump of choices of the best and the worst holds."""

from typing import Any

import numpy as np
import pyarrow as pa
from django.db.models import F
from numpy.typing import NDArray

from ratings.choices import Side
from ratings.models.pair import MOST_IMAGES
from ratings.services.dumps.choices import READ_CHOICES, ChoiceTable, comparison_dump, contents_of
from ratings.services.dumps.schema import CHOICE_COLUMNS, Column, column

COLLECTED = """\
Raters saw three to five images at once and chose the best and the worst. Within a prompt every set of so many
conditions was shown; which picture stood first was drawn for each showing and balanced for each set, and the
others followed in the order of their conditions. No rater saw a set twice. `policy` says how a set was chosen:
`coverage` among those with the fewest choices, `active` by a model, by what the choice was expected to teach of the
rater's taste, `random` uniformly. `propensity` is the probability with which the policy did, so that estimates can be
weighted by 1 / propensity."""

SHOWN = {  # in each place: what it is called, and what that means
    "condition": "Condition of the picture in place {place}; the order is drawn and balanced.",
    "image": "Identifier of the image in place {place}.",
    "sha256": "SHA-256 of the image file in place {place} as it was imported.",
}
PLACES = range(1, MOST_IMAGES + 1)
DROPPED = ("choice", "preferred", *(f"{name}_{side}" for name in SHOWN for side in ("left", "right")))
SHARED = tuple(one for one in CHOICE_COLUMNS if one.name not in DROPPED)
COLUMNS: tuple[Column, ...] = (
    SHARED[0],
    column("best", pa.string(), "The condition chosen as the best."),
    column("worst", pa.string(), "The condition chosen as the worst."),
    column("best_place", pa.int32(), "Where the best stood: 1 for the first place."),
    column("worst_place", pa.int32(), "Where the worst stood."),
    *SHARED[1:],
    *(
        column(f"{name}_{place}", pa.string(), meaning.format(place=place))
        for name, meaning in SHOWN.items()
        for place in PLACES
    ),
)
FIELDS = {"condition": "condition_{side}", "image": "image_{side}_id", "sha256": "image_{side}__sha256"}
READ = READ_CHOICES | {
    f"{name}_{side}": (F(f"assignment__pair__{field.format(side=side)}"), pa.string())
    for name, field in FIELDS.items()
    for side in Side.values
}


def chosen(rows: pa.Table) -> dict[str, Any]:
    """Give what stood in each place, and which was the best and which the worst."""
    shown = {name: as_shown(rows, name) for name in SHOWN}
    places = [[int(place) for place in answer.split(">")] for answer in rows["choice"].to_pylist()]
    best, worst = np.array(places, np.int64).reshape(-1, 2).T
    every = np.arange(rows.num_rows)
    columns = {f"{name}_{place}": pa.array(shown[name][place - 1], pa.string()) for name in SHOWN for place in PLACES}
    return columns | {
        "best": pa.array(shown["condition"][best - 1, every], pa.string()),
        "worst": pa.array(shown["condition"][worst - 1, every], pa.string()),
        "best_place": pa.array(best, pa.int32()),
        "worst_place": pa.array(worst, pa.int32()),
    }


def as_shown(rows: pa.Table, name: str) -> NDArray[np.object_]:
    """Give what stood in each place, nothing beyond the last: (places, rows)."""
    by_condition = np.array([rows[f"{name}_{side}"].to_pylist() for side in Side.values], object)
    sizes = np.array([rows[f"image_{side}"].is_valid().to_pylist() for side in Side.values], np.int64).sum(axis=0)
    first = np.array([Side.values.index(side) for side in rows["placed"].to_pylist()], np.int64)
    place = np.arange(MOST_IMAGES)[:, None]
    standing: NDArray[np.object_] = by_condition[(first + place) % np.maximum(sizes, 1), np.arange(rows.num_rows)]
    standing[place >= sizes] = None
    return standing


DUMP = comparison_dump(
    table=ChoiceTable(read=READ, columns=COLUMNS, chosen=chosen),
    collected=COLLECTED,
    contents=lambda study, counts: contents_of(counts, f"{study['set_size']} shown at once"),
)
