"""Whether raters may have pictures made for them."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext


class SteeringOffer(models.Model):
    """Whether, and how much, the raters of a study may have pictures made for them: the page *Made for you*."""

    study = models.OneToOneField("ratings.Study", on_delete=models.CASCADE, related_name="steering_offer")
    is_on = models.BooleanField(
        "offered", default=False, help_text="Let raters ask for pictures made for them. The consent has to say so."
    )
    least_ratings = models.PositiveSmallIntegerField(
        default=25, validators=[MinValueValidator(1)], help_text="Ratings that a rater must have given before."
    )
    per_day = models.PositiveSmallIntegerField(
        default=3, validators=[MinValueValidator(1)], help_text="Wishes of one rater in 24 hours."
    )
    in_all = models.PositiveIntegerField(default=0, help_text="Wishes of all raters together; 0 for no bound.")
    prompts = models.JSONField(
        default=list, blank=True, help_text="What raters may ask for, a prompt each; blank for three that always work."
    )
    generator = models.CharField(max_length=40, blank=True, help_text="What draws; blank for the built-in sketches.")
    writer = models.CharField(max_length=40, blank=True, help_text="What rewrites; blank for the built-in writer.")
    iterations = models.PositiveSmallIntegerField(default=4, validators=[MinValueValidator(1), MaxValueValidator(50)])
    variants = models.PositiveSmallIntegerField(default=6, validators=[MinValueValidator(1), MaxValueValidator(50)])

    class Meta:
        """Invariants."""

        constraints = (
            models.CheckConstraint(
                condition=Q(least_ratings__gte=1, per_day__gte=1, iterations__gte=1, variants__gte=1),
                name="steering_offer_has_a_budget",
            ),
        )

    def __str__(self) -> str:
        """Name the offer."""
        return gettext("Made for you, {study}").format(study=self.study)
