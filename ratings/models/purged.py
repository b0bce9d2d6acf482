"""Pictures that must not be here, known by their digest alone: uploading one again is refused."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext

from ratings.models.image import SHOWN_DIGITS


class PurgedPicture(models.Model):
    """One picture that was purged, and what of it is still to be removed."""

    sha256 = models.CharField(max_length=64, unique=True, help_text="Of the bytes as they came in.")
    words = models.CharField(max_length=500, blank=True, help_text="Why, in the words of the person who did it.")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    paths = models.JSONField(default=list, blank=True, help_text="Files in storage that have still to go.")
    dumps = models.JSONField(default=list, blank=True, help_text="Folders of dumps that have still to go.")
    blank_path = models.CharField(max_length=200, blank=True, help_text="The grey picture in its place, if one is.")
    was_drawn = models.BooleanField(default=False, help_text="Drawn here, so that the cache of drawn ones may have it.")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True, help_text="When everything within reach was gone.")

    class Meta:
        """Order and invariants."""

        ordering = ("-created_at",)
        constraints = (
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="purged_by_a_digest"),
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True) | Q(paths=[], dumps=[]), name="purged_wholly_when_finished"
            ),
        )

    def __str__(self) -> str:
        """Name the digest's beginning."""
        return gettext("purged picture {digest}").format(digest=self.sha256[:SHOWN_DIGITS])
