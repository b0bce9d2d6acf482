"""Measure a study's quality once per state of its data, one computation at a time."""

import hashlib
import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone

from ratings.choices import AssignmentKind, Design, WorkState
from ratings.models import Choice, Participation, QualityReport, RaterQuality, Rating, Study
from ratings.services.pairs.results import comparison_figures
from ratings.services.quality.answers import Answers, study_answers, study_choices
from ratings.services.quality.flags import raise_flags
from ratings.services.quality.measures import agreement, retest, times
from ratings.services.quality.raters import Figures, findings, rater_figures

KEPT_REPORTS = 20
SILENCE = timedelta(minutes=15)  # longer than the task may last
RULES = 2  # raise when figures or rules change, so that everything is measured anew
SCALE = ("scale_kind", "scale_min", "scale_max", "scale_step")


def data_digest(*, study: Study) -> str:
    """Name the state of a study's answers: it changes with every opinion, change, undo and withdrawal."""
    kind = Choice if study.design == Design.PAIRWISE else Rating
    answers: QuerySet[Any] = kind._default_manager.filter(participation__study=study)
    facts = answers.aggregate(count=Count("pk"), newest=Max("pk"), replaced=Count("replaced_at"))
    text = json.dumps([RULES, facts, [getattr(study, name) for name in SCALE]], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def measure_due() -> list[int]:
    """Give the studies whose newest report is outdated, and that have answers."""
    has_answers = Q(participations__ratings__isnull=False) | Q(participations__choices__isnull=False)
    return [
        study.pk
        for study in Study.objects.filter(has_answers).distinct()
        if not is_measured(study=study, digest=data_digest(study=study))
    ]


def is_measured(*, study: Study, digest: str) -> bool:
    """Tell whether the newest report is of this state of the data."""
    newest = QualityReport.objects.filter(study=study).exclude(state=WorkState.RUNNING).first()
    return newest is not None and newest.data_digest == digest


def measure_study(*, study_id: int) -> QualityReport | None:
    """Measure a study; give None where the study is gone, measured already, or being measured."""
    study = Study.objects.filter(pk=study_id).first()
    if study is None:
        return None
    digest = data_digest(study=study)
    report = None if is_measured(study=study, digest=digest) else begun_report(study=study, digest=digest)
    if report is None:
        return None
    try:
        measure(report=report, study=study)
    except (DatabaseError, ValueError, ArithmeticError, MemoryError) as error:
        QualityReport.objects.filter(pk=report.pk).update(
            state=WorkState.FAILED, error=str(error) or type(error).__name__, finished_at=timezone.now()
        )
    report.refresh_from_db()
    return report


def measure(*, report: QualityReport, study: Study) -> None:
    """Fill a report with what the study's design calls for."""
    if study.design == Design.PAIRWISE:
        answers = study_choices(study=study)
        described = rater_figures(study=study, answers=answers)
        figures: dict[str, Any] = {**comparison_figures(study=study), "times": times(answers)}
    else:
        answers = study_answers(study=study)
        described = rater_figures(study=study, answers=answers)
        figures = study_figures(study=study, answers=answers, described=described)
    write_report(report=report, raters=dict(zip(answers.raters, described, strict=True)), figures=figures)


def begun_report(*, study: Study, digest: str) -> QualityReport | None:
    """Make the row of a computation, unless one goes on; one whose worker died is closed first."""
    dead = QualityReport.objects.filter(study=study, state=WorkState.RUNNING, created_at__lt=timezone.now() - SILENCE)
    dead.update(state=WorkState.FAILED, error="The worker stopped before the end.", finished_at=timezone.now())
    try:
        with transaction.atomic():
            return QualityReport.objects.create(study=study, data_digest=digest)
    except IntegrityError:  # one goes on, and the page says so
        return None


@transaction.atomic
def write_report(*, report: QualityReport, raters: dict[UUID, Figures], figures: dict[str, Any]) -> None:
    """Write the figures of the study and of each rater, and raise the doubts that follow."""
    # Guards against a withdrawal in the meantime: whoever is gone gets no row, whoever is here stays till the end.
    present = list(Participation.objects.select_for_update(no_key=True).filter(pk__in=raters).order_by("pk"))
    RaterQuality.objects.filter(participation__study=report.study).exclude(participation__in=present).delete()
    RaterQuality.objects.bulk_create(
        [RaterQuality(participation=one, figures=raters[one.pk], measured_at=timezone.now()) for one in present],
        update_conflicts=True,
        unique_fields=["participation"],
        update_fields=["figures", "measured_at"],
    )
    raise_flags(study=report.study, found={one.pk: findings(raters[one.pk]) for one in present})
    finish_report(report=report, figures=figures)


def finish_report(*, report: QualityReport, figures: dict[str, Any]) -> None:
    """Write the figures of a study, and drop the oldest reports."""
    report.figures = figures
    report.state, report.finished_at = WorkState.READY, timezone.now()
    report.save(update_fields=["figures", "state", "finished_at"])
    old = QualityReport.objects.filter(study=report.study).values_list("pk", flat=True)[KEPT_REPORTS:]
    QualityReport.objects.filter(pk__in=list(old)).delete()


def study_figures(*, study: Study, answers: Answers, described: list[Figures]) -> dict[str, object]:
    """Give everything a page shows of a study's quality."""
    fresh = answers.of_kind(AssignmentKind.FRESH.value)
    consensus = [one["consensus"] for one in described if one["consensus"] is not None]
    return {
        "ratings": len(fresh.value),
        "raters": len(answers.raters),
        "agreement": agreement(study=study, fresh=fresh),
        "retest": retest(answers),
        "times": times(answers),
        "checks": sum(one["checks"] for one in described),
        "checks_passed": sum(one["checks_passed"] for one in described),
        "consensus": {"raters": len(consensus), "mean": sum(consensus) / len(consensus) if consensus else None},
    }
