"""Compare rows of a file with what a dataset holds, as an import would match them, without writing anything."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from ratings.models import Dataset, DatasetRating
from ratings.services.datasets.rows import RatingRow

RatingKey = tuple[str, str]  # a rater and the key of an image
Held = dict[RatingKey, list[tuple[str, float]]]  # the source ids and values of ratings that no row was found to be


@dataclass(kw_only=True)
class KnownRatings:
    """What the records hold of a dataset already, and how the rows read differ from it."""

    ratings: int
    rows: int  # that were compared
    new: int = 0
    differing: int = 0  # from those known of the same rater and image
    same: int = 0


def compared(*, dataset: Dataset, rows: list[RatingRow], keys: Mapping[str, str]) -> KnownRatings:
    """Count the rows that are known, new, or differ from what is known of their rater and image."""
    stored = DatasetRating.objects.filter(rater__dataset=dataset)
    known = KnownRatings(ratings=stored.count(), rows=len(rows))
    here = stored.filter(rater__key__in={row.rater for row in rows}, dataset_image__key__in=set(keys.values()))
    held: Held = defaultdict(list)
    for rater, image, source_id, value in here.values_list(
        "rater__key", "dataset_image__key", "source_id", "value"
    ).order_by("ordinal"):
        held[rater, image].append((source_id, value))
    votes = [row for row in rows if row.is_population]
    known.same = sum(("", row.value) in held[row.rater, keys[row.image]] for row in votes)
    known.new = len(votes) - known.same
    count_single(known, rows=[row for row in rows if not row.is_population], held=held, keys=keys)
    return known


def count_single(known: KnownRatings, *, rows: list[RatingRow], held: Held, keys: Mapping[str, str]) -> None:
    """Count the rows that are one rating each."""
    exact = [
        row for row in rows if not is_taken(row, held=held[row.rater, keys[row.image]], source_ids={row.source_id})
    ]
    left = [row for row in exact if not is_taken(row, held=held[row.rater, keys[row.image]], source_ids=None)]
    known.same += len(rows) - len(left)
    differing = sum(differs(row, held=held[row.rater, keys[row.image]]) for row in left)
    known.differing += differing
    known.new += len(left) - differing


def is_taken(row: RatingRow, *, held: list[tuple[str, float]], source_ids: set[str] | None) -> bool:
    """Take a rating of the same value off those held: with the same source id, or where one of both has none."""
    for one in held:
        is_same = one[0] in source_ids if source_ids is not None else "" in {one[0], row.source_id}
        if one[1] == row.value and is_same:
            held.remove(one)
            return True
    return False


def differs(row: RatingRow, *, held: list[tuple[str, float]]) -> bool:
    """Tell whether a row that is not known may correct a rating that the file does not repeat."""
    return any("" in {source_id, row.source_id} or source_id == row.source_id for source_id, _ in held)
