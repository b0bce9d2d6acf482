"""Figures of studies, images and raters as the admin shows them, each in one query."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import (
    Aggregate,
    Avg,
    Case,
    Count,
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
from ratings.models import Assignment, Image, Participation, Rater, Rating, Study
from ratings.registry import FAMILIES, Family, design_of, first_ratings, names_in


def studies_with_figures(*, studies: QuerySet[Study]) -> QuerySet[Study]:
    """Add to each study its items, their places taken and wanted, its raters, and their answers."""
    raters = Participation.objects.filter(study=OuterRef("pk")).order_by().values("study")
    return studies.annotate(
        item_count=of_its_family(items_of, Count("pk")),
        places_taken=of_its_family(items_of, Sum("taken")),
        places_wanted=of_its_family(items_of, Sum("target")),
        rater_count=total(raters, Count("pk")),
        answer_count=of_its_family(answers_of, Count("pk")),
    )


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
    done = (
        within(first_ratings(), among)
        .filter(participation__rater=OuterRef("pk"))
        .order_by()
        .values("participation__rater")
    )
    return raters.annotate(
        study_count=Coalesce(Subquery(part.values("rater").annotate(n=Count("pk")).values("n")), 0),
        rating_count=Coalesce(Subquery(done.annotate(n=Count("pk")).values("n")), 0),
        last_seen_at=Subquery(part.order_by("-last_seen_at").values("last_seen_at")[:1]),
    )


def items_by_raters(*, study: Study) -> list[tuple[int, int]]:
    """Count the study's images or pairs by places taken, from none to the highest target."""
    rows = design_of(study).family.wanted_items().filter(study=study).order_by().values("taken").annotate(n=Count("pk"))
    counts: dict[int, int] = {row["taken"]: row["n"] for row in rows}
    highest = max([study.target, *counts])
    return [(taken, counts.get(taken, 0)) for taken in range(highest + 1)] if counts else []


def answers_by_day(
    *, days: int, study: Study | None = None, among: QuerySet[Study] | None = None
) -> list[tuple[date, int]]:
    """Count the answers given on each of the last days, today last, to one study, or to all or among some."""
    today = timezone.localdate()
    first = today - timedelta(days=days - 1)
    counts: Counter[date] = Counter()
    for family in [design_of(study).family] if study else FAMILIES:
        given = within(family.standing_answers(), among).filter(created_at__date__gte=first)
        if study is not None:
            given = given.filter(participation__study=study)
        rows = given.order_by().annotate(day=TruncDate("created_at")).values("day").annotate(n=Count("pk"))
        counts.update({row["day"]: row["n"] for row in rows})
    return [(day, counts[day]) for day in (first + timedelta(days=offset) for offset in range(days))]


def rating_bins(*, study: Study, most: int = 11, participation: Participation | None = None) -> list[tuple[float, int]]:
    """Count the ratings of a study, or of one part, by value: each step of the scale, or equal bins where many."""
    span = study.scale_max - study.scale_min
    steps = round(span / study.scale_step) + 1
    width = study.scale_step if steps <= most else span / (most - 1)
    of = {"participation": participation} if participation else {"participation__study": study}
    rows = first_ratings().filter(**of).order_by().values("value").annotate(n=Count("pk"))
    bins = [0] * min(steps, most)
    for row in rows:
        place = round((float(row["value"] or 0) - study.scale_min) / width)
        bins[min(place, len(bins) - 1)] += row["n"]
    return [(round(study.scale_min + index * width, 6), count) for index, count in enumerate(bins)]


def active_rater_count(*, since: datetime, study: Study | None = None, among: QuerySet[Study] | None = None) -> int:
    """Count the raters seen since a moment."""
    seen = Participation.objects.filter(last_seen_at__gte=since)
    if study is not None:
        seen = seen.filter(study=study)
    if among is not None:
        seen = seen.filter(study__in=among)
    return seen.values("rater").distinct().count()


def covered_item_counts(*, study: Study) -> tuple[int, int]:
    """Count the items of a study that reached their target, and all."""
    items = design_of(study).family.wanted_items().filter(study=study)
    counts = items.aggregate(covered=Count("pk", filter=Q(taken__gte=F("target"))), wanted=Count("pk"))
    return counts["covered"], counts["wanted"]


@dataclass(frozen=True, kw_only=True)
class Served:
    """What one policy put to a study's raters, and what became of it."""

    policy: str
    handed_out: int
    rated: int
    skipped: int
    returned: int
    held: int
    waiting: int
    propensity: float | None  # on average, of what was handed out


def served_by_policy(*, study: Study) -> list[Served]:
    """Give what each policy put to the study's raters, in the order of the policies."""
    shown = Q(position__isnull=False)
    rows = (
        Assignment.objects.filter(participation__study=study)
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
    found = {row["policy"]: Served(**row) for row in rows}
    return [found[policy] for policy in Policy.values if policy in found]


def attention_figures(*, participation: Participation) -> tuple[int, int]:
    """Count the attention checks that a rater answered as asked, and all that they answered."""
    answers = Rating.objects.current().filter(participation=participation, assignment__kind=AssignmentKind.ATTENTION)
    counts = answers.aggregate(
        passed=Count("pk", filter=Q(value=F("assignment__study_image__attention_value"))), answered=Count("pk")
    )
    return counts["passed"], counts["answered"]
