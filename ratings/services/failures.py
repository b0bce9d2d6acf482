"""Store that a background task failed, so that the dashboard shows it."""

from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from ratings.files.text_files import without_strays
from ratings.models import TaskFailure

DAY = timedelta(days=1)
LONGEST_NAME, LONGEST_ERROR = 200, 500


@transaction.atomic
def record_failure(*, task: str, error: BaseException) -> None:
    """Count a failure of a task with its reason; after a day without one, counting starts again."""
    now = timezone.now()
    name = without_strays(task)[:LONGEST_NAME]
    reason = without_strays(f"{type(error).__name__}: {error}".strip().split("\n")[0])[:LONGEST_ERROR]
    rows = TaskFailure.objects.filter(task=name)
    again = rows.filter(last_at__gte=now - DAY).update(count=F("count") + 1, last_at=now, error=reason)
    if not again and not rows.update(count=1, first_at=now, last_at=now, error=reason):
        TaskFailure.objects.bulk_create([TaskFailure(task=name, error=reason)], ignore_conflicts=True)
