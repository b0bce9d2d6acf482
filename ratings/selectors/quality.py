"""What was measured of a study's ratings, and the flags about raters."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Case, IntegerField, Prefetch, QuerySet, Sum, Value, When
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from ratings.choices import ACTIVE_JOB_STATES, FlagState, JobState
from ratings.models import QualityFlag, QualityReport, RaterQuality, Study
from ratings.registry import design_of
from ratings.values.study_figures import StudyFigures

FLAG_ORDER = Case(
    When(state=FlagState.RAISED, then=Value(0)),
    When(state=FlagState.CONFIRMED, then=Value(1)),
    default=Value(2),
    output_field=IntegerField(),
)
FLAG_WEIGHT = Case(  # the undecided count double; what was dismissed, not at all
    When(participation__flags__state=FlagState.RAISED, then=Value(2)),
    default=Value(1),
    output_field=IntegerField(),
)


def newest_report(*, study: Study) -> QualityReport | None:
    """Give the newest report with figures."""
    return QualityReport.objects.filter(study=study, state=JobState.READY).first()


def median_seconds(*, studies: Sequence[Study]) -> dict[int, float]:
    """Give the median time of an answer by study, of those where it was measured, in one query."""
    newest = QualityReport.objects.filter(study__in=studies, state=JobState.READY)
    newest = newest.order_by("study_id", "-created_at", "-pk").distinct("study_id")
    return {study: seconds for study, seconds in newest.values_list("study_id", "figures__times__median") if seconds}


def figures_of(*, study: Study, report: QualityReport) -> StudyFigures:
    """Give what a report says of its study's answers."""
    return design_of(study).family.figures.from_json(report.figures)


def last_failure(*, study: Study) -> QualityReport | None:
    """Give the newest computation if it failed."""
    newest = QualityReport.objects.filter(study=study).exclude(state__in=ACTIVE_JOB_STATES).first()
    return newest if newest is not None and newest.state == JobState.FAILED else None


def is_being_measured(*, study: Study) -> bool:
    """Tell whether a computation goes on."""
    return QualityReport.objects.filter(study=study, state__in=ACTIVE_JOB_STATES).exists()


def rater_qualities(*, study: Study, limit: int) -> list[RaterQuality]:
    """Give what was measured of so many raters, with their flags; those with most flags first."""
    rows = qualities_of(study=study)
    flagged = (
        rows.filter(participation__flags__state__in=(FlagState.RAISED, FlagState.CONFIRMED))
        .annotate(weight=Sum(FLAG_WEIGHT))
        .order_by("-weight", "participation_id")
    )
    first = list(flagged[:limit])
    others = rows.exclude(pk__in=[row.pk for row in first]).order_by("participation_id")
    return [*first, *others[: limit - len(first)]]


def most_active_qualities(*, study: Study, limit: int) -> list[RaterQuality]:
    """Give what was measured of the raters with the most answers."""
    count = Cast(KT("figures__ratings"), IntegerField())
    return list(qualities_of(study=study).order_by(count.desc(nulls_last=True), "participation_id")[:limit])


def measured_rater_count(*, study: Study) -> int:
    """Count the raters of whom anything was measured."""
    return RaterQuality.objects.filter(participation__study=study).count()


def qualities_of(*, study: Study) -> QuerySet[RaterQuality]:
    """Give what was measured of the raters of a study, with their names and flags."""
    flags = Prefetch("participation__flags", queryset=QualityFlag.objects.order_by("reason"))
    rows = RaterQuality.objects.filter(participation__study=study)
    return rows.select_related("participation__rater", "participation__study").prefetch_related(flags)


def flags_in_order() -> QuerySet[QualityFlag]:
    """Give the flags, those to be decided first."""
    return QualityFlag.objects.annotate(urgency=FLAG_ORDER).order_by("urgency", "-created_at", "-pk")


def flag_counts(*, study: Study) -> dict[str, int]:
    """Count the study's flags by state."""
    states = QualityFlag.objects.filter(participation__study=study).values_list("state", flat=True)
    found: dict[str, int] = dict.fromkeys(FlagState.values, 0)
    for state in states:
        found[state] += 1
    return found


def flagged_participations(*, study: Study) -> frozenset[UUID]:
    """Give the participations with a confirmed flag."""
    flags = QualityFlag.objects.confirmed().filter(participation__study=study)
    return frozenset(flags.values_list("participation_id", flat=True))


def flagged_rater_count(*, study: Study) -> int:
    """Count the raters with a confirmed flag: whom the filters for flagged raters leave out."""
    return QualityFlag.objects.confirmed().filter(participation__study=study).values("participation").distinct().count()


def spread_over(values: list[Any], *, low: float, high: float, bins: int) -> list[int]:
    """Count values by equal bins; what is unknown is left out."""
    counts = [0] * bins
    for value in values:
        if value is not None:
            place = int((value - low) / (high - low) * bins)
            counts[min(max(place, 0), bins - 1)] += 1
    return counts
