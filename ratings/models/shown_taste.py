"""Whether and when a study shows its raters what was learned of their taste."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from ratings.choices import StudyState

TASTE_UNCONSENTED = (
    "Raters would be shown their taste without having agreed to it: write the part of the consent that says so "
    "(taste_consent), or leave shows_taste off."
)
TASTE_CONSTRAINTS = (
    models.CheckConstraint(
        condition=Q(shows_taste=False) | Q(state=StudyState.DRAFT) | ~Q(taste_consent=""),
        name="study_taste_is_consented_to",
        violation_error_message=TASTE_UNCONSENTED,
    ),
    models.CheckConstraint(
        condition=Q(taste_after__gte=1),
        name="study_taste_after_some_ratings",
        violation_error_message="Show the taste after 1 rating at least.",
    ),
)


class TasteSettings(models.Model):
    """The settings of the page *Your taste*, as a part of a study."""

    shows_taste = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Let raters who agreed to that see what was learned of their taste: the page *Your taste*. What they "
        "see may sway what they rate later; it shows no expected figures before they have finished.",
    )
    taste_after = models.PositiveSmallIntegerField(
        default=25,
        db_default=25,
        validators=[MinValueValidator(1)],
        help_text="Ratings after which a rater may see it; those who have finished always may.",
    )
    taste_consent = models.TextField(
        blank=True,
        default="",
        db_default="",
        help_text="Shown with the consent, as a part of it: what of their taste is computed, shown and handed out.",
    )

    class Meta:
        """Fields only; the study has the table, and its constraints."""

        abstract = True
