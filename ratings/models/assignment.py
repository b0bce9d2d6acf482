"""One image put to one rater."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext

from ratings.choices import AssignmentKind, AssignmentState, Policy, SkipReason


class Assignment(models.Model):
    """One image put to one rater, with how it was chosen: what an unbiased estimate needs."""

    withheld_while_rating = ("score",)

    participation = models.ForeignKey("ratings.Participation", on_delete=models.CASCADE, related_name="assignments")
    study_image = models.ForeignKey("ratings.StudyImage", on_delete=models.PROTECT, related_name="assignments")
    image = models.ForeignKey("ratings.Image", on_delete=models.PROTECT, related_name="assignments")
    kind = models.CharField(max_length=10, choices=AssignmentKind, default=AssignmentKind.FRESH)
    state = models.CharField(max_length=10, choices=AssignmentState, default=AssignmentState.QUEUED)

    policy = models.CharField(max_length=10, choices=Policy)
    propensity = models.FloatField(help_text="Probability with which the policy chose it from its candidates.")
    score = models.FloatField(null=True, blank=True, help_text="The policy's value of the image, if it has one.")
    model_version = models.CharField(max_length=60, blank=True, help_text="Of the model that chose it, if any.")
    rank = models.PositiveIntegerField(default=0, help_text="Place in the rater's queue.")
    position = models.PositiveIntegerField(null=True, blank=True, help_text="1 for the rater's first image.")

    created_at = models.DateTimeField(auto_now_add=True)
    leased_at = models.DateTimeField(null=True, blank=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    skip_reason = models.CharField(max_length=20, choices=SkipReason, blank=True)

    class Meta:
        """Invariants, and the indexes of the two hot paths."""

        constraints = (
            models.UniqueConstraint(
                fields=("participation", "image"),
                condition=Q(kind=AssignmentKind.FRESH) & ~Q(state=AssignmentState.RELEASED),
                name="assignment_fresh_once",
            ),
            models.UniqueConstraint(
                fields=("participation", "image"),
                condition=Q(kind=AssignmentKind.STEERED),
                name="assignment_steered_once",
            ),
            models.CheckConstraint(condition=Q(propensity__gt=0) & Q(propensity__lte=1), name="assignment_propensity"),
            models.CheckConstraint(
                condition=~Q(state=AssignmentState.LEASED) | Q(lease_expires_at__isnull=False, position__isnull=False),
                name="assignment_lease_has_an_end",
            ),
        )
        indexes = (
            models.Index(
                fields=("participation",),
                condition=Q(state__in=(AssignmentState.LEASED, AssignmentState.QUEUED)),
                name="assignment_in_hand",
            ),
            models.Index(
                fields=("lease_expires_at",), condition=Q(state=AssignmentState.LEASED), name="assignment_expiry"
            ),
            models.Index(
                fields=("participation",),
                condition=Q(kind__in=(AssignmentKind.PRACTICE, AssignmentKind.ATTENTION)),
                name="assignment_tries_and_checks",
            ),
        )

    def __str__(self) -> str:
        """Name the assignment."""
        return gettext("assignment {pk}").format(pk=self.pk)
