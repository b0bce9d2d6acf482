"""Count visits of a study's page, without anything that could tell one visitor from another."""

from django.db.models import F
from django.utils import timezone

from ratings.models import Study, VisitCount


def count_visit(*, study: Study, language: str) -> None:
    """Add one to the visits of today in a language: one short statement, but for the first visit of a day."""
    which = {"study": study, "day": timezone.localdate(), "language": language}
    if not VisitCount.objects.filter(**which).update(count=F("count") + 1):
        VisitCount.objects.bulk_create([VisitCount(**which)], ignore_conflicts=True)
        VisitCount.objects.filter(**which).update(count=F("count") + 1)
