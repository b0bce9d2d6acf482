"""What more ratings of one rater are expected to bring."""

from django.db import models
from django.utils.translation import gettext

from scoring.metrics import RaterGains
from scoring.models.model_version import ModelVersion


class RaterOutlook(models.Model):
    """How well a version expects to predict a rater, now and after more ratings; made after each training."""

    participation = models.OneToOneField(
        "ratings.Participation", primary_key=True, on_delete=models.CASCADE, related_name="outlook"
    )
    model_version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="outlooks")
    rating_count = models.PositiveIntegerField(help_text="Ratings of the rater that it is reckoned from.")
    figures = models.JSONField(default=dict)

    def __str__(self) -> str:
        """Name the rater's part."""
        return gettext("outlook of {participation}").format(participation=self.participation_id)

    @property
    def found(self) -> RaterGains:
        """Give what was found."""
        return RaterGains.from_json(self.figures)
