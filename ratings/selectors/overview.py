"""Figures of studies, images and raters as the admin shows them, each in one query."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import (
    Aggregate,
    Avg,
    BigIntegerField,
    Case,
    Count,
    Expression,
    F,
    FloatField,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone

from ratings.choices import AssignmentKind, AssignmentState, Policy
from ratings.models import Assignment, CountedStudy, Image, Participation, QueuedComparison, Rater, Rating, Study
from ratings.registry import FAMILIES, Family, design_of, first_ratings, names_in
from ratings.values.study_counts import Served, Spread

SPREAD = "_item_spread"  # kept with a study that a page shows


@dataclass(frozen=True, kw_only=True)
class ItemSpread:
    """How the raters of a study are spread over its images or pairs."""

    by_taken: Mapping[int, int]  # places taken -> items
    covered: int  # items with all the raters that they want


def studies_with_figures(*, studies: QuerySet[Study]) -> QuerySet[Study]:
    """Add to each study its items, their places taken and wanted, its raters, and their answers.

    Where a worker counted, what it found is given; the database reads the rows of the other studies only.
    """
    figures = {
        name: Coalesce(F(f"counted__{name}"), figure, output_field=BigIntegerField())
        for name, figure in counting().items()
    }
    return studies.select_related("counted").annotate(**figures)


def counting() -> Mapping[str, Expression]:
    """Give what counts the rows of the study at hand, by the name of the count."""
    raters = Participation.objects.filter(study=OuterRef("pk")).order_by().values("study")
    return {
        "item_count": of_its_family(items_of, Count("pk")),
        "places_taken": of_its_family(items_of, Sum("taken")),
        "places_wanted": of_its_family(items_of, Sum("target")),
        "rater_count": total(raters, Count("pk")),
        "answer_count": of_its_family(answers_of, Count("pk")),
    }


def spread_kept(study: Study) -> Spread | None:
    """Give how a worker found a study's items and answers spread; nothing where the study is counted when asked."""
    counted: CountedStudy | None = getattr(study, "counted", None)
    return counted.spread_then if counted else None


def items_of(family: Family) -> "QuerySet[Any, Any]":
    """Give the items of the study at hand."""
    return family.wanted_items().filter(study=OuterRef("pk")).order_by().values("study")


def answers_of(family: Family) -> "QuerySet[Any, Any]":
    """Give the answers to the study at hand."""
    standing = family.standing_answers().filter(participation__study=OuterRef("pk"))
    return standing.order_by().values("participation__study")


def of_its_family(rows: Callable[[Family], "QuerySet[Any, Any]"], figure: Aggregate) -> Case:
    """Give a figure over the rows that a study of its design has."""
    figures = (When(design__in=names_in(family), then=total(rows(family), figure)) for family in FAMILIES)
    return Case(*figures, default=Value(0))


def total(rows: "QuerySet[Any, Any]", figure: Aggregate) -> Coalesce:
    """Give a figure over rows of one study, zero where there are none."""
    return Coalesce(Subquery(rows.annotate(n=figure).values("n")), 0)


def images_with_figures(*, images: QuerySet[Image], among: QuerySet[Study] | None = None) -> QuerySet[Image]:
    """Add the number of ratings, in all studies or among some, and their mean as a share of the scale to each image."""
    study = "participation__study__scale"
    unit_value = (F("value") - F(f"{study}_min")) / (F(f"{study}_max") - F(f"{study}_min"))
    rated = within(first_ratings(), among).filter(image=OuterRef("pk")).order_by().values("image")
    return images.annotate(
        rating_count=Coalesce(Subquery(rated.annotate(n=Count("pk")).values("n"), IntegerField()), 0),
        unit_mean=Subquery(rated.annotate(mean=Avg(unit_value)).values("mean"), FloatField()),
    )


def within(rows: "QuerySet[Any]", among: QuerySet[Study] | None) -> "QuerySet[Any]":
    """Keep the rows of some participations' studies; without studies, all."""
    return rows if among is None else rows.filter(participation__study__in=among)


def raters_with_figures(*, raters: QuerySet[Rater], among: QuerySet[Study] | None = None) -> QuerySet[Rater]:
    """Add studies, answers and the time of the last activity, in all studies or among some, to each rater."""
    part = Participation.objects.filter(rater=OuterRef("pk")).order_by()
    part = part if among is None else part.filter(study__in=among)
    rated = Assignment.objects.filter(kind=AssignmentKind.FRESH, state=AssignmentState.RATED)  # each has one rating
    done = within(rated, among).filter(participation__rater=OuterRef("pk")).order_by().values("participation__rater")
    return raters.annotate(
        study_count=Coalesce(Subquery(part.values("rater").annotate(n=Count("pk")).values("n")), 0),
        rating_count=Coalesce(Subquery(done.annotate(n=Count("pk")).values("n")), 0),
        last_seen_at=Subquery(part.order_by("-last_seen_at").values("last_seen_at")[:1]),
    )


def items_by_raters(*, study: Study) -> list[tuple[int, int]]:
    """Count the study's images or pairs by places taken, from none to the highest target."""
    counts = item_spread(study).by_taken
    highest = max([study.target, *counts])
    return [(taken, counts.get(taken, 0)) for taken in range(highest + 1)] if counts else []


def item_spread(study: Study) -> ItemSpread:
    """Give how a study's items are spread: as its page asked already, as a worker found it, or counted now."""
    known: ItemSpread | None = getattr(study, SPREAD, None)
    kept = spread_kept(study)
    if known is None and kept is not None:
        known = ItemSpread(by_taken={int(taken): n for taken, n in kept.by_taken.items()}, covered=kept.covered)
    return known or counted_item_spreads(studies=[study])[study.pk]


def counted_item_spreads(*, studies: Collection[Study]) -> dict[int, ItemSpread]:
    """Count how the items of each study are spread, in one query for each family of designs."""
    by_taken: dict[int, dict[int, int]] = {study.pk: {} for study in studies}
    covered = Counter[int]()
    by_family = defaultdict[Family, list[int]](list)
    for study in studies:
        by_family[design_of(study).family].append(study.pk)
    for family, asked in by_family.items():
        rows = family.wanted_items().filter(study__in=asked).order_by().values("study", "taken")
        full = Count("pk", filter=Q(taken__gte=F("target")))  # steered ones want one rater
        for row in rows.annotate(n=Count("pk"), full=full):
            by_taken[row["study"]][row["taken"]] = row["n"]
            covered[row["study"]] += row["full"]
    return {key: ItemSpread(by_taken=counts, covered=covered[key]) for key, counts in by_taken.items()}


def with_item_spreads(studies: Iterable[Study]) -> list[Study]:
    """Count at once how the items of the studies on a page are spread, and keep that with each of them."""
    shown = list(studies)
    counted = counted_item_spreads(studies=[study for study in shown if spread_kept(study) is None])
    for study in shown:
        setattr(study, SPREAD, counted.get(study.pk))
    return shown


def answers_by_day(
    *, days: int, study: Study | None = None, among: QuerySet[Study] | None = None
) -> list[tuple[date, int]]:
    """Count the answers given on each of the last days, today last, to one study, or to all or among some."""
    today = timezone.localdate()
    first = today - timedelta(days=days - 1)
    kept = kept_by_day(study=study, among=among)
    counts = Counter(kept or {})
    if study is None or kept is None:
        counts.update(counted_by_day(since=first, study=study, among=among))
    return [(day, counts[day]) for day in (first + timedelta(days=offset) for offset in range(days))]


def kept_by_day(*, study: Study | None, among: QuerySet[Study] | None) -> Counter[date] | None:
    """Add up the answers by day of studies that a worker counted; nothing where there is no such study."""
    rows = CountedStudy.objects.all() if among is None else CountedStudy.objects.filter(study__in=among)
    spreads = [row.spread_then for row in rows] if study is None else [spread_kept(study)]
    days = Counter[date]()
    for spread in filter(None, spreads):
        days.update({date.fromisoformat(day): n for day, n in spread.by_day.items()})
    return days if any(spreads) else None


def counted_by_day(*, since: date, study: Study | None = None, among: QuerySet[Study] | None = None) -> Counter[date]:
    """Count answers by day: to one study, or to all or some of those that no worker counts."""
    start = timezone.make_aware(datetime.combine(since, time.min))
    counts = Counter[date]()
    for family in [design_of(study).family] if study else FAMILIES:
        given = within(family.standing_answers(), among).filter(created_at__gte=start)
        if study is None:
            given = given.exclude(participation__study__in=CountedStudy.objects.values("study"))
        else:
            given = given.filter(participation__study=study)
        rows = given.order_by().annotate(day=TruncDate("created_at")).values("day").annotate(n=Count("pk"))
        counts.update({row["day"]: row["n"] for row in rows})
    return counts


def rating_bins(*, study: Study, most: int = 11, participation: Participation | None = None) -> list[tuple[float, int]]:
    """Count the ratings of a study, or of one part, by value: each step of the scale, or equal bins where many."""
    span = study.scale_max - study.scale_min
    steps = round(span / study.scale_step) + 1
    width = study.scale_step if steps <= most else span / (most - 1)
    kept = None if participation else spread_kept(study)
    values = kept.by_value if kept else ratings_by_value(study=study, participation=participation)
    bins = [0] * min(steps, most)
    for value, count in values.items():
        place = round((float(value) - study.scale_min) / width)
        bins[min(place, len(bins) - 1)] += count
    return [(round(study.scale_min + index * width, 6), count) for index, count in enumerate(bins)]


def ratings_by_value(*, study: Study, participation: Participation | None = None) -> dict[str, int]:
    """Count the ratings of a study, or of one part, by value."""
    of = {"participation": participation} if participation else {"participation__study": study}
    rows = first_ratings().filter(**of).order_by().values("value").annotate(n=Count("pk"))
    return {str(float(row["value"] or 0)): row["n"] for row in rows}


def active_rater_count(*, since: datetime, study: Study | None = None, among: QuerySet[Study] | None = None) -> int:
    """Count the raters seen since a moment."""
    seen = Participation.objects.filter(last_seen_at__gte=since)
    if study is not None:
        seen = seen.filter(study=study)
    if among is not None:
        seen = seen.filter(study__in=among)
    return seen.values("rater").distinct().count()


def covered_item_count(*, study: Study) -> int:
    """Count the items of a study that reached their target."""
    return item_spread(study).covered


def served_by_policy(*, study: Study) -> list[Served]:
    """Give what each policy put to the study's raters, in the order of the policies."""
    kept = spread_kept(study)
    return list(kept.by_policy) if kept else counted_by_policy(study=study)


def counted_by_policy(*, study: Study) -> list[Served]:
    """Count what each policy put to the study's raters."""
    shown = Q(position__isnull=False)
    rows = (
        design_of(study)
        .family.assignment._default_manager.filter(participation__study=study)
        .order_by()
        .values("policy")
        .annotate(
            handed_out=Count("pk", filter=shown),
            rated=Count("pk", filter=Q(state=AssignmentState.RATED)),
            skipped=Count("pk", filter=Q(state=AssignmentState.SKIPPED)),
            returned=Count("pk", filter=Q(state=AssignmentState.RELEASED)),
            held=Count("pk", filter=Q(state=AssignmentState.LEASED)),
            waiting=Count("pk", filter=Q(state=AssignmentState.QUEUED)),
            propensity=Avg("propensity", filter=shown),
        )
    )
    queued = QueuedComparison.objects.filter(participation__study=study).order_by()
    waiting = dict(queued.values_list("policy").annotate(Count("pk")))  # in no study of single pictures
    found = {
        row["policy"]: Served(**(row | {"waiting": row["waiting"] + waiting.get(row["policy"], 0)})) for row in rows
    }
    return [found[policy] for policy in Policy.values if policy in found]


def attention_figures(*, participation: Participation) -> tuple[int, int]:
    """Count the attention checks that a rater answered as asked, and all that they answered."""
    answers = Rating.objects.current().filter(participation=participation, assignment__kind=AssignmentKind.ATTENTION)
    counts = answers.aggregate(
        passed=Count("pk", filter=Q(value=F("assignment__study_image__attention_value"))), answered=Count("pk")
    )
    return counts["passed"], counts["answered"]
