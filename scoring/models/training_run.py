"""The record of one training."""

from django.db import models
from django.db.models import Q

from ratings.models.job import Job
from ratings.values.queues import TRAIN
from scoring.models.notes import Noted


class TrainingRun(Noted, Job):
    """One attempt to train a study's model."""

    runner = "scoring.pipeline.training.train.train_study"
    queue = TRAIN
    event = "run"

    study = models.ForeignKey("ratings.Study", on_delete=models.CASCADE, related_name="training_runs")
    reason = models.CharField(max_length=60, help_text="Why it was started: a person, the clock, new ratings.")
    encoder_key = models.CharField(max_length=120, blank=True)
    data_digest = models.CharField(max_length=64, blank=True)
    rating_count = models.PositiveIntegerField(default=0)
    metrics = models.JSONField(default=dict, blank=True)
    warnings = models.JSONField(
        default=list,
        blank=True,
        db_default=[],
        help_text="What it was asked to learn from and could not, a sentence each.",
    )

    class Meta(Job.Meta):
        """Order and invariants."""

        abstract = False
        constraints = (
            models.UniqueConstraint(
                fields=("study",), condition=Q(state__in=("queued", "running")), name="training_run_one_at_a_time"
            ),
        )

    @property
    def name_in_log(self) -> str:
        """Name the run in the audit log, where acts about a study begin with its address."""
        return f"{self.study.slug} run {self.pk}"
