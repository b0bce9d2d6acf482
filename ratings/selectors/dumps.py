"""What has happened since a dump was made."""

from datetime import datetime

from ratings.models import AuditEntry


def withdrawals_since(*, moment: datetime) -> int:
    """Count the raters of the installation that have withdrawn since a moment."""
    return AuditEntry.objects.filter(action="withdraw", created_at__gte=moment).count()
