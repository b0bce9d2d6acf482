"""What one model version knows of one rater."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext

from ratings.choices import ACTIVE_JOB_STATES, JobState
from ratings.models.job import Job
from scoring.models.model_version import ModelVersion


class Taste(models.Model):
    """What one model version knows of one rater: the posterior, packed by `scoring.ml.taste.posterior`."""

    withheld_while_rating = ("posterior",)

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
        return gettext("{participation} in {version}").format(
            participation=self.participation_id, version=self.model_version_id
        )


class TasteProfile(Job):
    """How one rater's taste differs from the others', over the images of a study, as a model saw it at one moment."""

    withheld_while_rating = ("mean_difference", "images", "report")
    runner = "scoring.pipeline.serving.taste_profiles.compare_taste"
    time_limit = 600
    finished_state = JobState.READY

    participation = models.ForeignKey("ratings.Participation", on_delete=models.CASCADE, related_name="taste_profiles")
    model_version = models.ForeignKey(ModelVersion, null=True, on_delete=models.CASCADE, related_name="taste_profiles")
    rating_count = models.PositiveIntegerField(default=0, help_text="Ratings that the taste was learned from.")
    mean_difference = models.FloatField(default=0, help_text="How much higher than others the rater rates on average.")
    images = models.JSONField(
        default=list,
        blank=True,
        help_text="Of each image: id, expected rating, that of all raters, difference beyond the mean one, sd.",
    )
    last_rating = models.PositiveBigIntegerField(
        default=0, db_default=0, help_text="Newest rating row that the taste had looked at."
    )
    report = models.JSONField(
        default=dict,
        blank=True,
        db_default={},
        help_text="What the rater's page *Your taste* shows, where they agreed to that; empty otherwise.",
    )

    class Meta(Job.Meta):
        """Order and invariants."""

        abstract = False
        ordering = ("-created_at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=("participation",), condition=Q(state__in=ACTIVE_JOB_STATES), name="taste_profile_one_at_a_time"
            ),
        )

    def __str__(self) -> str:
        """Name the rater and the moment."""
        return gettext("taste of {participation} at {moment}").format(
            participation=self.participation_id, moment=f"{self.created_at:%Y-%m-%d %H:%M}"
        )
