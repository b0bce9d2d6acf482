"""The record of which training runs were logged to a tracker of experiments."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from ratings.models.job import Job
from ratings.values.queues import IO


class Tracker(models.TextChoices):
    """Where ended runs are logged."""

    MLFLOW = "mlflow", "MLflow"
    WANDB = "wandb", "Weights & Biases"


class TrackedRun(Job):
    """An ended training run on its way to a tracker, tried again as messages are."""

    runner = "scoring.pipeline.serving.tracking.log_run"
    queue = IO
    time_limit = 600

    study = models.ForeignKey("ratings.Study", on_delete=models.CASCADE, related_name="tracked_runs")
    run = models.ForeignKey("scoring.TrainingRun", on_delete=models.CASCADE, related_name="tracked")
    tracker = models.CharField(max_length=10, choices=Tracker)
    tries = models.PositiveSmallIntegerField(default=0, help_text="How often it was tried.")
    due_at = models.DateTimeField(null=True, default=timezone.now, help_text="When it is tried next, if it fails.")
    address = models.CharField(max_length=500, blank=True, help_text="Of the run in the tracker.")

    class Meta(Job.Meta):
        """Order and invariants."""

        abstract = False
        constraints = (
            models.UniqueConstraint(fields=("run", "tracker"), name="tracked_run_once"),
            models.CheckConstraint(condition=Q(tracker__in=Tracker.values), name="tracked_run_tracker_known"),
        )
