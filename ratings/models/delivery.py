"""Files that somebody handed in, and how far the work on them is."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from ratings.choices import DeliveryKind, WorkState


class Delivery(models.Model):
    """Pictures for a study, or ratings from elsewhere: stored first, taken in by a worker, resumed after a crash."""

    kind = models.CharField(max_length=10, choices=DeliveryKind)
    study = models.ForeignKey(
        "ratings.Study", null=True, blank=True, on_delete=models.CASCADE, related_name="deliveries"
    )
    folder = models.CharField(max_length=100, help_text="Below the folder of deliveries; gone once all is taken in.")
    options = models.JSONField(default=dict, blank=True, help_text="Layout, name and scale of a set of ratings.")
    state = models.CharField(max_length=10, choices=WorkState, default=WorkState.QUEUED)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    stage = models.CharField(max_length=40, blank=True)
    report = models.JSONField(default=dict, blank=True)
    error = models.TextField(blank=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(auto_now_add=True)
    heartbeat_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Order and invariants."""

        verbose_name_plural = "deliveries"
        ordering = ("-created_at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(kind=DeliveryKind.RATINGS) | Q(study__isnull=False), name="delivery_pictures_have_a_study"
            ),
        )

    def __str__(self) -> str:
        """Say what it is for."""
        target = self.study if self.study_id else self.options.get("name", "")
        return f"{self.get_kind_display()} for {target}"

    @property
    def progress(self) -> float:
        """Give the share that is done."""
        return min(1.0, self.done / self.total) if self.total else 0.0
