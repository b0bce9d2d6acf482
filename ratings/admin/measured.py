"""What the page of a study's measurements shows, by what the study asks of its raters."""

from typing import Any

from ratings.admin.comparison_page import comparison_cards, comparison_plots, comparison_tables
from ratings.admin.quality_page import COLUMNS, quality_cards, quality_plots, rater_rows
from ratings.choices import Design
from ratings.models import QualityReport, Study


def measured_context(*, study: Study, report: QualityReport | None) -> dict[str, Any]:
    """Give cards, plots and tables of the newest report."""
    figures = report.figures if report else None
    if study.design == Design.PAIRWISE:
        return {
            "cards": comparison_cards(figures=figures) if figures else [],
            "plots": comparison_plots(study=study, figures=figures),
            "tables": comparison_tables(figures=figures) if figures else [],
        }
    return {
        "cards": quality_cards(study=study, figures=figures) if figures else [],
        "plots": quality_plots(study=study, report=report),
        "columns": COLUMNS,
        "rows": rater_rows(study=study),
    }
