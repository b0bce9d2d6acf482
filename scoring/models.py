"""What models compute from the records: embeddings, versions, runs, representations, tastes."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from pgvector.django import VectorField


class ModelState(models.TextChoices):
    """Where a model version stands; at most one is live per study."""

    CANDIDATE = "candidate", "Candidate"
    LIVE = "live", "Live"
    RETIRED = "retired", "Retired"


class RunState(models.TextChoices):
    """The life of a training run."""

    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    SUCCEEDED = "succeeded", "Succeeded"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"
    SKIPPED = "skipped", "Skipped: nothing new"


ACTIVE_RUN_STATES = (RunState.QUEUED, RunState.RUNNING)


class Embedding(models.Model):
    """A frozen network's vector of one image; the key names network, weights and preprocessing."""

    image = models.ForeignKey("ratings.Image", on_delete=models.CASCADE, related_name="embeddings")
    encoder_key = models.CharField(max_length=120)
    vector = VectorField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """Invariants."""

        constraints = (models.UniqueConstraint(fields=("image", "encoder_key"), name="embedding_once"),)

    def __str__(self) -> str:
        """Name the embedding."""
        return f"{self.image_id} by {self.encoder_key}"


class TrainingRun(models.Model):
    """One attempt to train a study's model: a row that a page can show while it goes on."""

    study = models.ForeignKey("ratings.Study", on_delete=models.CASCADE, related_name="training_runs")
    state = models.CharField(max_length=10, choices=RunState, default=RunState.QUEUED)
    reason = models.CharField(max_length=60, help_text="Why it was started: a person, the clock, new ratings.")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    stage = models.CharField(max_length=60, blank=True)
    progress = models.FloatField(default=0)
    log = models.TextField(blank=True)
    encoder_key = models.CharField(max_length=120, blank=True)
    data_digest = models.CharField(max_length=64, blank=True)
    rating_count = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="How often a worker took it up.")
    metrics = models.JSONField(default=dict, blank=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Order and invariants."""

        ordering = ("-created_at",)
        constraints = (
            models.UniqueConstraint(
                fields=("study",), condition=Q(state__in=("queued", "running")), name="training_run_one_at_a_time"
            ),
        )

    def __str__(self) -> str:
        """Name the run."""
        return f"run {self.pk}"

    @property
    def is_active(self) -> bool:
        """Tell whether the run has still to end."""
        return self.state in ACTIVE_RUN_STATES


class ModelVersion(models.Model):
    """A trained checkpoint with its metrics."""

    study = models.ForeignKey("ratings.Study", on_delete=models.CASCADE, related_name="model_versions")
    run = models.OneToOneField(TrainingRun, null=True, on_delete=models.SET_NULL, related_name="model_version")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=ModelState, default=ModelState.CANDIDATE)
    encoder_key = models.CharField(max_length=120)
    folder = models.CharField(max_length=300, help_text="Checkpoint folder under the models folder.")
    data_digest = models.CharField(max_length=64)
    metrics = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    promoted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Order and invariants."""

        ordering = ("-created_at",)
        constraints = (
            models.UniqueConstraint(fields=("study", "number"), name="model_version_number_once"),
            models.UniqueConstraint(fields=("study",), condition=Q(state="live"), name="model_version_one_live"),
        )

    def __str__(self) -> str:
        """Name the version."""
        return f"v{self.number}"


class Representation(models.Model):
    """What one model version makes of one image: z, and the rating expected of the average rater in [0, 1]."""

    model_version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="representations")
    image = models.ForeignKey("ratings.Image", on_delete=models.CASCADE, related_name="representations")
    z = VectorField()
    consensus = models.FloatField()
    variance = models.FloatField()

    class Meta:
        """Invariants."""

        constraints = (models.UniqueConstraint(fields=("model_version", "image"), name="representation_once"),)

    def __str__(self) -> str:
        """Name the pair."""
        return f"{self.image_id} in {self.model_version_id}"


class Taste(models.Model):
    """What one model version knows of one rater: the posterior, packed by `scoring.ml.taste`."""

    model_version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="tastes")
    participation = models.ForeignKey("ratings.Participation", on_delete=models.CASCADE, related_name="tastes")
    posterior = models.BinaryField()
    rating_count = models.PositiveIntegerField(default=0)
    last_rating = models.PositiveBigIntegerField(default=0, help_text="Newest rating row looked at.")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        """Invariants."""

        constraints = (models.UniqueConstraint(fields=("model_version", "participation"), name="taste_once"),)

    def __str__(self) -> str:
        """Name the pair."""
        return f"{self.participation_id} in {self.model_version_id}"
