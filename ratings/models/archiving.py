"""What it says of a row that it was put into the archive."""

from django.db import models
from django.db.models import Q

from ratings.choices import StudyState

ARCHIVED_CONSTRAINT = models.CheckConstraint(
    condition=Q(archived_at__isnull=True) | Q(state__in=(StudyState.DRAFT, StudyState.CLOSED)),
    name="study_archived_takes_nobody",
    violation_error_message="An archived study takes nobody: restore it before it is opened.",
)


class Archived(models.Model):
    """When something was archived: kept with all its data, and hidden where one works."""

    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        """No table of its own."""

        abstract = True
