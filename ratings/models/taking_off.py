"""What it says of a picture or a comparison that it was taken off its study."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from ratings.choices import OffReason

NOTHING_OFF = Q(off_at__isnull=True, off_reason="")
WHOLLY_OFF = Q(off_at__isnull=False, is_active=False) & ~Q(off_reason="")


class TakenOff(models.Model):
    """When something was taken off a study, and why; while it is off, it is active for nobody."""

    off_at = models.DateTimeField("taken off at", null=True, blank=True, editable=False)
    off_reason = models.CharField(
        "reason", max_length=20, choices=OffReason, blank=True, default="", db_default="", editable=False
    )

    class Meta:
        """No table of its own."""

        abstract = True


class TakenOffPicture(TakenOff):
    """What is kept of a picture besides: the words, who did it, and whether it was active before."""

    off_words = models.CharField("said of it", max_length=500, blank=True, default="", db_default="", editable=False)
    off_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name="taken off by",
    )
    was_active = models.BooleanField(default=False, db_default=False, editable=False)

    class Meta:
        """No table of its own."""

        abstract = True


def off_constraints(kind: str) -> tuple[models.CheckConstraint, ...]:
    """Give the constraint of a table: what is off has a moment and a reason, and is not active."""
    return (models.CheckConstraint(condition=NOTHING_OFF | WHOLLY_OFF, name=f"{kind}_off_with_a_reason"),)


def off_indexes(kind: str) -> tuple[models.Index, ...]:
    """Give the index that finds the few that are off."""
    return (models.Index(fields=("study",), condition=Q(off_at__isnull=False), name=f"{kind}_off"),)
