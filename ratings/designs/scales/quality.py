"""Measure ratings on several scales: the main one as in every study of ratings, and the agreement on each."""

from dataclasses import replace

from ratings.models import Study
from ratings.services.quality.answers import study_answers
from ratings.services.quality.measured import Measured, fresh_answers, measure_ratings
from ratings.services.quality.measures import agreement
from ratings.values.study_figures import Agreement, ScaleAgreement


def measure(study: Study) -> Measured:
    """Measure the main scale, and how far raters agree on the others."""
    raters, figures = measure_ratings(study)
    return raters, replace(figures, scales=scale_figures(study, main=figures.agreement))


def scale_figures(study: Study, *, main: Agreement) -> tuple[ScaleAgreement, ...]:
    """Give the agreement of raters on each scale, the main one first."""
    first, *others = study.named_scales
    found = [ScaleAgreement(label=first.label, **vars(main))]
    for scale in others:
        fresh = fresh_answers(study_answers(study=study, scale=scale.key))
        found.append(ScaleAgreement(label=scale.label, **vars(agreement(study=study, fresh=fresh))))
    return tuple(found)
