"""Measure how the raters of a study answered, each family of designs in its way."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from ratings.choices import AssignmentKind
from ratings.models import Study
from ratings.selectors.quality import spread_over
from ratings.services.comparisons.results import comparison_figures
from ratings.services.quality.answers import Answers, study_answers, study_choices
from ratings.services.quality.measures import agreement, other_means, retest, times
from ratings.services.quality.raters import rater_figures
from ratings.values.rater_figures import RaterFigures
from ratings.values.study_figures import OthersAgreement, RaterBins, RatingFigures, StudyFigures

BINS = 10  # ranges of a figure of raters
Measured = tuple[dict[UUID, RaterFigures], StudyFigures]  # of each rater, and of the study
Measure = Callable[[Study], Measured]


def measure_choices(study: Study) -> Measured:
    """Measure choices between pictures."""
    answers = study_choices(study=study)
    described = rater_figures(study=study, answers=answers, consensus=None)
    return by_rater(answers, described), replace(comparison_figures(study=study), times=times(answers))


def measure_ratings(study: Study) -> tuple[dict[UUID, RaterFigures], RatingFigures]:
    """Measure ratings."""
    answers = study_answers(study=study)
    consensus = other_means(fresh_answers(answers))
    described = rater_figures(study=study, answers=answers, consensus=consensus)
    return by_rater(answers, described), study_figures(study=study, answers=answers, described=described)


def fresh_answers(answers: Answers) -> Answers:
    """Keep what was said at the first showing."""
    return answers.of_kind(AssignmentKind.FRESH.value)


def by_rater(answers: Answers, described: list[RaterFigures]) -> dict[UUID, RaterFigures]:
    """Give each rater their figures."""
    return dict(zip(answers.raters, described, strict=True))


def study_figures(*, study: Study, answers: Answers, described: list[RaterFigures]) -> RatingFigures:
    """Give everything a page shows of a study's quality."""
    fresh = fresh_answers(answers)
    consensus = [one.consensus for one in described if one.consensus is not None]
    return RatingFigures(
        ratings=len(fresh.value),
        raters=len(answers.raters),
        agreement=agreement(study=study, fresh=fresh),
        retest=retest(answers),
        times=times(answers),
        checks=sum(one.checks for one in described),
        checks_passed=sum(one.checks_passed for one in described),
        rater_bins=rater_bins(study=study, described=described),
        consensus=OthersAgreement(raters=len(consensus), mean=sum(consensus) / len(consensus) if consensus else None),
    )


def rater_bins(*, study: Study, described: list[RaterFigures]) -> dict[str, RaterBins]:
    """Count the raters by range of each figure that a page plots, so that none has to read all of them."""
    low, high = study.scale_min, study.scale_max
    columns: dict[str, tuple[list[float | None], float, float]] = {
        "means": ([one.mean for one in described], low, high),
        "spreads": ([one.sd for one in described], 0.0, (high - low) / 2),
        "runs": ([one.longest_run for one in described], 0.0, 20.0),
        "consensus": ([one.consensus for one in described], -1.0, 1.0),
    }
    return {
        name: RaterBins(low=start, high=end, counts=tuple(spread_over(values, low=start, high=end, bins=BINS)))
        for name, (values, start, end) in columns.items()
    }
