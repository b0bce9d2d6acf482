"""Background tasks that failed lately."""

from datetime import timedelta

from django.utils import timezone

from ratings.models import TaskFailure


def recent_failures() -> list[TaskFailure]:
    """Give the tasks that failed within a day, the last one first."""
    since = timezone.now() - timedelta(days=1)
    return list(TaskFailure.objects.filter(last_at__gte=since).order_by("-last_at", "task"))
