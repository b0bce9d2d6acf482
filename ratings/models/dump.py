"""An exported snapshot of ratings."""

from django.conf import settings
from django.db import models

from ratings.choices import DumpFormat, DumpState


class Dump(models.Model):
    """An exported, versioned snapshot: once ready it never changes."""

    study = models.ForeignKey("ratings.Study", on_delete=models.PROTECT, related_name="dumps")
    version = models.PositiveIntegerField()
    format = models.CharField(max_length=10, choices=DumpFormat)
    filters = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=10, choices=DumpState, default=DumpState.QUEUED)
    progress = models.FloatField(default=0)
    row_count = models.PositiveBigIntegerField(default=0)
    folder = models.CharField(max_length=300, blank=True)
    manifest = models.JSONField(default=dict, blank=True)
    error = models.TextField(blank=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(auto_now_add=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True, help_text="The writer's last sign of life.")
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Order and invariants."""

        ordering = ("-created_at",)
        constraints = (models.UniqueConstraint(fields=("study", "version"), name="dump_version_once"),)

    def __str__(self) -> str:
        """Name the dump."""
        return f"v{self.version} ({self.format})"
