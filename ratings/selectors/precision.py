"""How far the raters of a study differ about one picture, and how long an answer takes them."""

from dataclasses import dataclass
from math import sqrt

from django.db.models import Count, F, FloatField, Sum
from django.db.models.aggregates import Variance

from ratings.models import Study
from ratings.registry import design_of, first_ratings, practice_of
from ratings.selectors.quality import figures_of, newest_report
from ratings.values.study_costs import USUAL_SECONDS, StudyPace

FEWEST_FREE = 10  # differences between raters of one picture, below which their spread is not worth naming


@dataclass(frozen=True, kw_only=True)
class RaterSpread:
    """The standard deviation of different raters' answers about one picture, pooled over pictures."""

    sd: float
    ratings: int
    items: int


@dataclass(frozen=True, kw_only=True)
class AnswerPace:
    """The median time of an answer, and of how many."""

    seconds: float
    answers: int


def rater_spread(*, study: Study) -> RaterSpread | None:
    """Pool the variance within pictures, sum (n - 1) s2 / sum (n - 1); none where too few were rated more than once."""
    if not design_of(study).family.is_on_scale:
        return None
    by_item = (
        first_ratings()
        .filter(participation__study=study)
        .order_by()
        .values("image_id")
        .annotate(raters=Count("pk"), spread=Variance("value", sample=True))
        .filter(raters__gte=2)
    )
    free = F("raters") - 1
    found = by_item.aggregate(
        free=Sum(free),
        ratings=Sum("raters"),
        items=Count("image_id"),
        square=Sum(free * F("spread"), output_field=FloatField()),
    )
    if (found["free"] or 0) < FEWEST_FREE or not found["square"]:
        return None
    return RaterSpread(sd=sqrt(found["square"] / found["free"]), ratings=found["ratings"], items=found["items"])


def answer_pace(*, study: Study) -> AnswerPace | None:
    """Give the median time of an answer as the newest measurement of quality found it."""
    report = newest_report(study=study)
    times = figures_of(study=study, report=report).times if report is not None else None
    if times is None or not times.median:
        return None
    return AnswerPace(seconds=times.median, answers=sum(times.counts))


def study_pace(*, study: Study, seconds: float | None = None) -> StudyPace:
    """Give how long answers take, as stated, measured or usual, and what they are paid."""
    if seconds is None:
        found = answer_pace(study=study)
        seconds = found.seconds if found is not None else USUAL_SECONDS
    return StudyPace(
        seconds=seconds,
        practice=practice_of(study),
        amount=None if study.pay_amount is None else float(study.pay_amount),
        basis=study.pay_basis,
    )
