"""Dumps that need a worker."""

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from ratings.choices import DumpState
from ratings.models import AuditEntry, Dump

SILENCE = timedelta(
    minutes=5
)  # after which a dump counts as abandoned; writing it twice at once is ruled out by a lock


def abandoned_dumps() -> list[int]:
    """Give dumps whose writer fell silent, and those that no worker ever took up."""
    before = timezone.now() - SILENCE
    silent = Q(state=DumpState.RUNNING) & (Q(heartbeat_at__lt=before) | Q(heartbeat_at=None))
    forgotten = Q(state=DumpState.QUEUED, created_at__lt=before)
    return list(Dump.objects.filter(silent | forgotten).order_by("pk").values_list("pk", flat=True))


def withdrawals_since(*, moment: datetime) -> int:
    """Count the raters of the installation that have withdrawn since a moment."""
    return AuditEntry.objects.filter(action="withdraw", created_at__gte=moment).count()
