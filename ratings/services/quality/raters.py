"""Figures of one rater, and the flags that follow from them."""

from typing import Any

import numpy as np

from ratings.choices import AssignmentKind, FlagReason
from ratings.models import Study
from ratings.sentences import staff_gettext
from ratings.services.quality.answers import Answers, Floats
from ratings.services.quality.measures import rank_correlation, repeat_pairs
from ratings.values.rater_figures import RaterFigures

FEWEST_ANSWERS = 20  # below this nothing is flagged but missed attention checks
FEWEST_REPEATS = 5
FEWEST_COMPARED = 8
HASTY_SECONDS = 0.5
HASTY_SHARE = 0.5
LONGEST_RUN = 15
MODE_SHARE = 0.9
FEWEST_CHECKS = 2
MACHINE_LEFTOVER = 0.25  # of a rater's variance, beside what the mean of the others explains
MACHINE_REPEATS = 0.05  # of the difference of two images
MACHINE_SPREAD = 0.25  # quartile range of times, of their median

Figures = dict[str, Any]  # some of a rater's


def rater_figures(*, study: Study, answers: Answers, consensus: Floats | None) -> list[RaterFigures]:
    """Describe how each rater answered, in the order of `answers.raters`.

    The consensus holds the mean of the others for each fresh answer; sides of pairs have none.
    """
    fresh = answers.of_kind(AssignmentKind.FRESH.value)
    checks = answers.of_kind(AssignmentKind.ATTENTION.value)
    others = np.full(len(fresh.value), np.nan) if consensus is None else consensus
    who, first, second = repeat_pairs(answers)
    described: list[RaterFigures] = []
    for number in range(len(answers.raters)):
        own = slice(*np.searchsorted(fresh.rater, [number, number + 1]))
        is_repeat = who == number
        found = RaterFigures(
            **use_of_scale(fresh.value[own]),
            **pace(answers.of_rater(number).seconds),
            **consistency(own=fresh.value[own], first=first[is_repeat], second=second[is_repeat]),
            **attention(study=study, checks=checks.of_rater(number)),
            consensus=compared(fresh.value[own], others[own]),
            leftover=unexplained(fresh.value[own], others[own]),
        )
        described.append(found)
    return described


def use_of_scale(values: Floats) -> Figures:
    """Give count, mean, spread, values used, share of the commonest and the longest run of equal answers."""
    if not len(values):
        return {"ratings": 0, "mean": None, "sd": None, "values_used": 0, "mode_share": 0.0, "longest_run": 0}
    _, counts = np.unique(values, return_counts=True)
    changes = np.flatnonzero(np.diff(values))
    runs = np.diff(np.concatenate([[-1], changes, [len(values) - 1]]))
    return {
        "ratings": len(values),
        "mean": float(values.mean()),
        "sd": float(values.std()),
        "values_used": len(counts),
        "mode_share": float(counts.max() / len(values)),
        "longest_run": int(runs.max()),
    }


def pace(seconds: Floats) -> Figures:
    """Give the median time of an answer and how many came too fast to have looked."""
    known = seconds[np.isfinite(seconds)]
    median = float(np.median(known)) if len(known) else None
    spread = float(np.subtract(*np.percentile(known, [75, 25])) / median) if median else None
    hasty = int((known < HASTY_SECONDS).sum())
    return {"timed": len(known), "median_seconds": median, "time_spread": spread, "hasty": hasty}


def consistency(*, own: Floats, first: Floats, second: Floats) -> Figures:
    """Compare repeats with what two different images would differ by."""
    repeated = float(np.abs(first - second).mean()) if len(first) else None
    return {"repeats": len(first), "repeat_difference": repeated, "chance_difference": mean_difference(own)}


def mean_difference(values: Floats) -> float | None:
    """Give the mean absolute difference of two different values (Gini's), from their order in O(n log n)."""
    count = len(values)
    if count < 2:  # noqa: PLR2004 - a pair
        return None
    weights = 2 * np.arange(count) - count + 1
    return float(2 * (weights * np.sort(values)).sum() / (count * (count - 1)))


def attention(*, study: Study, checks: Answers) -> Figures:
    """Count the attention checks and those answered as they ask."""
    tolerance = study.scale_step / 2
    passed = np.abs(checks.value - checks.asked) <= tolerance
    known = np.isfinite(checks.asked)
    return {"checks": int(known.sum()), "checks_passed": int((passed & known).sum())}


def compared(own: Floats, others: Floats) -> float | None:
    """Correlate a rater with the mean of the others; information, never a flag."""
    known = np.isfinite(others)
    return rank_correlation(own[known], others[known]) if known.sum() >= FEWEST_COMPARED else None


def unexplained(own: Floats, others: Floats) -> float | None:
    """Give the share of a rater's variance that the mean of the others leaves: 1 - r², all where r is not above 0."""
    known = np.isfinite(others)
    own, others = own[known], others[known]
    if len(own) < FEWEST_ANSWERS or np.ptp(own) == 0 or np.ptp(others) == 0:
        return None
    return float(1 - max(0.0, np.corrcoef(own, others)[0, 1]) ** 2)


def findings(figures: RaterFigures) -> dict[FlagReason, str]:
    """Give the flags about a rater, each with what was seen."""
    found: dict[FlagReason, str | None] = {
        FlagReason.FAST: haste(figures),
        FlagReason.STRAIGHT_LINING: sameness(figures),
        FlagReason.INCONSISTENT: contradiction(figures),
        FlagReason.INATTENTIVE: inattention(figures),
        FlagReason.MACHINE: mechanism(figures),
    }
    return {reason: sentence for reason, sentence in found.items() if sentence is not None}


def haste(figures: RaterFigures) -> str | None:
    """Flag answers that came before a picture can be seen."""
    timed, hasty = figures.timed, figures.hasty
    if timed < FEWEST_ANSWERS or hasty < HASTY_SHARE * timed:
        return None
    return staff_gettext("{hasty} of {timed} answers came within {seconds} seconds.").format(
        hasty=hasty, timed=timed, seconds=f"{HASTY_SECONDS:g}"
    )


def sameness(figures: RaterFigures) -> str | None:
    """Flag answers that hardly ever change."""
    ratings, run, share = figures.ratings, figures.longest_run, figures.mode_share
    if ratings < FEWEST_ANSWERS:
        return None
    if run >= LONGEST_RUN:
        return staff_gettext("{run} answers in a row are the same, of {ratings}.").format(run=run, ratings=ratings)
    if share < MODE_SHARE:
        return None
    return staff_gettext("{share} of {ratings} answers are the same.").format(share=f"{share:.0%}", ratings=ratings)


def contradiction(figures: RaterFigures) -> str | None:
    """Flag repeats that differ as much as two different images do."""
    repeats, seen, chance = figures.repeats, figures.repeat_difference, figures.chance_difference
    if repeats < FEWEST_REPEATS or not chance or seen is None or seen < chance:
        return None
    return staff_gettext(
        "{repeats} images shown again differ by {seen} on average, two different images by {chance}."
    ).format(repeats=repeats, seen=f"{seen:.2f}", chance=f"{chance:.2f}")


def inattention(figures: RaterFigures) -> str | None:
    """Flag a rater who missed half of the attention checks or more."""
    checks, passed = figures.checks, figures.checks_passed
    if checks < FEWEST_CHECKS or 2 * passed > checks:
        return None
    return staff_gettext("{missed} of {checks} attention checks were missed.").format(
        missed=checks - passed, checks=checks
    )


def mechanism(figures: RaterFigures) -> str | None:
    """Flag, for information, who has no taste of their own, repeats perfectly and answers in even times, all three."""
    leftover, spread, seen, chance = (
        figures.leftover,
        figures.time_spread,
        figures.repeat_difference,
        figures.chance_difference,
    )
    if leftover is None or spread is None or seen is None or not chance:
        return None
    is_known_well = figures.repeats >= FEWEST_REPEATS and figures.timed >= FEWEST_ANSWERS
    is_even = leftover <= MACHINE_LEFTOVER and seen <= MACHINE_REPEATS * chance and spread <= MACHINE_SPREAD
    if not (is_known_well and is_even):
        return None
    return staff_gettext(
        "For information: the others' means explain {explained} of the answers, {repeats} repeats differ by {seen} "
        "(two images by {chance}), and the middle half of the times spans {spread} of their median."
    ).format(
        explained=f"{1 - leftover:.0%}",
        repeats=figures.repeats,
        seen=f"{seen:.2f}",
        chance=f"{chance:.2f}",
        spread=f"{spread:.0%}",
    )
