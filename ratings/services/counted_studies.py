"""Count large studies in a worker, so that no page has to while somebody waits."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import timedelta

from django.db.models import Count, Max, Sum
from django.utils import timezone

from ratings.models import CountedStudy, Participation, Study
from ratings.registry import FAMILIES, design_of
from ratings.selectors.overview import (
    counted_by_day,
    counted_by_policy,
    counted_item_spreads,
    counting,
    ratings_by_value,
)
from ratings.selectors.participants import counted_practised
from ratings.values.study_counts import Spread

LARGE = 100_000  # items or answers together, from which on counting takes longer than a page may
DAYS = 60  # back to which answers are counted by day


@dataclass(frozen=True, kw_only=True)
class CountsDue:
    """Which studies are to be counted, and which counts are of studies that are large no more."""

    changed: Mapping[int, str]  # digests of large studies that changed, by study
    small: Collection[int]

    def __bool__(self) -> bool:
        """Tell whether there is anything to do."""
        return bool(self.changed) or bool(self.small)


def counts_due(*, large: int = LARGE) -> CountsDue:
    """Find the large studies that changed since they were counted, and the counted ones that are large no more."""
    sizes, digests = sizes_and_digests()
    kept = dict(CountedStudy.objects.values_list("study", "digest"))
    at_work = [study for study, size in sizes.items() if size >= large]
    changed = {study: digests[study] for study in at_work if kept.get(study) != digests[study]}
    return CountsDue(changed=changed, small=kept.keys() - at_work)


def count_large_studies(*, large: int = LARGE) -> list[int]:
    """Count each large study that changed since it was counted; give their keys.

    A study that is large no more is counted by the pages again. Twice at the same time, it writes the same.
    """
    due = counts_due(large=large)
    CountedStudy.objects.filter(study__in=due.small).delete()
    for study in Study.objects.filter(pk__in=due.changed):
        count_study(study=study, digest=due.changed[study.pk])
    return sorted(due.changed)


def sizes_and_digests() -> tuple[Mapping[int, int], Mapping[int, str]]:
    """Give the size of each study, and a digest of what its counts depend on, from few and short rows."""
    facts: dict[int, list[object]] = {}
    sizes: dict[int, int] = {}
    parts = (
        Participation.objects.order_by()
        .values("study")
        .annotate(size=Sum("done"), raters=Count("pk"), served=Sum("served"), seen=Max("last_seen_at"))
    )
    items = [
        family.wanted_items()
        .order_by()
        .values("study")
        .annotate(size=Count("pk"), taken=Sum("taken"), wanted=Sum("target"))
        for family in FAMILIES
    ]
    for rows in (parts, *items):
        for row in rows:
            sizes[row["study"]] = sizes.get(row["study"], 0) + row["size"]
            facts.setdefault(row["study"], []).append(sorted((name, str(value)) for name, value in row.items()))
    return sizes, {key: digest_of(known) for key, known in facts.items()}


def digest_of(known: object) -> str:
    """Give a digest of what is known, and of what is counted: a new figure has every large study counted again."""
    figures = [field.name for field in fields(Spread)]
    return hashlib.sha256(repr((figures, known)).encode()).hexdigest()


def count_study(*, study: Study, digest: str) -> CountedStudy:
    """Count a study from its rows, and keep what was found."""
    numbers = Study.objects.filter(pk=study.pk).annotate(**counting()).values(*counting()).get()
    row, _ = CountedStudy.objects.update_or_create(
        study=study,
        defaults={**numbers, "spread": spread_of(study).as_json(), "digest": digest, "counted_at": timezone.now()},
    )
    return row


def spread_of(study: Study) -> Spread:
    """Read from the rows how a study's items and answers are spread."""
    since = timezone.localdate() - timedelta(days=DAYS)
    family = design_of(study).family
    items = counted_item_spreads(studies=[study])[study.pk]
    return Spread(
        covered=items.covered,
        by_taken={str(places): count for places, count in items.by_taken.items()},
        by_day={day.isoformat(): count for day, count in counted_by_day(since=since, study=study).items()},
        by_value=ratings_by_value(study=study) if family.is_on_scale else {},
        generators=words_of(study=study, column="generator"),
        domains=words_of(study=study, column="domain"),
        by_policy=tuple(counted_by_policy(study=study)),
        practised=counted_practised(study=study),
    )


def words_of(*, study: Study, column: str) -> tuple[str, ...]:
    """Give the words that the entries of a study have in a column."""
    words = study.study_images.order_by(column).values_list(column, flat=True).distinct()
    return tuple(word for word in words if word)
