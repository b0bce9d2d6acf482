"""An image in a study, and the places that it has there."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext

from ratings.models.facts import Described
from ratings.models.taking_off import TakenOffPicture, off_constraints, off_indexes
from ratings.values.prompts import prompt_in
from ratings.values.texts import AuthorText


class StudyImage(Described, TakenOffPicture):
    """An image in a study: what the study says of it, how many raters it wants, and how many places are taken.

    `taken` = leased + rated fresh assignments. It only rises by an UPDATE whose condition is `taken < target`,
    and the check constraint holds even where a caller forgets.
    """

    study = models.ForeignKey("ratings.Study", on_delete=models.CASCADE, related_name="study_images")
    image = models.ForeignKey("ratings.Image", on_delete=models.PROTECT, related_name="study_images")
    name = models.CharField(max_length=300, default="", db_default="", help_text="File name as it came in.")
    ordinal = models.PositiveIntegerField(help_text="0, 1, 2 … within the study: uniform draws need dense numbers.")
    shuffle = models.FloatField(help_text="A random number in [0, 1) that breaks ties of coverage.")
    target = models.PositiveIntegerField()
    taken = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    is_practice = models.BooleanField(default=False, help_text="Set aside: not among the images to be rated.")
    is_made = models.BooleanField(
        default=False, db_default=False, help_text="Made for a rater by steering: never handed out, shown to them only."
    )
    is_on_card = models.BooleanField(
        "on the study's card",
        default=False,
        db_default=False,
        help_text="People see it before they rate: choose none whose ratings that could bias.",
    )
    is_redescribed = models.BooleanField(
        default=False, db_default=False, help_text="Its description changed since models saw it: they look again."
    )
    stopped_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When the study's rule found its mean known well enough; blank while it is not.",
    )
    attention_value = models.FloatField(
        null=True, blank=True, help_text="The value that the picture asks for, if it is an attention check."
    )

    class Meta:
        """Invariants, and the indexes that keep picking independent of the study's size."""

        constraints = (
            *off_constraints("study_image"),
            models.UniqueConstraint(fields=("study", "image"), name="study_image_once"),
            models.UniqueConstraint(fields=("study", "ordinal"), name="study_image_ordinal_once"),
            models.CheckConstraint(condition=Q(taken__lte=F("target")), name="study_image_not_over_target"),
            models.CheckConstraint(
                condition=Q(attention_value__isnull=True) | Q(is_practice=True), name="study_image_check_is_set_aside"
            ),
            models.CheckConstraint(
                condition=Q(is_made=False) | Q(is_practice=True, is_active=False), name="study_image_made_is_set_aside"
            ),
        )
        indexes = (
            *off_indexes("study_image"),
            models.Index(
                fields=("study", "taken", "shuffle"),
                condition=Q(is_active=True, is_practice=False) & Q(taken__lt=F("target")),
                name="study_image_coverage",
            ),
            models.Index(fields=("study", "shuffle"), condition=Q(is_practice=True), name="study_image_set_aside"),
            models.Index(fields=("study",), condition=Q(is_redescribed=True), name="study_image_redescribed"),
            models.Index(fields=("study", "shuffle"), condition=Q(is_on_card=True), name="study_image_on_card"),
        )

    def __str__(self) -> str:
        """Name the image within its study."""
        return self.name or gettext("image {ordinal}").format(ordinal=self.ordinal)

    def prompt_in(self, language: str) -> AuthorText:
        """Give its prompt in a language, or else as it was written."""
        written = self.study.prompt_language or self.study.languages[0]
        return prompt_in(prompt=self.prompt, facts=self.metadata, language=language, written=written)
