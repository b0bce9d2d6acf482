"""What the pages of a study and of its measurements show, by what the study asks of its raters."""

from typing import Any

from ratings.admin.comparison_page import (
    comparison_cards,
    comparison_plots,
    comparison_tables,
    pair_study_cards,
)
from ratings.admin.plots import with_links
from ratings.admin.quality_page import (
    CHOICE_COLUMNS,
    CHOICE_NOTE,
    COLUMNS,
    NOTE,
    quality_cards,
    quality_plots,
    rater_rows,
)
from ratings.admin.study_page import study_cards, study_plots
from ratings.choices import Design
from ratings.models import QualityReport, Study


def overview_context(*, study: Study) -> dict[str, Any]:
    """Give cards and plots of a study's own page."""
    if study.design == Design.PAIRWISE:
        return {"cards": pair_study_cards(study=study), "plots": []}
    plots = with_links(plots=study_plots(study=study), view="admin:ratings_study_plot", pk=study.pk)
    return {"cards": study_cards(study=study), "plots": plots}


def measured_context(*, study: Study, report: QualityReport | None) -> dict[str, Any]:
    """Give cards, plots and tables of the newest report."""
    figures = report.figures if report else None
    if study.design == Design.PAIRWISE:
        return {
            "cards": comparison_cards(figures=figures) if figures else [],
            "plots": comparison_plots(study=study, figures=figures),
            "tables": comparison_tables(figures=figures) if figures else [],
            **raters_context(study=study),
        }
    return {
        "cards": quality_cards(study=study, figures=figures) if figures else [],
        "plots": quality_plots(study=study, report=report),
        **raters_context(study=study),
    }


def raters_context(*, study: Study) -> dict[str, Any]:
    """Give the table of raters."""
    is_pairwise = study.design == Design.PAIRWISE
    return {
        "columns": CHOICE_COLUMNS if is_pairwise else COLUMNS,
        "note": CHOICE_NOTE if is_pairwise else NOTE,
        "rows": rater_rows(study=study),
    }
