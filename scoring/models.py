"""What models compute from the records: embeddings, versions, runs, representations, tastes."""

import uuid

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from pgvector.django import VectorField

from ratings.choices import ACTIVE_JOB_STATES, JobState
from ratings.models.job import Job
from ratings.values.queues import STEER, TRAIN
from scoring import pushes
from scoring.metrics import VersionMetrics

HubPush = pushes.HubPush


class ModelState(models.TextChoices):
    """Where a model version stands; at most one is live per study."""

    CANDIDATE = "candidate", "Candidate"
    LIVE = "live", "Live"
    RETIRED = "retired", "Retired"


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


class EmbeddingAttempt(models.Model):
    """A process's claim on an image that it embeds, and how many died at it; gone once one lives through it."""

    image = models.ForeignKey("ratings.Image", on_delete=models.CASCADE, related_name="embedding_attempts")
    encoder_key = models.CharField(max_length=120)
    count = models.PositiveSmallIntegerField(default=1)
    claimed_until = models.DateTimeField(db_default=Now())

    class Meta:
        """Invariants."""

        constraints = (models.UniqueConstraint(fields=("image", "encoder_key"), name="embedding_attempts_once"),)

    def __str__(self) -> str:
        """Name the image and the encoder."""
        return f"{self.image_id} by {self.encoder_key}"


class Noted(models.Model):
    """What people wrote of a row, for each other."""

    notes = models.TextField(blank=True, default="", db_default="", editable=False)

    class Meta:
        """No table of its own."""

        abstract = True


class TrainingRun(Noted, Job):  # noqa: DJ008 - a job names itself
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
        return f"{self.image_id} in {self.model_version_id}"


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
        return f"{self.participation_id} in {self.model_version_id}"


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
        return f"taste of {self.participation_id} at {self.created_at:%Y-%m-%d %H:%M}"


class SteeringMode(models.TextChoices):
    """Whose liking a picture is made for."""

    SELF = "self", "For this rater"
    OTHER = "other", "For another"
    GLOBAL = "global", "For everyone"
    NONE = "none", "Unsteered"


class FitJudge(models.TextChoices):
    """How it is measured whether a picture still shows its prompt."""

    ENCODER = "encoder", "The encoder's text tower"
    CAPTIONS = "captions", "The captions of the study's pictures"
    NOBODY = "", "Nothing: it is not judged"


class SteeringOffer(models.Model):
    """Whether, and how much, the raters of a study may have pictures made for them: the page *Made for you*."""

    study = models.OneToOneField("ratings.Study", on_delete=models.CASCADE, related_name="steering_offer")
    is_on = models.BooleanField(
        "offered", default=False, help_text="Let raters ask for pictures made for them. The consent has to say so."
    )
    least_ratings = models.PositiveSmallIntegerField(
        default=25, validators=[MinValueValidator(1)], help_text="Ratings that a rater must have given before."
    )
    per_day = models.PositiveSmallIntegerField(
        default=3, validators=[MinValueValidator(1)], help_text="Wishes of one rater in 24 hours."
    )
    in_all = models.PositiveIntegerField(default=0, help_text="Wishes of all raters together; 0 for no bound.")
    prompts = models.JSONField(
        default=list, blank=True, help_text="What raters may ask for, a prompt each; blank for three that always work."
    )
    generator = models.CharField(max_length=40, blank=True, help_text="What draws; blank for the built-in sketches.")
    writer = models.CharField(max_length=40, blank=True, help_text="What rewrites; blank for the built-in writer.")
    iterations = models.PositiveSmallIntegerField(default=4, validators=[MinValueValidator(1), MaxValueValidator(50)])
    variants = models.PositiveSmallIntegerField(default=6, validators=[MinValueValidator(1), MaxValueValidator(50)])

    class Meta:
        """Invariants."""

        constraints = (
            models.CheckConstraint(
                condition=Q(least_ratings__gte=1, per_day__gte=1, iterations__gte=1, variants__gte=1),
                name="steering_offer_has_a_budget",
            ),
        )

    def __str__(self) -> str:
        """Name the offer."""
        return f"Made for you, {self.study}"


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
