"""The matrix of agreement on a study's quality page: each rater against each other one, and against all others."""

from dataclasses import dataclass
from typing import ClassVar

from django.utils.translation import gettext, gettext_lazy

from annotate.admin.parts.base import whole
from annotate.admin.parts.filtered_lists import rater_page_url
from annotate.admin.parts.signs import DASH, decimal
from annotate.admin.parts.tables import FigureTable, Linked
from annotate.flows.quality import agreement_matrix
from ratings.models import RaterQuality, Study
from ratings.registry import design_of
from ratings.selectors.quality import measured_rater_count, most_active_qualities
from ratings.values.study_figures import SharedAgreement

MOST_RATERS = 12  # whom the matrix shows: so many columns can be read
FEW_SHARED = 30  # answers of both, below which a figure is greyed
ABOUT_RATINGS = gettext_lazy(
    "Spearman's correlation of two raters' first ratings of the same images; under it, on how many. Grey: fewer than "
    "{few}. The {most} raters with the most answers, of {count}; a column has its row's number. Others: with the mean "
    "of all other raters. A taste of one's own is no fault."
)
ABOUT_CHOICES = gettext_lazy(
    "Share of the same comparisons in which two raters chose alike; under it, on how many. Grey: fewer than {few}. "
    "The {most} raters with the most answers, of {count}; a column has its row's number."
)


@dataclass(frozen=True, kw_only=True)
class AgreementCell:
    """How far two raters agree, and on how many answers; grey where these are few."""

    value: str
    shared: str
    is_thin: bool
    template: ClassVar[str] = "admin/cells/agreement.html"


def agreement_table(*, study: Study) -> FigureTable[AgreementCell] | None:
    """Compare the raters with the most answers; with a single one there is nothing to compare."""
    most = most_active_qualities(study=study, limit=MOST_RATERS)
    if len(most) < 2:  # noqa: PLR2004 - a pair
        return None
    matrix = agreement_matrix(study=study, participations=[row.participation_id for row in most])
    is_rated = design_of(study).family.is_on_scale
    about = ABOUT_RATINGS if is_rated else ABOUT_CHOICES
    numbers = [str(place) for place in range(1, len(most) + 1)]
    return FigureTable(
        title=gettext("Agreement of raters with each other"),
        note=about.format(few=FEW_SHARED, most=len(most), count=whole(measured_rater_count(study=study))),
        columns=[gettext("Rater"), *([gettext("Others")] if is_rated else []), *numbers],
        rows=[
            (
                Linked(f"{place}. {row.participation}", rater_page_url(row.participation)),
                [
                    *([others_cell(row)] if is_rated else []),
                    *(pair_cell(matrix.get((row.participation_id, other.participation_id))) for other in most),
                ],
            )
            for place, row in zip(numbers, most, strict=True)
        ],
        kind="matrix",
    )


def pair_cell(found: SharedAgreement | None) -> AgreementCell:
    """Describe how far two raters agree; one with themselves has no figure."""
    if found is None:
        return AgreementCell(value=DASH, shared="", is_thin=True)
    value = DASH if found.value is None else decimal(found.value, 2)
    return AgreementCell(value=value, shared=str(found.shared), is_thin=found.shared < FEW_SHARED)


def others_cell(row: RaterQuality) -> AgreementCell:
    """Describe how far a rater goes with the mean of the others."""
    figures = row.measured
    value = DASH if figures.consensus is None else decimal(figures.consensus, 2)
    return AgreementCell(value=value, shared="", is_thin=figures.ratings < FEW_SHARED)
