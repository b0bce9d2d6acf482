"""Pictures made for one person, step by step."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy

from ratings.choices import JobState
from ratings.models.job import Job
from ratings.values.queues import STEER
from scoring.models.model_version import ModelVersion


class SteeringMode(models.TextChoices):
    """Whose liking a picture is made for."""

    SELF = "self", gettext_lazy("For this rater")
    OTHER = "other", gettext_lazy("For another")
    GLOBAL = "global", gettext_lazy("For everyone")
    NONE = "none", gettext_lazy("Unsteered")


class FitJudge(models.TextChoices):
    """How it is measured whether a picture still shows its prompt."""

    ENCODER = "encoder", gettext_lazy("The encoder's text tower")
    CAPTIONS = "captions", gettext_lazy("The captions of the study's pictures")
    NOBODY = "", gettext_lazy("Nothing: it is not judged")


class SteeringRun(Job):
    """One search for the prompt whose picture somebody likes best."""

    withheld_while_rating = ("own_score", "own_sd")
    runner = "scoring.pipeline.steering.steer.search_for_picture"
    queue = STEER
    event = "steering"

    study = models.ForeignKey("ratings.Study", on_delete=models.CASCADE, related_name="steering_runs")
    participation = models.ForeignKey(
        "ratings.Participation",
        on_delete=models.CASCADE,
        related_name="steering_runs",
        help_text="The rater whom the picture will be shown to.",
    )
    judge = models.ForeignKey(
        "ratings.Participation",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="steering_judged",
        help_text="Whose taste judges, where it is another's; unless named, the worker finds the furthest one.",
    )
    nonce = models.UUIDField(
        null=True, blank=True, unique=True, help_text="Of the rater's own wish: the same click twice is one run."
    )
    batch = models.UUIDField(default=uuid.uuid4, help_text="Runs that were asked for together, to be compared.")
    mode = models.CharField(max_length=6, choices=SteeringMode, default=SteeringMode.SELF)
    prompt = models.TextField()
    generator = models.CharField(max_length=40)
    writer = models.CharField(max_length=40)
    iterations = models.PositiveSmallIntegerField()
    variants = models.PositiveSmallIntegerField()
    side = models.PositiveSmallIntegerField(default=768, help_text="Of the square pictures, in pixels.")
    seed = models.PositiveIntegerField(default=0)
    model_version = models.ForeignKey(ModelVersion, null=True, blank=True, on_delete=models.SET_NULL)
    fit_judge = models.CharField("Prompt fit judged by", max_length=10, choices=FitJudge, blank=True, default="")
    own_score = models.FloatField(null=True, blank=True, help_text="How well the rater is expected to like the best.")
    own_sd = models.FloatField(null=True, blank=True)
    drawn = models.PositiveIntegerField(default=0, help_text="Pictures that the generator made.")
    reused = models.PositiveIntegerField(default=0, help_text="Pictures that were there already.")

    class Meta(Job.Meta):
        """Order and invariants."""

        abstract = False
        indexes = (models.Index(fields=("batch",), name="steering_run_batch"),)
        constraints = (
            models.UniqueConstraint(
                fields=("participation", "prompt", "mode", "judge", "generator"),
                condition=Q(state__in=("queued", "running")),
                nulls_distinct=False,
                name="steering_run_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(mode=SteeringMode.NONE) | Q(iterations__gte=1, variants__gte=1),
                name="steering_run_has_a_budget",
            ),
            models.CheckConstraint(
                condition=Q(mode=SteeringMode.OTHER) | Q(judge__isnull=True),
                name="steering_run_judge_is_anothers",
            ),
            models.CheckConstraint(
                condition=~Q(mode=SteeringMode.OTHER, state=JobState.SUCCEEDED) | Q(judge__isnull=False),
                name="steering_run_other_had_a_judge",
            ),
        )

    @property
    def best(self) -> "SteeringStep | None":
        """Give the picture that the run settled on."""
        return next((step for step in self.steps.all() if step.is_best), None)


class SteeringStep(models.Model):
    """One prompt of a run, drawn and judged; likings are on the study's scale."""

    withheld_while_rating = ("score", "sd", "everybody", "everybody_sd")

    run = models.ForeignKey(SteeringRun, on_delete=models.CASCADE, related_name="steps")
    iteration = models.PositiveSmallIntegerField(help_text="0 for the prompt as it was given.")
    variant = models.PositiveSmallIntegerField()
    prompt = models.TextField()
    changes = models.JSONField(default=dict, blank=True, help_text="The visual attributes that moved.")
    image = models.ForeignKey("ratings.Image", on_delete=models.PROTECT, related_name="steering_steps")
    score = models.FloatField(help_text="How well the judging rater is expected to like it.")
    sd = models.FloatField()
    everybody = models.FloatField(help_text="How well everybody is expected to like it.")
    everybody_sd = models.FloatField(default=0, help_text="Of everybody's liking, not of one opinion.")
    fit = models.FloatField(
        null=True, blank=True, help_text="How well the picture fits the prompt, as the run's judge of it measures."
    )
    is_sound = models.BooleanField(default=True, help_text="Neither everybody's liking nor the fit fell.")
    is_best = models.BooleanField(default=False)

    class Meta:
        """Order and invariants."""

        ordering = ("iteration", "variant")
        constraints = (
            models.UniqueConstraint(fields=("run", "iteration", "variant"), name="steering_step_once"),
            models.UniqueConstraint(fields=("run",), condition=Q(is_best=True), name="steering_step_one_best"),
        )

    def __str__(self) -> str:
        """Name the step within its run."""
        return f"{self.run_id}:{self.iteration}.{self.variant}"
