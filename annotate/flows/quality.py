"""The quality of a study's answers: measured by a worker; people decide on the flags that were found."""

from django.db import transaction

from ratings.models import QualityReport, Study
from ratings.services.quality.agreement_matrix import SharedAgreement, agreement_matrix
from ratings.services.quality.flags import decide_flag, decide_flags
from ratings.services.quality.requests import request_report as add_report
from ratings.tasks import queue_job

__all__ = ["SharedAgreement", "agreement_matrix", "decide_flag", "decide_flags", "request_report"]


@transaction.atomic
def request_report(*, study: Study) -> QualityReport | None:
    """Have a worker measure the study; none where one is at it."""
    report = add_report(study=study)
    if report is not None:
        queue_job(report)
    return report
