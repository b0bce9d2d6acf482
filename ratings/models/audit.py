"""The audit log: who did what, without content."""

from django.conf import settings
from django.db import models


class AuditEntry(models.Model):
    """One action: an export, a retrain, a promotion, a deletion, a withdrawal."""

    action = models.CharField(max_length=60)
    target = models.CharField(max_length=200)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    detail = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """Order, and the indexes of the list's orders and filters."""

        ordering = ("-created_at",)
        indexes = (
            models.Index(fields=("created_at", "id"), name="audit_created"),
            models.Index(fields=("action", "created_at", "id"), name="audit_action"),
            models.Index(fields=("target",), opclasses=("varchar_pattern_ops",), name="audit_target"),
        )
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        """Say what was done to what."""
        return f"{self.action} {self.target}"
