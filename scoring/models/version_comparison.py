"""The record of two model versions measured against each other."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext

from ratings.choices import ACTIVE_JOB_STATES, JobState
from ratings.models.job import Job
from scoring.metrics import ComparedFigures


class VersionComparison(Job):
    """Two versions of a study's model on the same ratings of its test slice, with the same known of each rater."""

    runner = "scoring.pipeline.training.compare.compare_versions"
    time_limit = 1800
    finished_state = JobState.READY

    study = models.ForeignKey("ratings.Study", on_delete=models.CASCADE, related_name="version_comparisons")
    newer = models.ForeignKey("scoring.ModelVersion", on_delete=models.CASCADE, related_name="compared_with_older")
    older = models.ForeignKey("scoring.ModelVersion", on_delete=models.CASCADE, related_name="compared_with_newer")
    figures = models.JSONField(default=dict, blank=True)

    class Meta(Job.Meta):
        """Order and invariants."""

        abstract = False
        ordering = ("-created_at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=("newer", "older"),
                condition=Q(state__in=ACTIVE_JOB_STATES),
                name="version_comparison_one_at_a_time",
            ),
            models.CheckConstraint(condition=~Q(newer=F("older")), name="version_comparison_is_of_two"),
        )

    def __str__(self) -> str:
        """Name the rows of both versions."""
        return gettext("versions {newer} and {older} compared").format(newer=self.newer_id, older=self.older_id)

    @property
    def found(self) -> ComparedFigures:
        """Give what was measured."""
        return ComparedFigures.from_json(self.figures)
