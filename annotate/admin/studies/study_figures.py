"""What the pages of a study and of its measurements show, by how many pictures it puts to a rater at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext, gettext_lazy

from annotate.admin.parts.base import ago, whole
from annotate.admin.parts.cards import Card
from annotate.admin.parts.outlook_tables import study_outlook_table
from annotate.admin.parts.plots import Plot, with_links
from annotate.admin.parts.tables import FigureTable
from annotate.admin.studies.agreement_table import agreement_table
from annotate.admin.studies.comparison_page import (
    CHOICE_COLUMNS,
    CHOICE_NOTE,
    choice_cells,
    comparison_cards,
    comparison_plots,
    comparison_tables,
)
from annotate.admin.studies.quality_page import (
    COLUMNS,
    MOST_RATERS,
    NOTE,
    RaterColumns,
    number,
    quality_cards,
    quality_plots,
    raters_table,
    rating_cells,
    with_interval,
)
from annotate.admin.studies.study_page import (
    comparison_study_plots,
    link_fault_cards,
    rating_study_plots,
    study_cards,
)
from ratings.models import QualityReport, Study
from ratings.registry import ONE_IMAGE, SEVERAL_IMAGES, Family, design_of
from ratings.selectors.overview import with_item_spreads
from ratings.selectors.quality import figures_of, is_being_measured, last_failure, newest_report, rater_qualities
from ratings.values.study_figures import RatingFigures, StudyFigures
from scoring.selectors.outlooks import study_outlook

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, kw_only=True)
class StudyPages:
    """The parts of both pages that differ between families of designs."""

    answers_note: "StrOrPromise"  # which of the answers the study's own page counts
    items_note: "StrOrPromise"  # which of the items of its list it does not count, where there may be such
    overview_plots: Callable[..., list[Plot]]  # (study)
    cards: Callable[..., list[Card]]  # (study, figures)
    plots: Callable[..., list[Plot]]  # (study, figures)
    tables: Callable[..., list[FigureTable[Any]]]  # (figures)
    raters: RaterColumns


def scale_tables(*, figures: RatingFigures) -> list[FigureTable[Any]]:
    """Give the agreement on each of several scales; nothing where there is one."""
    if not figures.scales:
        return []
    rows = [
        (one.label, [number(one.value), with_interval(one, rest="").rstrip("; "), whole(one.images)])
        for one in figures.scales
    ]
    note = gettext("How far raters agree on each scale (Krippendorff's alpha); the first is the main one.")
    return [
        FigureTable(
            title=gettext("Scales"),
            note=note,
            columns=[gettext("Scale"), gettext("Agreement"), gettext("Interval"), gettext("Images")],
            rows=rows,
        )
    ]


PAGES: Mapping[Family, StudyPages] = {
    ONE_IMAGE: StudyPages(
        answers_note=gettext_lazy("current ratings, repeats left out"),
        items_note=gettext_lazy("practice pictures and attention checks are counted apart"),
        overview_plots=rating_study_plots,
        cards=quality_cards,
        plots=quality_plots,
        tables=scale_tables,
        raters=RaterColumns(names=COLUMNS, note=NOTE, cells=rating_cells),
    ),
    SEVERAL_IMAGES: StudyPages(
        answers_note=gettext_lazy("that stand; the scores are under Quality"),
        items_note="",
        overview_plots=comparison_study_plots,
        cards=comparison_cards,
        plots=comparison_plots,
        tables=comparison_tables,
        raters=RaterColumns(names=CHOICE_COLUMNS, note=CHOICE_NOTE, cells=choice_cells),
    ),
}


def overview_context(*, study: Study) -> dict[str, Any]:
    """Give cards and plots of a study's own page."""
    pages = PAGES[design_of(study).family]
    with_item_spreads([study])  # for a card and a plot
    plots = with_links(plots=pages.overview_plots(study=study), view="admin:ratings_study_plot", pk=study.pk)
    cards = study_cards(study=study, answers_note=str(pages.answers_note), items_note=str(pages.items_note))
    return {"cards": [*cards, *link_fault_cards(study=study)], "plots": plots}


def outlook_context(*, study: Study) -> dict[str, Any]:
    """Give what more ratings would bring, where a training could say."""
    found = study_outlook(study=study) if design_of(study).trains else None
    return {"outlook": study_outlook_table(found)} if found is not None else {}


def quality_context(*, study: Study) -> dict[str, Any]:
    """Give what the page on quality shows."""
    report = newest_report(study=study)
    return {
        "report": report,
        "measured": ago(report.finished_at) if report else "",
        "failure": last_failure(study=study),
        "is_running": is_being_measured(study=study),
        **measured_context(study=study, report=report),
    }


def measured_context(*, study: Study, report: QualityReport | None) -> dict[str, Any]:
    """Give cards, plots and tables of the newest report."""
    design, figures = design_of(study), measured_figures(study=study, report=report)
    pages = PAGES[design.family]
    raters = raters_table(qualities=rater_qualities(study=study, limit=MOST_RATERS), columns=pages.raters)
    matrix = agreement_table(study=study)
    tables: list[FigureTable[Any]] = [*(pages.tables(figures=figures) if figures else [])]
    return {
        "cards": pages.cards(study=study, figures=figures) if figures else [],
        "plots": measured_plots(study=study, report=report),
        "tables": [*tables, *([raters] if raters.rows else []), *([matrix] if matrix else [])],
        "opinions": f"{figures.answers} {gettext(design.answers)}" if figures else "",
    }


def measured_figures(*, study: Study, report: QualityReport | None) -> StudyFigures | None:
    """Give the figures of a report, if there is one."""
    return figures_of(study=study, report=report) if report else None


def measured_plots(*, study: Study, report: QualityReport | None) -> list[Plot]:
    """Give the plots of the newest report."""
    figures = measured_figures(study=study, report=report)
    return PAGES[design_of(study).family].plots(study=study, figures=figures)
