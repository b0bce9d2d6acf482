"""Whether and when a study shows its raters what was learned of their taste."""

from django.core.validators import MinValueValidator
from django.db import models


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
