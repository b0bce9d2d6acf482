"""A study's counterpart on Prolific: which one, what may be done there, and how far the two are in step."""

from django.db import models
from django.utils.translation import gettext


class ProlificStudy(models.Model):
    """The counterpart of a study on Prolific, and the last look at its submissions."""

    study = models.OneToOneField("ratings.Study", on_delete=models.CASCADE, related_name="prolific")
    remote_id = models.CharField(
        "study's id on Prolific",
        max_length=60,
        unique=True,
        help_text="The last part of its address on Prolific. Submissions are read every five minutes, which needs "
        "PROLIFIC_TOKEN.",
    )
    approves = models.BooleanField(
        "approve by rule",
        default=False,
        help_text="Approve who completed the study, missed no attention check and has no open flag.",
    )
    asks_return = models.BooleanField(
        "ask for returns",
        default=False,
        db_default=False,
        help_text="Ask people to return a submission that they handed in without having finished here, once each.",
    )
    checks = models.BooleanField(
        "check who joins",
        default=False,
        help_text="Let in only people who have a submission under way in this study on Prolific.",
    )
    checked_at = models.DateTimeField(null=True, blank=True, help_text="When its submissions were read last.")
    counts = models.JSONField(default=dict, help_text="Submissions by their status there.")
    approved = models.PositiveIntegerField(default=0, help_text="Submissions approved from here in all.")
    returns_asked = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Submissions whose return was asked for from here in all."
    )
    let_in = models.PositiveIntegerField(
        "let in unchecked", default=0, db_default=0, help_text="People who joined while Prolific did not answer."
    )
    let_in_at = models.DateTimeField("last let in unchecked", null=True, blank=True, help_text="When that was last.")
    error = models.CharField(
        "last error", max_length=500, blank=True, help_text="What went wrong last; blank where nothing did."
    )

    class Meta:
        """Its name in the admin."""

        verbose_name_plural = "Prolific"

    def __str__(self) -> str:
        """Name the study there."""
        return gettext("Prolific study {remote_id}").format(remote_id=self.remote_id)
