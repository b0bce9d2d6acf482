"""Measure how the raters of a study answered, each family of designs in its way."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from ratings.choices import AssignmentKind
from ratings.models import Study
from ratings.services.comparisons.results import comparison_figures
from ratings.services.quality.answers import Answers, study_answers, study_choices
from ratings.services.quality.measures import agreement, other_means, retest, times
from ratings.services.quality.raters import rater_figures
from ratings.values.rater_figures import RaterFigures

Measured = tuple[dict[UUID, RaterFigures], dict[str, Any]]  # of each rater, and of the study
Measure = Callable[[Study], Measured]


def measure_choices(study: Study) -> Measured:
    """Measure choices between pictures."""
    answers = study_choices(study=study)
    described = rater_figures(study=study, answers=answers, consensus=None)
    return by_rater(answers, described), {**comparison_figures(study=study), "times": times(answers)}


def measure_ratings(study: Study) -> Measured:
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


def study_figures(*, study: Study, answers: Answers, described: list[RaterFigures]) -> dict[str, object]:
    """Give everything a page shows of a study's quality."""
    fresh = fresh_answers(answers)
    consensus = [one.consensus for one in described if one.consensus is not None]
    return {
        "ratings": len(fresh.value),
        "raters": len(answers.raters),
        "agreement": agreement(study=study, fresh=fresh),
        "retest": retest(answers),
        "times": times(answers),
        "checks": sum(one.checks for one in described),
        "checks_passed": sum(one.checks_passed for one in described),
        "consensus": {"raters": len(consensus), "mean": sum(consensus) / len(consensus) if consensus else None},
    }
