"""What the pages of a study and of its measurements show, by what the study asks of its raters."""

from typing import Any

from annotate.admin.parts.plots import with_links
from annotate.admin.parts.tables import Table
from annotate.admin.studies.comparison_page import (
    comparison_cards,
    comparison_plots,
    comparison_tables,
    pair_study_cards,
)
from annotate.admin.studies.quality_page import quality_cards, quality_plots, raters_table
from annotate.admin.studies.study_page import link_fault_cards, study_cards, study_plots
from ratings.choices import Design
from ratings.models import QualityReport, Study


def overview_context(*, study: Study) -> dict[str, Any]:
    """Give cards and plots of a study's own page."""
    if study.design == Design.PAIRWISE:
        return {"cards": [*pair_study_cards(study=study), *link_fault_cards(study=study)], "plots": []}
    plots = with_links(plots=study_plots(study=study), view="admin:ratings_study_plot", pk=study.pk)
    return {"cards": [*study_cards(study=study), *link_fault_cards(study=study)], "plots": plots}


def measured_context(*, study: Study, report: QualityReport | None) -> dict[str, Any]:
    """Give cards, plots and tables of the newest report."""
    figures = report.figures if report else None
    raters = raters_table(study=study)
    if study.design == Design.PAIRWISE:
        return {
            "cards": comparison_cards(figures=figures) if figures else [],
            "plots": comparison_plots(study=study, figures=figures),
            "tables": [*(comparison_tables(figures=figures) if figures else []), *with_rows(raters)],
            "opinions": f"{figures['choices']} choices" if figures else "",
        }
    return {
        "cards": quality_cards(study=study, figures=figures) if figures else [],
        "plots": quality_plots(study=study, report=report),
        "tables": with_rows(raters),
        "opinions": f"{figures['ratings']} ratings" if figures else "",
    }


def with_rows(table: Table[Any]) -> list[Table[Any]]:
    """Leave out a table that is empty."""
    return [table] if table.rows else []
