"""The record of what was sent to the Hugging Face Hub."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from ratings.models.job import Job
from ratings.values.queues import IO

REPOSITORY = r"^[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*$"


class HubPush(Job):
    """A dump or a model version on its way to a repository of the Hub."""

    runner = "scoring.pipeline.serving.hub.push"
    queue = IO

    study = models.ForeignKey("ratings.Study", on_delete=models.CASCADE, related_name="hub_pushes")
    dump = models.ForeignKey("ratings.Dump", null=True, blank=True, on_delete=models.CASCADE, related_name="hub_pushes")
    version = models.ForeignKey(
        "scoring.ModelVersion", null=True, blank=True, on_delete=models.CASCADE, related_name="hub_pushes"
    )
    repository = models.CharField(
        max_length=200,
        validators=[RegexValidator(REPOSITORY, "Write it as owner/name.")],
        help_text="On the Hub, as owner/name.",
    )
    is_public = models.BooleanField(default=False)
    address = models.CharField(max_length=500, blank=True, help_text="Of the commit that it became.")

    class Meta(Job.Meta):
        """Order and invariants."""

        abstract = False
        verbose_name_plural = "hub pushes"
        constraints = (
            models.CheckConstraint(
                condition=Q(dump__isnull=False, version__isnull=True) | Q(dump__isnull=True, version__isnull=False),
                name="hub_push_is_of_one_thing",
            ),
            models.CheckConstraint(condition=Q(repository__regex=REPOSITORY), name="hub_push_names_a_repository"),
        )

    @property
    def repository_type(self) -> str:
        """Name the kind of repository, as the Hub does."""
        return "dataset" if self.dump_id else "model"
