"""What verdicts are made of: points with their evidence, and figures as they are written."""

from dataclasses import dataclass

from ratings.sentences import staff_gettext, staff_ngettext
from scoring.metrics import MeasuredFigure

FEW_RATERS, FEW_RATINGS = 10, 100  # below, a figure rests on few cases
MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True, kw_only=True)
class VerdictPoint:
    """One answer about a version, and what it rests on."""

    question: str
    answer: str
    evidence: str = ""  # the figure with its interval, unit, data and number of cases
    is_thin: bool = False  # whether it rests on few cases


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What to think of a version: one sentence, and the points that it is made of."""

    sentence: str
    points: tuple[VerdictPoint, ...]


@dataclass(frozen=True, kw_only=True)
class Promotion:
    """Whether a version is worse than the one that was live, by the rule of promotion, and on what figures."""

    is_worse: bool
    point: VerdictPoint


def standing(*, is_worse: bool, is_better: bool) -> str:
    """Say how a version stands beside the one that was live."""
    if is_worse:
        return staff_gettext("worse than {before}")
    return staff_gettext("better than {before}") if is_better else staff_gettext("not shown to differ from {before}")


def side(found: MeasuredFigure | None) -> int:
    """Tell on which side of zero an interval lies: 1, -1, or 0 where it holds zero or is not known."""
    if found is None or found.low is None or found.high is None:
        return 0
    return (found.low > 0) - (found.high < 0)


def is_few(*, ratings: int, raters: int) -> bool:
    """Tell whether so many ratings by so many raters are few cases."""
    return raters < FEW_RATERS or ratings < FEW_RATINGS


def cases(found: MeasuredFigure) -> str:
    """Say over how many raters a figure is a mean."""
    count = found.raters or 0
    return staff_ngettext("{count} rater", "{count} raters", count).format(count=f"{count:,}")


def shown(found: MeasuredFigure, *, signed: bool = False) -> str:
    """Write a figure with its interval."""
    if found.low is None or found.high is None:
        return number(found.value, signed=signed)
    ends = staff_gettext("{low} to {high}").format(
        low=number(found.low, signed=signed), high=number(found.high, signed=signed)
    )
    return f"{number(found.value, signed=signed)} ({ends})"


def number(value: float | None, *, signed: bool = False) -> str:
    """Write a figure with three decimals."""
    written = f"{value or 0.0:{'+' if signed else ''}.3f}"
    return written.replace("-", MINUS)
