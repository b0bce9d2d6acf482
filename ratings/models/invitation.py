"""Invitations to work here: a link that one person uses once."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, gettext_lazy

ROLE_NAMES = {
    "rater manager": gettext_lazy("Rater manager"),
    "researcher": gettext_lazy("Researcher"),
    "admin": gettext_lazy("Admin"),
}
ROLE_CHOICES = tuple(ROLE_NAMES.items())


class Invitation(models.Model):
    """A role that is offered to who has the link; the key in it is shown once and kept as a digest only."""

    email = models.EmailField(blank=True, help_text="Where the link is sent, if this installation sends mail.")
    role = models.CharField(max_length=20, choices=ROLE_CHOICES)
    studies = models.ManyToManyField(
        "ratings.Study",
        blank=True,
        related_name="invitations",
        help_text="Where the role holds. Empty for all studies.",
    )
    is_for_all_studies = models.BooleanField(
        default=False, editable=False, help_text="Whether the role holds in all studies: one without is for its list."
    )
    digest = models.CharField(max_length=64, unique=True, editable=False, help_text="SHA-256 of the key.")
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True, blank=True, editable=False)
    used_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        """The newest first; used and withdrawn exclude each other."""

        ordering = ("-created_at",)
        constraints = (
            models.CheckConstraint(
                condition=Q(used_at__isnull=True) | Q(withdrawn_at__isnull=True), name="invitation_used_or_withdrawn"
            ),
            models.CheckConstraint(
                condition=Q(role__in=("rater manager", "researcher", "admin")), name="invitation_role_known"
            ),
        )

    def __str__(self) -> str:
        """Say who is invited as what."""
        return gettext("{person} as {role}").format(
            person=self.email or gettext("somebody"), role=self.get_role_display().lower()
        )
