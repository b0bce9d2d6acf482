"""The people who work in single studies, each with a role there."""

from django.conf import settings
from django.db import models

from ratings.choices import StudyRole


class StudyMember(models.Model):
    """A person's role in one study; a role in all studies is a group of the person's account."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="study_memberships")
    study = models.ForeignKey("ratings.Study", on_delete=models.CASCADE, related_name="members")
    role = models.CharField(max_length=20, choices=StudyRole)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """One role per person and study."""

        ordering = ("study", "user")
        constraints = (
            models.UniqueConstraint(fields=("user", "study"), name="study_member_once"),
            models.CheckConstraint(condition=models.Q(role__in=StudyRole.values), name="study_member_role_known"),
        )

    def __str__(self) -> str:
        """Say who is what."""
        return f"{self.user}: {self.get_role_display()}"
