"""Measure a study's quality, and write what was found."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from ratings.choices import ACTIVE_JOB_STATES
from ratings.models import Participation, QualityReport, RaterQuality, Study
from ratings.registry import design_of
from ratings.sentences import staff_gettext
from ratings.services.jobs.lifecycle import describe_job, settle_job
from ratings.services.jobs.work import JobReport, do_job
from ratings.services.quality.flags import raise_flags
from ratings.services.quality.raters import findings
from ratings.services.quality.requests import data_digest, is_measured, request_report
from ratings.values.rater_figures import RaterFigures
from ratings.values.study_figures import StudyFigures

KEPT_REPORTS = 20


def measure_study(*, study_id: int) -> QualityReport | None:
    """Measure a study here and now; give None where it is gone, measured already, or being measured."""
    study = Study.objects.filter(pk=study_id).first()
    if study is None:
        return None
    request_report(study=study)
    report = QualityReport.objects.filter(study=study, state__in=ACTIVE_JOB_STATES).first()
    return do_job(kind=QualityReport, job_id=report.pk, runner=measure) if report is not None else None


def measure(report: QualityReport, progress: JobReport) -> None:
    """Fill a report with what the study's design calls for; one of data that are measured already goes again."""
    study = report.study
    digest = data_digest(study=study)
    if is_measured(study=study, digest=digest):
        QualityReport.objects.filter(pk=report.pk).delete()
        return
    describe_job(job=report, data_digest=digest)
    progress(staff_gettext("reading the answers"), 0.1)
    raters, figures = design_of(study).measure(study)
    progress(staff_gettext("writing the figures"), 0.9)
    write_report(report=report, raters=raters, figures=figures)


@transaction.atomic
def write_report(*, report: QualityReport, raters: dict[UUID, RaterFigures], figures: StudyFigures) -> None:
    """Write the figures of the study and of each rater, and raise the flags that follow."""
    # Guards against a withdrawal at the same moment: a rater who is gone gets no row.
    present = list(Participation.objects.select_for_update(no_key=True).filter(pk__in=raters).order_by("pk"))
    RaterQuality.objects.filter(participation__study=report.study).exclude(participation__in=present).delete()
    RaterQuality.objects.bulk_create(
        [
            RaterQuality(participation=one, figures=raters[one.pk].as_json(), measured_at=timezone.now())
            for one in present
        ],
        update_conflicts=True,
        unique_fields=["participation"],
        update_fields=["figures", "measured_at"],
    )
    raise_flags(study=report.study, found={one.pk: findings(raters[one.pk]) for one in present})
    finish_report(report=report, figures=figures)


def finish_report(*, report: QualityReport, figures: StudyFigures) -> None:
    """Write the figures of a study, and drop the oldest reports."""
    settle_job(job=report, stage="", figures=figures.as_json())
    old = QualityReport.objects.filter(study=report.study).values_list("pk", flat=True)[KEPT_REPORTS:]
    QualityReport.objects.filter(pk__in=list(old)).delete()
