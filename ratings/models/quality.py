"""What a study's ratings say about how they were given, and what a researcher made of it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext

from ratings.choices import ACTIVE_JOB_STATES, FlagReason, FlagState, JobState
from ratings.models.job import Job
from ratings.models.said import SaidByWorkers
from ratings.values.queues import IO
from ratings.values.rater_figures import RaterFigures


class QualityReport(Job):
    """One computation of a study's quality; the digest says of which ratings."""

    runner = "ratings.services.quality.lifecycle.measure"
    queue = IO
    time_limit = 600
    finished_state = JobState.READY

    study = models.ForeignKey("ratings.Study", on_delete=models.CASCADE, related_name="quality_reports")
    data_digest = models.CharField(max_length=64, blank=True)
    figures = models.JSONField(default=dict, blank=True)

    class Meta(Job.Meta):
        """Order and invariants."""

        abstract = False
        ordering = ("-created_at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=("study",), condition=Q(state__in=ACTIVE_JOB_STATES), name="quality_report_one_at_a_time"
            ),
        )

    def __str__(self) -> str:
        """Name the study and the moment."""
        return gettext("quality of {study} at {moment}").format(
            study=self.study_id, moment=f"{self.created_at:%Y-%m-%d %H:%M}"
        )


class RaterQuality(models.Model):
    """What the newest computation found of one rater in a study."""

    participation = models.OneToOneField(
        "ratings.Participation", on_delete=models.CASCADE, primary_key=True, related_name="quality"
    )
    figures = models.JSONField(default=dict)
    measured_at = models.DateTimeField(auto_now=True)

    class Meta:
        """Names."""

        verbose_name_plural = "rater qualities"

    def __str__(self) -> str:
        """Say whose it is."""
        return gettext("quality of {participation}").format(participation=self.participation_id)

    @property
    def measured(self) -> RaterFigures:
        """Give the figures."""
        return RaterFigures.from_json(self.figures)


class QualityFlagQuerySet(models.QuerySet["QualityFlag"]):
    """Scopes of flags."""

    def confirmed(self) -> "QualityFlagQuerySet":
        """Keep those that a person confirmed."""
        return self.filter(state=FlagState.CONFIRMED)


class QualityFlag(SaidByWorkers):
    """A flag about a rater's answers, with its reason; it counts once a person confirms it."""

    participation = models.ForeignKey("ratings.Participation", on_delete=models.CASCADE, related_name="flags")
    reason = models.CharField(max_length=20, choices=FlagReason)
    finding = models.CharField(max_length=300, help_text="What was seen, in one sentence with its numbers.")
    state = models.CharField(max_length=10, choices=FlagState, default=FlagState.RAISED)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    decided_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = QualityFlagQuerySet.as_manager()

    class Meta:
        """Order and invariants."""

        ordering = ("-created_at", "-pk")
        constraints = (models.UniqueConstraint(fields=("participation", "reason"), name="quality_flag_once"),)

    def __str__(self) -> str:
        """Name the rater and the reason."""
        return f"{self.participation}: {self.get_reason_display()}"
