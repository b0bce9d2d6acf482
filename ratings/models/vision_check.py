"""Whether raters of a study check their colour vision and their screen first, as a part of it."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from ratings.choices import VisionFailing
from ratings.values.plates import COLOUR_PLACES, SCREEN_PLACES

VISION_CONSTRAINTS = (
    models.CheckConstraint(
        condition=Q(vision_pass_mark__range=(1, len(COLOUR_PLACES))),
        name="study_vision_can_be_passed",
        violation_error_message="Give the number of right answers that pass the vision check, from 1 to 7.",
    ),
    models.CheckConstraint(
        condition=Q(vision_failing__in=VisionFailing.values),
        name="study_vision_failing_is_known",
        violation_error_message="Choose what follows a failed vision check: record or screen_out.",
    ),
)


class VisionCheckFields(models.Model):
    """What is checked before the first picture, and what becomes of somebody who does not pass."""

    checks_colour_vision = models.BooleanField(
        default=False,
        db_default=False,
        help_text=f"Ask each rater for the numbers in {len(COLOUR_PLACES)} pictures of coloured dots before the first "
        "picture. Say so in the consent: the result is a fact about health.",
    )
    checks_screen = models.BooleanField(
        default=False,
        db_default=False,
        help_text=f"Ask each rater for the numbers in {len(SCREEN_PLACES)} pictures of near shades of grey; both have "
        "to be right.",
    )
    vision_pass_mark = models.PositiveSmallIntegerField(
        default=6,
        db_default=6,
        validators=[MinValueValidator(1), MaxValueValidator(len(COLOUR_PLACES))],
        help_text=f"So many of the {len(COLOUR_PLACES)} numbers in colours have to be right.",
    )
    vision_failing = models.CharField(
        max_length=10,
        choices=VisionFailing,
        default=VisionFailing.RECORD,
        db_default=VisionFailing.RECORD,
        help_text="What becomes of a rater who does not pass: the result is recorded only, or their part ends there.",
    )

    class Meta:
        """Fields only; the study has the table, and its constraints."""

        abstract = True

    @property
    def checked_places(self) -> tuple[int, ...]:
        """Give the places of the plates that its raters are shown."""
        colours = COLOUR_PLACES if self.checks_colour_vision else ()
        return (*colours, *(SCREEN_PLACES if self.checks_screen else ()))
