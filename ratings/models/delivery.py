"""Uploaded files, and how far their import is."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext

from ratings.choices import DeliveryKind, JobState
from ratings.models.job import Job
from ratings.values.queues import IO


class Delivery(Job):
    """Pictures for a study, or ratings from elsewhere: stored first, taken in by a worker, resumed after a crash."""

    runner = "ratings.services.uploads.imports.import_files"
    queue = IO
    finished_state = JobState.READY

    kind = models.CharField(max_length=10, choices=DeliveryKind)
    study = models.ForeignKey(
        "ratings.Study", null=True, blank=True, on_delete=models.CASCADE, related_name="deliveries"
    )
    folder = models.CharField(max_length=100, help_text="Below the folder of deliveries; gone once all is taken in.")
    options = models.JSONField(default=dict, blank=True, help_text="Layout, name and scale of a set of ratings.")
    report = models.JSONField(default=dict, blank=True)

    class Meta(Job.Meta):
        """Order and invariants."""

        abstract = False
        verbose_name = "upload"
        ordering = ("-created_at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(kind=DeliveryKind.RATINGS) | Q(study__isnull=False), name="delivery_pictures_have_a_study"
            ),
        )

    def __str__(self) -> str:
        """Say what it is for."""
        target = self.study if self.study_id else self.options.get("name", "")
        return gettext("{kind} for {target}").format(kind=self.get_kind_display(), target=target)
