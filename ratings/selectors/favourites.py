"""The pictures that a rater liked best in a study: their own answers, shown to them when they are done."""

from ratings.choices import AssignmentKind
from ratings.models import Image, Participation, Rating

MOST_PICTURES = 4
LIKED_SHARE = 0.5  # of the scale: nothing below its middle is a favourite


def favourites_of(*, participation: Participation, count: int = MOST_PICTURES) -> list[Image]:
    """Give the pictures with the highest ratings that stand, of equal ones the newest; none that was not liked."""
    study = participation.study
    least = study.scale_min + LIKED_SHARE * (study.scale_max - study.scale_min)
    ratings = Rating.objects.current().filter(
        participation=participation,
        assignment__kind=AssignmentKind.FRESH,
        assignment__study_image__off_at__isnull=True,
        value__gt=least,
    )
    return [rating.image for rating in ratings.select_related("image").order_by("-value", "-pk")[:count]]
