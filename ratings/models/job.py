"""Long work on a worker, as a row: training, dumps, uploads, quality reports, steering."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from ratings.choices import ACTIVE_JOB_STATES, JobState
from ratings.models.said import SaidByWorkers
from ratings.values.queues import DEFAULT


class Job(SaidByWorkers):
    """Long work: a row that pages show while it goes on, and that outlives the worker.

    A new kind of job is a subclass that names its runner, and that runner, `runner(job, report)`. Queueing, heartbeat,
    attempts, cancelling and the sweep for dead workers come from `ratings.services.jobs` and `ratings.tasks`.
    """

    runner: ClassVar[str]  # dotted path of the function that does the work
    queue: ClassVar[str] = DEFAULT  # of the workers that do it
    time_limit: ClassVar[int] = 6 * 3600  # seconds that one attempt may take
    finished_state: ClassVar[JobState] = JobState.SUCCEEDED
    event: ClassVar[str] = ""  # what its end is announced as, such as `run` in `run.finished`; without one it is not

    state = models.CharField(max_length=10, choices=JobState, default=JobState.QUEUED)
    stage = models.CharField(max_length=60, blank=True, default="", db_default="")
    progress = models.FloatField(default=0, db_default=0, help_text="The share that is done, in [0, 1].")
    log = models.TextField(blank=True, default="", db_default="")
    error = models.TextField(blank=True, default="", db_default="")
    error_code = models.CharField(max_length=40, blank=True, default="", db_default="")
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="How often a worker took it up.")
    owner = models.CharField(
        max_length=120, blank=True, default="", db_default="", help_text="The attempt that works on it, by its worker."
    )
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(default=timezone.now, db_default=Now(), help_text="The last sign of life.")
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Fields only; each kind of job is a table of its own."""

        abstract = True
        ordering: ClassVar[tuple[str, ...]] = ("-created_at",)

    def __str__(self) -> str:
        """Name the job."""
        return f"{self._meta.verbose_name} {self.pk}"

    @property
    def is_active(self) -> bool:
        """Tell whether the job has still to end."""
        return self.state in ACTIVE_JOB_STATES
