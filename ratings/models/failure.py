"""Background tasks that failed and have no row of their own to say so."""

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone


class TaskFailure(models.Model):
    """The failures of one task within a day: how often, since when, and the last reason."""

    task = models.CharField(max_length=200, unique=True)
    error = models.CharField(max_length=500)
    count = models.PositiveIntegerField(default=1, db_default=1)
    first_at = models.DateTimeField(default=timezone.now, db_default=Now())
    last_at = models.DateTimeField(default=timezone.now, db_default=Now())

    def __str__(self) -> str:
        """Name the task."""
        return self.task
