"""What a large study held when a worker last counted it."""

from django.db import models
from django.utils.translation import gettext

from ratings.values.study_counts import Spread


class CountedStudy(models.Model):
    """The counts of a study that is too large to be counted while somebody waits; smaller ones have no row."""

    study = models.OneToOneField("ratings.Study", primary_key=True, on_delete=models.CASCADE, related_name="counted")
    item_count = models.PositiveBigIntegerField()
    places_taken = models.PositiveBigIntegerField()
    places_wanted = models.PositiveBigIntegerField()
    rater_count = models.PositiveBigIntegerField()
    answer_count = models.PositiveBigIntegerField()
    spread = models.JSONField()
    digest = models.CharField(max_length=64, help_text="Of what was there to count: the same again is not counted.")
    counted_at = models.DateTimeField()

    def __str__(self) -> str:
        """Say what was counted."""
        return gettext("counts of {study}").format(study=self.study)

    @property
    def spread_then(self) -> Spread:
        """Give how items and answers were spread."""
        return Spread.from_json(self.spread)
