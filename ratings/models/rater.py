"""A person who rates, what they said about themselves, and their part in a study."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext

from ratings.choices import End, ParticipationState
from ratings.values.languages import DEFAULT_LANGUAGE, LANGUAGES, LONGEST_CODE


class Rater(models.Model):
    """A person known by a pseudonym only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    is_simulated = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """Order, and the index of the list in it."""

        ordering = ("-created_at",)
        indexes = (models.Index(fields=("created_at", "id"), name="rater_created"),)

    def __str__(self) -> str:
        """Give the pseudonym."""
        return f"rater-{str(self.id)[:8]}"

    @property
    def is_authenticated(self) -> bool:
        """Answer what frameworks ask of the sender of a request: a rater that was found is known."""
        return True


class Profile(models.Model):
    """A rater's answers: personal data, optional, deletable."""

    rater = models.OneToOneField(Rater, on_delete=models.CASCADE, primary_key=True, related_name="profile")
    answers = models.JSONField(default=dict)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        """Say whose it is."""
        return gettext("profile of {rater}").format(rater=self.rater_id)


class Participation(models.Model):
    """A rater in a study."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    study = models.ForeignKey("ratings.Study", on_delete=models.PROTECT, related_name="participations")
    rater = models.ForeignKey(Rater, on_delete=models.CASCADE, related_name="participations")
    state = models.CharField(max_length=10, choices=ParticipationState, default=ParticipationState.ACTIVE)
    consent_version = models.CharField(max_length=40)
    consented_at = models.DateTimeField()
    texts = models.ForeignKey(
        "ratings.TextVersion",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The version of the study's texts that was shown last.",
    )
    language = models.CharField(
        max_length=LONGEST_CODE,
        choices=LANGUAGES.items(),
        default=DEFAULT_LANGUAGE,
        db_default=DEFAULT_LANGUAGE,
        help_text="The language that the rater chose last.",
    )
    external_id = models.CharField(max_length=200, blank=True, help_text="The crowd platform's name for the person.")
    external_session = models.CharField(max_length=200, blank=True)
    released_submission = models.CharField(
        max_length=200,
        blank=True,
        default="",
        db_default="",
        help_text="The submission on Prolific for whose return places were given back.",
    )
    resume_generation = models.PositiveIntegerField(
        default=1,
        db_default=1,
        help_text="Number of the resume link that works now; using or replacing it counts up. 0: it was the API token.",
    )
    device = models.JSONField(
        null=True,
        blank=True,
        help_text="What is known of the device that the rater joined on; blank where nobody asked.",
    )
    has_moved = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Whether the rater came to another browser since their device was looked at.",
    )
    vision = models.JSONField(
        null=True,
        blank=True,
        help_text="What was said of each plate of the check of colour vision and screen; blank for no check.",
    )
    quota = models.PositiveIntegerField(help_text="Images asked of this rater.")
    reserved = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="Places of images kept for this rater while they are there; blank for who joined before any were.",
    )
    granted = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="Most images handed out, where others took places while the rater was away; blank for the quota.",
    )
    stopped_at = models.DateTimeField(
        null=True, blank=True, help_text="When the study's rule found the rater known well enough; the quota fell then."
    )
    done = models.PositiveIntegerField(default=0, help_text="Images rated so far, practice apart.")
    published_profile = models.JSONField(
        null=True,
        blank=True,
        help_text="The bands of the profile that dumps for publication give; blank for who was in none of them.",
    )
    end_answers = models.JSONField(
        null=True, blank=True, help_text="What was answered after the last picture; blank for who was not asked yet."
    )
    end = models.CharField(
        max_length=20,
        choices=End,
        blank=True,
        default="",
        db_default="",
        help_text="How the part ended, where that was decided; blank while it goes on or went to its own end.",
    )
    served = models.PositiveIntegerField(default=0, help_text="Images handed out so far; gives positions.")
    created_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField(auto_now_add=True)
    completed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Invariants, and indexes of lists; none of a column that each answer writes, which would slow it."""

        ordering = ("-created_at",)
        indexes = (
            models.Index(fields=("created_at", "id"), name="participation_created"),
            models.Index(fields=("study", "created_at", "id"), name="participation_in_study"),
        )
        constraints = (
            models.UniqueConstraint(fields=("study", "rater"), name="participation_once"),
            models.UniqueConstraint(
                fields=("study", "external_id"), condition=~Q(external_id=""), name="participation_external_id_once"
            ),
            models.CheckConstraint(
                condition=Q(language__in=list(LANGUAGES)), name="participation_speaks_known_language"
            ),
            models.CheckConstraint(condition=Q(done__lte=F("served")), name="participation_done_were_served"),
        )

    def __str__(self) -> str:
        """Name the rater."""
        return f"rater-{str(self.rater_id)[:8]}"

    @property
    def allowance(self) -> int:
        """Give how many images may be handed to the rater in all."""
        return self.quota if self.granted is None else min(self.quota, self.granted)

    @property
    def is_complete(self) -> bool:
        """Tell whether the rater has done all that was asked."""
        return self.done >= self.quota
