"""The quality of a study's answers: measured by a worker; people decide on the flags that were found."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from ratings.models import QualityReport, Study
from ratings.services.quality.flags import decide_flag, decide_flags
from ratings.services.quality.requests import request_report as add_report
from ratings.tasks import queue_job
from ratings.values.study_figures import SharedAgreement

__all__ = ["agreement_matrix", "decide_flag", "decide_flags", "request_report"]


@transaction.atomic
def request_report(*, study: Study) -> QualityReport | None:
    """Have a worker measure the study; none where one is at it."""
    report = add_report(study=study)
    if report is not None:
        queue_job(report)
    return report


def agreement_matrix(*, study: Study, participations: Sequence[UUID]) -> dict[tuple[UUID, UUID], SharedAgreement]:
    """Compare each two of some raters on what both answered, under both orders of their keys."""
    from ratings.services.quality import agreement_matrix as matrix  # brings SciPy, which no other page needs

    return matrix.agreement_matrix(study=study, participations=participations)
