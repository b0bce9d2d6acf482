"""Two to five pictures side by side: the items of a study of comparisons, who was asked which, and what they chose."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, TypeVar
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import Combinable
from django.db.models.functions import Greatest, Least
from django.utils.translation import gettext

from ratings.choices import Answer, AssignmentKind, AssignmentState, Policy, Side, SkipReason
from ratings.models.quality import QualityFlag
from ratings.models.taking_off import TakenOff, off_constraints, off_indexes

T = TypeVar("T")

MOST_IMAGES = 5  # that a screen shows side by side
IMAGE_FIELDS = tuple(f"image_{side}" for side in Side.values)
CONDITION_FIELDS = tuple(f"condition_{side}" for side in Side.values)
# A pair is the same in either order; of more, the service sorts the conditions.
CONDITIONS: tuple[Combinable, ...] = (
    Least("condition_a", "condition_b"),
    Greatest("condition_a", "condition_b"),
    *(F(name) for name in CONDITION_FIELDS[2:]),
)
SIDES_AND_TIE = "|".join(Answer.values)
PLACES = r"[1-5](>[1-5]){1,4}"  # as shown, from 1, the better one first: as many as the design asks for
SAME_TWICE = r"([1-5]).*\1"


class Pair(TakenOff):
    """Two to five conditions' pictures for one prompt: how many choices it wants, and how many places are taken.

    A pairwise study fills the first two, a best-worst study three to five; a column for each keeps a picture that is
    compared from being deleted, and a lease reads one row. `taken` = leased + answered assignments; it
    changes by an UPDATE whose condition is `taken < target`, and the check constraint holds even where a caller
    forgets. Which picture stood first how often, the assignments tell.
    """

    study = models.ForeignKey("ratings.Study", on_delete=models.CASCADE, related_name="pairs")
    participation = models.ForeignKey(
        "ratings.Participation",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="pairs",
        help_text="The only rater who is asked, where the pictures were made for one person; blank for anyone.",
    )
    group = models.CharField(max_length=200, help_text="What the two pictures have in common: by default the prompt.")
    prompt = models.TextField(blank=True)
    condition_a = models.CharField(max_length=100)
    condition_b = models.CharField(max_length=100)
    image_a = models.ForeignKey("ratings.Image", on_delete=models.PROTECT, related_name="pairs_as_a")
    image_b = models.ForeignKey("ratings.Image", on_delete=models.PROTECT, related_name="pairs_as_b")
    condition_c = models.CharField(max_length=100, blank=True, default="", db_default="")
    condition_d = models.CharField(max_length=100, blank=True, default="", db_default="")
    condition_e = models.CharField(max_length=100, blank=True, default="", db_default="")
    image_c = models.ForeignKey(
        "ratings.Image", null=True, blank=True, on_delete=models.PROTECT, related_name="pairs_as_c"
    )
    image_d = models.ForeignKey(
        "ratings.Image", null=True, blank=True, on_delete=models.PROTECT, related_name="pairs_as_d"
    )
    image_e = models.ForeignKey(
        "ratings.Image", null=True, blank=True, on_delete=models.PROTECT, related_name="pairs_as_e"
    )
    ordinal = models.PositiveIntegerField(help_text="0, 1, 2 … within the study.")
    shuffle = models.FloatField(help_text="A random number in [0, 1) that breaks ties of coverage.")
    target = models.PositiveIntegerField(help_text="Choices wanted.")
    taken = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    prompt_facts: Mapping[str, Any] = {}  # of a picture of that prompt, as the study has them; read to be shown

    class Meta:
        """Invariants, and the index that keeps picking independent of the study's size."""

        ordering = ("study", "ordinal")
        constraints = (
            *off_constraints("pair"),
            models.UniqueConstraint(fields=("study", "ordinal"), name="pair_ordinal_once"),
            models.UniqueConstraint(
                F("study"), F("group"), *CONDITIONS, condition=Q(participation__isnull=True), name="pair_once"
            ),
            models.UniqueConstraint(
                F("participation"),
                F("group"),
                *CONDITIONS,
                condition=Q(participation__isnull=False),
                name="pair_once_per_addressee",
            ),
            models.CheckConstraint(condition=Q(taken__lte=F("target")), name="pair_not_over_target"),
            models.CheckConstraint(condition=~Q(condition_a=F("condition_b")), name="pair_of_two_conditions"),
            models.CheckConstraint(condition=~Q(image_a=F("image_b")), name="pair_of_two_images"),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"image_{side}__isnull": True, f"condition_{side}": ""})
                    | Q(**{f"image_{side}__isnull": False, f"image_{before}__isnull": False})
                    & ~Q(**{f"condition_{side}": ""}),
                    name=f"pair_image_{side}_has_its_condition",
                )
                for before, side in pairwise("bcde")
            ),
        )
        indexes = (
            *off_indexes("pair"),
            models.Index(
                fields=("study", "taken", "shuffle"),
                condition=Q(is_active=True) & Q(taken__lt=F("target")),
                name="pair_coverage",
            ),
        )

    def __str__(self) -> str:
        """Name what is compared."""
        between = gettext(" or ")
        return f"{between.join(self.conditions)}: {self.group}"

    @property
    def image_ids(self) -> list[UUID]:
        """Give the images, in the order of their conditions."""
        found = (getattr(self, f"{name}_id") for name in IMAGE_FIELDS)
        return [image for image in found if image is not None]

    @property
    def conditions(self) -> list[str]:
        """Give the conditions."""
        return [found for name in CONDITION_FIELDS if (found := getattr(self, name))]

    def shown(self, left: str) -> tuple[UUID, ...]:
        """Give the images as they stand, from the left, where that condition's picture stands first."""
        return tuple(in_order(self.image_ids, first=left))


def in_order(things: Sequence[T], *, first: str) -> list[T]:
    """Give what belongs to each condition as its pictures stand, where that condition's picture stands first."""
    start = Side.values.index(first)
    return [*things[start:], *things[:start]]


class PairAssignment(models.Model):
    """One comparison put to one rater, with the picture that was drawn to stand first."""

    kind = AssignmentKind.FRESH  # a rater is asked once: there is no practice, and nothing comes again

    participation = models.ForeignKey(
        "ratings.Participation", on_delete=models.CASCADE, related_name="pair_assignments"
    )
    # RESTRICT, not PROTECT: a pair addressed to a rater goes with them, and so do their assignments
    pair = models.ForeignKey(Pair, on_delete=models.RESTRICT, related_name="assignments")
    state = models.CharField(max_length=10, choices=AssignmentState, default=AssignmentState.LEASED)
    left = models.CharField(max_length=1, choices=Side, help_text="Whose picture stands on the left, or first.")
    policy = models.CharField(max_length=10, choices=Policy, default=Policy.COVERAGE, db_default=Policy.COVERAGE)
    propensity = models.FloatField(help_text="Probability with which the policy drew the pair from its candidates.")
    score = models.FloatField(null=True, blank=True, help_text="The policy's value of the pair, if it has one.")
    model_version = models.CharField(
        max_length=60, blank=True, default="", db_default="", help_text="Of the model that chose it, if any."
    )
    position = models.PositiveIntegerField(help_text="1 for the rater's first pair.")

    leased_at = models.DateTimeField(auto_now_add=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    skip_reason = models.CharField(max_length=20, choices=SkipReason, blank=True)

    class Meta:
        """Invariants, and the indexes of the two hot paths."""

        constraints = (
            models.UniqueConstraint(
                fields=("participation", "pair"),
                condition=~Q(state=AssignmentState.RELEASED),
                name="pair_assignment_once",
            ),
            models.CheckConstraint(
                condition=Q(propensity__gt=0) & Q(propensity__lte=1), name="pair_assignment_propensity"
            ),
            models.CheckConstraint(condition=~Q(state=AssignmentState.QUEUED), name="pair_assignment_is_never_queued"),
            models.CheckConstraint(
                condition=~Q(state=AssignmentState.LEASED) | Q(lease_expires_at__isnull=False),
                name="pair_assignment_lease_has_an_end",
            ),
        )
        indexes = (
            models.Index(
                fields=("participation",), condition=Q(state=AssignmentState.LEASED), name="pair_assignment_in_hand"
            ),
            models.Index(
                fields=("lease_expires_at",), condition=Q(state=AssignmentState.LEASED), name="pair_assignment_expiry"
            ),
        )

    def __str__(self) -> str:
        """Name the assignment."""
        return gettext("pair assignment {pk}").format(pk=self.pk)


class QueuedComparison(models.Model):
    """A comparison that a model chose for a rater and that was not shown yet; a lease makes an assignment of it.

    It is a row of its own: which picture stands first is drawn with the lease, and so is the place in the sitting.
    """

    participation = models.ForeignKey(
        "ratings.Participation", on_delete=models.CASCADE, related_name="queued_comparisons"
    )
    pair = models.ForeignKey(Pair, on_delete=models.CASCADE, related_name="queued")
    policy = models.CharField(max_length=10, choices=Policy)
    propensity = models.FloatField(help_text="Probability with which the policy drew the pair from its candidates.")
    score = models.FloatField(null=True, blank=True, help_text="The policy's value of the pair, if it has one.")
    model_version = models.CharField(max_length=60, help_text="Of the model that chose it.")
    rank = models.PositiveIntegerField(help_text="Place in the rater's queue.")

    class Meta:
        """Invariants."""

        ordering = ("participation", "rank")
        constraints = (
            models.UniqueConstraint(fields=("participation", "pair"), name="queued_comparison_once"),
            models.CheckConstraint(
                condition=Q(propensity__gt=0) & Q(propensity__lte=1), name="queued_comparison_propensity"
            ),
        )

    def __str__(self) -> str:
        """Give its number."""
        return str(self.pk)


class ChoiceQuerySet(models.QuerySet["Choice"]):
    """Scopes of choices."""

    def current(self) -> "ChoiceQuerySet":
        """Keep the current choices: not replaced, not undone."""
        return self.filter(replaced_at__isnull=True).exclude(answer="")

    def without_flagged(self) -> "ChoiceQuerySet":
        """Leave out raters with a confirmed flag in the study where it was raised."""
        return self.exclude(participation__in=QualityFlag.objects.confirmed().values("participation"))


class Choice(models.Model):
    """One answer to one comparison; append-only: a change or an undo is a new row that replaces the old.

    A row without an answer takes back the one it replaces. The answer is what the rater saw and said: left, right or
    tie of two pictures; of more, the places of the best and the worst, such as 2>4. Which condition that favours
    follows from the assignment's `left`.
    """

    nonce = models.UUIDField(unique=True, help_text="Made by the client: the same click twice is one choice.")
    assignment = models.ForeignKey(PairAssignment, on_delete=models.CASCADE, related_name="choices")
    participation = models.ForeignKey("ratings.Participation", on_delete=models.CASCADE, related_name="choices")
    answer = models.CharField(max_length=9, choices=Answer, blank=True)
    texts = models.ForeignKey(
        "ratings.TextVersion",
        null=True,
        blank=True,
        db_index=False,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The version of the study's texts under which it was given; none from before versions were kept.",
    )
    response_ms = models.PositiveIntegerField(
        null=True, blank=True, help_text="From both pictures painted to the click."
    )
    client = models.JSONField(default=dict, blank=True, help_text="Viewport, pixel ratio, shown size, client clock.")
    replaces = models.OneToOneField("self", null=True, blank=True, on_delete=models.CASCADE, related_name="replaced_by")
    replaced_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ChoiceQuerySet.as_manager()

    class Meta:
        """Invariants."""

        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("assignment",), condition=Q(replaced_at__isnull=True), name="choice_current_once"
            ),
            models.CheckConstraint(condition=~Q(answer="") | Q(replaces__isnull=False), name="choice_undo_replaces"),
            models.CheckConstraint(
                condition=Q(answer__in=("", *Answer.values))
                | Q(answer__regex=f"^{PLACES}$") & ~Q(answer__regex=SAME_TWICE),
                name="choice_answer_is_known",
            ),
        )
        indexes = (models.Index(fields=("participation", "id"), name="choice_by_participation"),)

    def __str__(self) -> str:
        """Name the choice."""
        return gettext("choice {pk}").format(pk=self.pk)
