"""What a training made: a version and its vectors of the study's images."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, gettext_lazy
from pgvector.django import VectorField

from scoring.metrics import VersionMetrics
from scoring.models.notes import Noted
from scoring.models.training_run import TrainingRun


class ModelState(models.TextChoices):
    """Where a model version stands; at most one is live per study."""

    CANDIDATE = "candidate", gettext_lazy("Candidate")
    LIVE = "live", gettext_lazy("Live")
    RETIRED = "retired", gettext_lazy("Retired")


class ModelVersion(Noted):
    """A trained checkpoint with its metrics."""

    study = models.ForeignKey("ratings.Study", on_delete=models.CASCADE, related_name="model_versions")
    run = models.OneToOneField(TrainingRun, null=True, on_delete=models.SET_NULL, related_name="model_version")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=ModelState, default=ModelState.CANDIDATE)
    encoder_key = models.CharField(max_length=120)
    folder = models.CharField(max_length=300, help_text="Checkpoint folder under the models folder.")
    data_digest = models.CharField(max_length=64)
    checkpoint = models.JSONField(
        default=dict,
        blank=True,
        db_default={},
        editable=False,
        help_text="Format, lengths and SHA-256 of its files; empty for a version of before these were written down.",
    )
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

    @property
    def name_in_log(self) -> str:
        """Name the version in the audit log, where acts about a study begin with its address."""
        return f"{self.study.slug} {self}"

    @property
    def measured(self) -> VersionMetrics:
        """Give what was measured of it."""
        return VersionMetrics.from_json(self.metrics)

    @property
    def scale(self) -> str:
        """Name the scale that it learned, without reading all figures; blank for the main one."""
        return str(self.metrics.get("scale", ""))


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
        return gettext("{image} in {version}").format(image=self.image_id, version=self.model_version_id)
