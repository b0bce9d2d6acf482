"""How often a study's page was opened by people who did not take part yet: numbers alone, about nobody."""

from django.db import models

from ratings.values.languages import LONGEST_CODE


class VisitCount(models.Model):
    """Visits of one study on one day in one language."""

    study = models.ForeignKey("ratings.Study", on_delete=models.CASCADE, related_name="visit_counts")
    day = models.DateField()
    language = models.CharField(max_length=LONGEST_CODE)
    count = models.PositiveBigIntegerField(default=0)

    class Meta:
        """One row counts all visits of a day in a language, so that a flood of them makes no rows."""

        constraints = (models.UniqueConstraint(fields=("study", "day", "language"), name="visit_count_once"),)

    def __str__(self) -> str:
        """Say what is counted."""
        return f"{self.study_id}: {self.day} {self.language}"
