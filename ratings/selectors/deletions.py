"""What is deleted along with rows, and what keeps them, counted in one query: there may be a million of them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import CASCADE, PROTECT, RESTRICT, Count, Model, Q, Value
from django.db.models.deletion import get_candidate_relations_to_delete

Kind = type[Model]


@dataclass(frozen=True, kw_only=True)
class Deletion:
    """How many rows of each kind go along, and how many keep what they belong to from going; only kinds that are."""

    along: dict[Kind, int]
    keeping: dict[Kind, int]


def deletion_of(*, rows: Sequence[Model]) -> Deletion:
    """Count what would go with rows of one kind."""
    ways = {CASCADE: defaultdict[Kind, Q](Q), PROTECT: defaultdict[Kind, Q](Q)}
    for kind, way, rule in relations_of(type(rows[0])) if rows else ():
        ways[CASCADE if rule is CASCADE else PROTECT][kind] |= Q(**{f"{way}__in": rows})
    along, keeping = ways[CASCADE], ways[PROTECT]
    counts = counted([*along.items(), *keeping.items()])
    found = list(zip([*along, *keeping], counts, strict=True))
    return Deletion(
        along={kind: count for kind, count in found[: len(along)] if count},
        keeping={kind: count for kind, count in found[len(along) :] if count},
    )


def relations_of(kind: Kind, path: str = "") -> Iterator[tuple[Kind, str, Any]]:
    """Give the kinds of rows that go or stay with rows of a kind, and by which way they point to them."""
    relations: Iterable[Any] = get_candidate_relations_to_delete(kind._meta)
    for relation in relations:
        rule, way = relation.on_delete, f"{relation.field.name}__{path}".removesuffix("__")
        if rule in {CASCADE, PROTECT, RESTRICT}:
            yield relation.related_model, way, rule
        if rule is CASCADE and relation.related_model is not kind:
            yield from relations_of(relation.related_model, way)


def counted(kinds: Sequence[tuple[Kind, Q]]) -> list[int]:
    """Count rows of several kinds at once, in their order."""
    if not kinds:
        return []
    counts = [
        kind._base_manager.filter(rows)
        .order_by()
        .annotate(place=Value(place))
        .values("place")
        .annotate(rows=Count("*"))
        for place, (kind, rows) in enumerate(kinds)
    ]
    found = dict(counts[0].union(*counts[1:], all=True).values_list("place", "rows"))
    return [found.get(place, 0) for place in range(len(kinds))]
