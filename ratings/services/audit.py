"""Keep the audit log."""

from typing import Any

from django.contrib.auth.models import User

from ratings.models import AuditEntry


def log_action(*, action: str, target: str, actor: User | None, **detail: Any) -> AuditEntry:
    """Add an entry to the audit log: who did what to what.

    The detail holds numbers, names and what researchers wrote, never what raters said.
    """
    return AuditEntry.objects.create(action=action, target=target[:200], actor=actor, detail=detail)
