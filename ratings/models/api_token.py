"""Tokens with which scripts call the API in somebody's name."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from ratings.choices import TokenScope


class ApiToken(models.Model):
    """A token of one person for one purpose; the key itself is shown once and kept as a digest only."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80, help_text="What it is for: a script, a notebook, a machine.")
    scope = models.CharField(max_length=10, choices=TokenScope, default=TokenScope.API)
    study = models.ForeignKey(
        "ratings.Study",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="api_tokens",
        help_text="For scoring only: the one study that the token is for. Empty for every study.",
    )
    start = models.CharField(max_length=12, help_text="The first characters of the key, to tell tokens apart.")
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the key.")
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Empty for a token that does not expire.")
    last_used_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """A name once per person; only a token for scoring is tied to a study."""

        ordering = ("-created_at",)
        verbose_name = "API token"
        constraints = (
            models.UniqueConstraint(fields=("user", "name"), name="api_token_named_once"),
            models.CheckConstraint(
                condition=Q(study__isnull=True) | Q(scope=TokenScope.SCORE), name="api_token_study_for_scores"
            ),
        )

    def __str__(self) -> str:
        """Say whose it is and what for."""
        return f"{self.user}: {self.name}"
