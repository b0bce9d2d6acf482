"""When a study is sure enough of a picture or a rater to ask no more, as a part of it."""

from typing import Any

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

LEAST = 0.0001
STOPPING_FIELDS = ("stop_image_width", "stop_image_raters", "stop_rater_sd", "stop_rater_after")
STOPPING_CONSTRAINTS = (
    models.CheckConstraint(
        condition=(Q(stop_image_width__isnull=True) | Q(stop_image_width__gte=LEAST))
        & (Q(stop_rater_sd__isnull=True) | Q(stop_rater_sd__gte=LEAST)),
        name="study_stops_at_a_positive_width",
        violation_error_message="Stop at a width and a deviation of 0.0001 or more, or leave them blank.",
    ),
    models.CheckConstraint(
        condition=Q(stop_image_raters__gte=2, stop_rater_after__gte=1),
        name="study_stops_after_some_answers",
        violation_error_message="A picture stops after 2 raters at least, a rater after 1 answer at least.",
    ),
)


def at_least(lowest: float) -> dict[str, Any]:
    """Give what fields have in common that are never lower."""
    return {"validators": [MinValueValidator(lowest)]}


class StoppingRules(models.Model):
    """The rules; off unless a width or a standard deviation is given. Studies of choices have none."""

    stop_image_width = models.FloatField(
        null=True,
        blank=True,
        **at_least(LEAST),
        help_text="A picture gets no more raters once the half-width of the 95 % interval of its mean, 1.96 sd / "
        "sqrt(n), is below this many points of the scale; blank for never.",
    )
    stop_image_raters = models.PositiveSmallIntegerField(
        default=5,
        db_default=5,
        **at_least(2),
        help_text="Raters that such a picture has had at least.",
    )
    stop_rater_sd = models.FloatField(
        null=True,
        blank=True,
        **at_least(LEAST),
        help_text="A rater is asked no more, and ends as complete, once the live model's uncertainty of their expected "
        "ratings, a standard deviation in points of the scale without the noise of single ratings, is on average below "
        "this; blank for never.",
    )
    stop_rater_after = models.PositiveSmallIntegerField(
        default=20,
        db_default=20,
        **at_least(1),
        help_text="Ratings that the model has learned of such a rater at least.",
    )

    class Meta:
        """Fields only; the study has the table, and its constraints."""

        abstract = True
