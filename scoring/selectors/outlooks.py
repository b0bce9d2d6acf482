"""What more ratings would bring to a study and to one rater, and what they would cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from ratings.choices import PayBasis
from ratings.models import Participation, Study
from ratings.selectors.precision import study_pace
from ratings.values.shapes import Note
from ratings.values.study_costs import USUAL_SECONDS, StudyPace
from scoring.metrics import GainPoint, MeasuredFigure
from scoring.models import ModelVersion, RaterOutlook


@dataclass(frozen=True, kw_only=True)
class PricedGain:
    """What so many more ratings are expected to bring, and to cost."""

    more: Annotated[int, Note("Further ratings.")]
    srocc: Annotated[MeasuredFigure, Note("How much the SROCC is expected to rise.")]
    cost: Annotated[float | None, Note("Pay of their raters; none where the study states none.")] = None


@dataclass(frozen=True, kw_only=True)
class PricedOutlook:
    """What is expected of more ratings, and what that rests on."""

    version: Annotated[str, Note("The version that it was reckoned with; blank where none has.")] = ""
    ratings: Annotated[int, Note("Ratings that it learned from: of the study, or of the rater.")] = 0
    test_ratings: Annotated[int | None, Note("Ratings of the test slice that it was measured on; none of a rater.")] = (
        None
    )
    raters: Annotated[int | None, Note("Raters of the test slice; none of a rater.")] = None
    now: Annotated[MeasuredFigure | None, Note("The SROCC now: measured of a study, expected of a rater.")] = None
    expected_before: Annotated[
        MeasuredFigure | None, Note("What half of a study's ratings would have expected of the other half.")
    ] = None
    brought_before: Annotated[MeasuredFigure | None, Note("What the other half brought.")] = None
    currency: Annotated[str, Note("Currency of the cost.")] = ""
    gains: Annotated[tuple[PricedGain, ...], Note("What more ratings would bring.", entry="gain")] = ()


NOTHING_EXPECTED = PricedOutlook()


def study_outlook(*, study: Study) -> PricedOutlook | None:
    """Give what more ratings of the same raters would bring, by the newest version of which that was measured."""
    newest = ModelVersion.objects.filter(study=study, metrics__outlook__isnull=False).order_by("-number").first()
    if newest is None or newest.measured.outlook is None:
        return None
    metrics, outlook = newest.measured, newest.measured.outlook
    now = outlook.points[-1].srocc if outlook.points else None
    return PricedOutlook(
        version=str(newest),
        ratings=metrics.ratings,
        test_ratings=metrics.test_ratings,
        raters=now.raters if now else None,
        now=now,
        expected_before=outlook.expected_before,
        brought_before=outlook.brought_before,
        currency=study.pay_currency,
        gains=priced(outlook.gains, study=study, pace=paid_pace(study=study)),
    )


def rater_outlook(*, participation: Participation) -> PricedOutlook | None:
    """Give what more ratings of one rater would bring, as the newest training expected it."""
    row: RaterOutlook | None = getattr(participation, "outlook", None)
    if row is None:
        return None
    study = participation.study
    quality = getattr(participation, "quality", None)
    own = quality.measured.median_seconds if quality is not None else None
    return PricedOutlook(
        version=str(row.model_version),
        ratings=row.rating_count,
        test_ratings=None,
        raters=None,
        now=row.found.now,
        currency=study.pay_currency,
        gains=priced(row.found.gains, study=study, pace=paid_pace(study=study, seconds=own)),
    )


def paid_pace(*, study: Study, seconds: float | None = None) -> StudyPace:
    """Give how long answers take as far as pay depends on it: only where that is by the hour is it looked up."""
    is_by_the_hour = bool(study.pay_amount) and study.pay_basis == PayBasis.HOUR
    return study_pace(study=study, seconds=seconds if is_by_the_hour else seconds or USUAL_SECONDS)


def priced(gains: Sequence[GainPoint], *, study: Study, pace: StudyPace) -> tuple[PricedGain, ...]:
    """Add what the ratings cost."""
    return tuple(
        PricedGain(more=one.more, srocc=one.srocc, cost=pace.cost_of(answers=one.more, quota=study.quota))
        for one in gains
    )
