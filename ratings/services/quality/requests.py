"""Ask for a study's quality to be measured: once per state of its data, one computation at a time."""

import hashlib
import json
from functools import reduce
from operator import or_
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, Max, Q, QuerySet

from ratings.choices import ACTIVE_JOB_STATES
from ratings.models import QualityReport, Study
from ratings.registry import FAMILIES, design_of

RULES = 4  # raise when figures or rules change, so that everything is measured again
SCALE = ("scale_kind", "scale_min", "scale_max", "scale_step")


def data_digest(*, study: Study) -> str:
    """Name the state of a study's answers: it changes with every answer, change, undo and withdrawal."""
    answers: QuerySet[Any] = design_of(study).family.answer._default_manager.filter(participation__study=study)
    facts = answers.aggregate(count=Count("pk"), newest=Max("pk"), replaced=Count("replaced_at"))
    text = json.dumps([RULES, facts, [getattr(study, name) for name in SCALE]], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def request_due_reports() -> list[QualityReport]:
    """Ask for a report of every study that has answers and whose newest report is outdated."""
    found = (request_report(study=study) for study in outdated_studies())
    return [report for report in found if report is not None]


def outdated_studies() -> list[Study]:
    """Give the studies with answers that no report was made of, and that none is being made of."""
    answered = [family.answer._default_manager.values("participation__study") for family in FAMILIES]
    has_answers = reduce(or_, (Q(pk__in=studies) for studies in answered))
    at_work = QualityReport.objects.filter(state__in=ACTIVE_JOB_STATES).values("study")
    studies = Study.objects.filter(has_answers).exclude(pk__in=at_work)
    return [study for study in studies if not is_measured(study=study, digest=data_digest(study=study))]


def is_measured(*, study: Study, digest: str) -> bool:
    """Tell whether the newest report is of this state of the data."""
    newest = QualityReport.objects.filter(study=study).exclude(state__in=ACTIVE_JOB_STATES).first()
    return newest is not None and newest.data_digest == digest


def request_report(*, study: Study) -> QualityReport | None:
    """Ask for a study to be measured; none where that goes on."""
    try:
        with transaction.atomic():
            return QualityReport.objects.create(study=study)
    except IntegrityError:  # one goes on, and the page says so
        return None
