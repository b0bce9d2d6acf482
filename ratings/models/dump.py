"""An exported snapshot of ratings."""

from django.db import models

from ratings.choices import DumpFormat, JobState
from ratings.models.job import Job
from ratings.values.queues import IO


class Dump(Job):
    """An exported, versioned snapshot: once ready it never changes."""

    runner = "ratings.services.dumps.lifecycle.write_folder"
    queue = IO
    finished_state = JobState.READY
    event = "dump"

    study = models.ForeignKey("ratings.Study", on_delete=models.PROTECT, related_name="dumps")
    version = models.PositiveIntegerField()
    format = models.CharField(max_length=10, choices=DumpFormat)
    filters = models.JSONField(default=dict, blank=True)
    row_count = models.PositiveBigIntegerField(default=0)
    folder = models.CharField(max_length=300, blank=True)
    manifest = models.JSONField(default=dict, blank=True)

    class Meta(Job.Meta):
        """Order and invariants."""

        abstract = False
        constraints = (models.UniqueConstraint(fields=("study", "version"), name="dump_version_once"),)

    @property
    def name_in_log(self) -> str:
        """Name the dump in the audit log, where acts about a study begin with its address."""
        return f"{self.study.slug} v{self.version}"

    def __str__(self) -> str:
        """Name the dump."""
        return f"v{self.version} ({self.format})"
