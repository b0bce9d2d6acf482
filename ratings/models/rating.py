"""One rating."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext

from ratings.models.quality import QualityFlag


class RatingQuerySet(models.QuerySet["Rating"]):
    """Scopes of ratings."""

    def current(self) -> "RatingQuerySet":
        """Keep the current ratings: not replaced, not undone."""
        return self.filter(replaced_at__isnull=True, value__isnull=False)

    def without_flagged(self) -> "RatingQuerySet":
        """Leave out raters with a confirmed flag in the study where it was raised."""
        return self.exclude(participation__in=QualityFlag.objects.confirmed().values("participation"))


class Rating(models.Model):
    """One rating; append-only: a change or an undo is a new row that replaces the old.

    A row without a value undoes the rating that it replaces.
    """

    nonce = models.UUIDField(unique=True, help_text="Made by the client: the same click twice is one rating.")
    assignment = models.ForeignKey("ratings.Assignment", on_delete=models.CASCADE, related_name="ratings")
    participation = models.ForeignKey("ratings.Participation", on_delete=models.CASCADE, related_name="ratings")
    image = models.ForeignKey("ratings.Image", on_delete=models.PROTECT, related_name="ratings")
    value = models.FloatField(null=True, blank=True)
    scales = models.JSONField(
        null=True,
        blank=True,
        help_text="In studies with several scales: the values on the further ones, by key.",
    )
    texts = models.ForeignKey(
        "ratings.TextVersion",
        null=True,
        blank=True,
        db_index=False,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The version of the study's texts under which it was given; none from before versions were kept.",
    )
    response_ms = models.PositiveIntegerField(null=True, blank=True, help_text="From the picture painted to the click.")
    client = models.JSONField(default=dict, blank=True, help_text="Viewport, pixel ratio, shown size, client clock.")
    replaces = models.OneToOneField("self", null=True, blank=True, on_delete=models.CASCADE, related_name="replaced_by")
    replaced_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = RatingQuerySet.as_manager()

    class Meta:
        """Invariants."""

        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("assignment",), condition=Q(replaced_at__isnull=True), name="rating_current_once"
            ),
            models.CheckConstraint(
                condition=Q(value__isnull=False) | Q(replaces__isnull=False), name="rating_undo_replaces"
            ),
        )
        indexes = (models.Index(fields=("participation", "id"), name="rating_by_participation"),)

    def __str__(self) -> str:
        """Name the rating."""
        return gettext("rating {pk}").format(pk=self.pk)
