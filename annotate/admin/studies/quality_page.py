"""The figures, plots and raters on a study's quality page."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from annotate.admin.parts.base import whole
from annotate.admin.parts.cards import Card
from annotate.admin.parts.filtered_lists import (
    OPINIONS,
    answers_list,
    filtered_list,
    items_list,
    opinions_list,
    rater_page_url,
    study_answers_list,
)
from annotate.admin.parts.plots import Plot, Series, with_links
from annotate.admin.parts.signs import DASH, decimal
from annotate.admin.parts.tables import FigureTable, Linked
from annotate.admin.studies.study_page import coverage_plot, opinions_plot
from ratings.choices import AssignmentKind, FlagState
from ratings.models import QualityFlag, RaterQuality, Study
from ratings.selectors.quality import flag_counts
from ratings.values.rater_figures import RaterFigures
from ratings.values.study_figures import Agreement, AnswerTimes, RaterBins, RatingFigures, Retest

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

MOST_RATERS = 300
RATER_PLOTS = (  # key, title, name of the axis, note
    ("means", gettext_lazy("Mean rating per rater"), gettext_lazy("mean rating"), ""),
    ("spreads", gettext_lazy("Use of the scale"), gettext_lazy("standard deviation"), ""),
    ("runs", gettext_lazy("Longest run of one answer"), gettext_lazy("answers"), ""),
    (
        "consensus",
        gettext_lazy("Rank correlation with the others"),
        "SROCC",
        gettext_lazy("For information: a taste of one's own is no fault."),
    ),
)
FEW_CASES = 30  # images, repeats or answers, below which a figure of a study is greyed
NOTE = gettext_lazy(
    "Those with flags first. Repeats: mean difference between both answers, and how many. Others: rank correlation "
    "with the mean of the other raters, for information."
)
COUNTED: tuple[
    tuple["StrOrPromise", dict[str, str]], ...
] = (  # columns of counts, and what narrows a rater's answers to them
    (gettext_lazy("Ratings"), OPINIONS),
    (gettext_lazy("Choices"), OPINIONS),
    (gettext_lazy("Repeats"), {"assignment__kind__exact": AssignmentKind.REPEAT, "standing": "stands"}),
    (gettext_lazy("Checks"), {"assignment__kind__exact": AssignmentKind.ATTENTION, "standing": "stands"}),
)
COLUMNS = (
    gettext_lazy("Rater"),
    gettext_lazy("Flags"),
    gettext_lazy("Ratings"),
    gettext_lazy("Seconds"),
    gettext_lazy("Mean"),
    gettext_lazy("Spread"),
    gettext_lazy("Longest run"),
    gettext_lazy("Repeats"),
    gettext_lazy("Checks"),
    gettext_lazy("Others"),
)


@dataclass(frozen=True, kw_only=True)
class FlagCell:
    """The flags about one rater, each with its page."""

    flags: list[tuple[QualityFlag, str]]
    template: ClassVar[str] = "admin/cells/flags.html"


@dataclass(frozen=True, kw_only=True)
class RaterColumns:
    """How the table of raters describes each of them."""

    names: "Sequence[StrOrPromise]"
    note: "StrOrPromise"
    cells: Callable[[RaterFigures], list[str]]


def number(value: float | None, digits: int = 2) -> str:
    """Write a figure, or a dash where there is none."""
    return DASH if value is None else decimal(value, digits)


def with_interval(facts: Agreement | Retest, *, rest: str) -> str:
    """Write the ends of an interval before what it is of."""
    if facts.low is None:
        return rest
    interval = gettext("{low} to {high} (95 %)").format(low=number(facts.low), high=number(facts.high))
    return f"{interval}; {rest}"


def quality_cards(*, study: Study, figures: RatingFigures) -> list[Card]:
    """Give the figures at the top of the page."""
    agreement, retest = figures.agreement, figures.retest
    flags = flag_counts(study=study)
    asked, passed = figures.checks, figures.checks_passed
    checks = gettext("median; {passed} of {asked} attention checks passed") if asked else gettext("median")
    decided = gettext("{confirmed} confirmed, {dismissed} dismissed").format(
        confirmed=flags[FlagState.CONFIRMED], dismissed=flags[FlagState.DISMISSED]
    )
    return [
        Card(
            title=gettext("Agreement (Krippendorff's alpha)"),
            value=number(agreement.value),
            detail=with_interval(
                agreement,
                rest=gettext("{level}, {images} images").format(level=agreement.level, images=whole(agreement.images)),
            ),
            is_thin=agreement.value is not None and agreement.images < FEW_CASES,
            url=items_list(study=study),
        ),
        Card(
            title=gettext("Test-retest (SROCC)"),
            value=number(retest.srocc),
            detail=with_interval(retest, rest=gettext("{pairs} images shown twice").format(pairs=whole(retest.pairs))),
            is_thin=retest.srocc is not None and retest.pairs < FEW_CASES,
            url=study_answers_list(study=study, assignment__kind__exact=AssignmentKind.REPEAT, standing="stands"),
        ),
        Card(
            title=gettext("Seconds per answer"),
            value=number(figures.times.median, 1),
            detail=checks.format(passed=passed, asked=asked),
            is_thin=figures.times.median is not None and sum(figures.times.counts) < FEW_CASES,
            url=opinions_list(study=study),
        ),
        Card(
            title=gettext("Flags to decide"),
            value=whole(flags[FlagState.RAISED]),
            detail=decided,
            url=filtered_list(
                "ratings_qualityflag", participation__study__id__exact=study.pk, state__exact=FlagState.RAISED
            ),
        ),
    ]


def quality_plots(*, study: Study, figures: RatingFigures | None) -> list[Plot]:
    """Give the plots of the page, with links to their data."""
    plots = [coverage_plot(study=study), opinions_plot(study=study)]
    if figures is not None:
        plots += [*time_plots(times=figures.times), *rater_plots(counts=figures.rater_bins)]
    return with_links(plots=plots, view="admin:ratings_study_quality_plot", pk=study.pk)


def time_plots(*, times: AnswerTimes, unit: str = "images") -> list[Plot]:
    """Plot how long answers take, and how that changes."""
    return [
        Plot(
            key="times",
            title=gettext("Response times"),
            x_name=gettext("seconds"),
            labels=list(times.labels),
            series=[Series(name=gettext("answers"), values=list(times.counts))],
            note=gettext("From the picture painted to the click."),
        ),
        Plot(
            key="pace",
            title=gettext("Pace over a session"),
            x_name=unit,
            labels=list(times.positions),
            series=[Series(name=gettext("median seconds"), values=list(times.medians))],
            kind="line",
            y_range=(0.0, 1.2 * max((one for one in times.medians if one is not None), default=1.0)),
            note=gettext("Falling steeply: raters tire or hurry."),
        ),
    ]


def rater_plots(*, counts: Mapping[str, RaterBins]) -> list[Plot]:
    """Plot how raters use the scale, how often they repeat themselves, and how far they go with the others."""
    return [
        raters_plot(key, title=title, x_name=x_name, counted=counts[key], note=note)
        for key, title, x_name, note in RATER_PLOTS
        if key in counts
    ]


def raters_plot(
    key: str, *, title: "StrOrPromise", x_name: "StrOrPromise", counted: RaterBins, note: "StrOrPromise"
) -> Plot:
    """Plot how many raters have a figure in each bin, as a worker counted them."""
    width = (counted.high - counted.low) / max(len(counted.counts), 1)
    return Plot(
        key=key,
        title=title,
        x_name=x_name,
        labels=[f"{counted.low + index * width:.3g}" for index in range(len(counted.counts))],
        series=[Series(name=gettext("raters"), values=list(counted.counts))],
        note=note,
    )


def raters_table(*, qualities: Sequence[RaterQuality], columns: RaterColumns) -> FigureTable[str | FlagCell | Linked]:
    """List the raters, those with flags first."""
    return FigureTable(
        title=gettext("Raters"),
        note=columns.note,
        columns=columns.names,
        rows=[
            (Linked(str(row.participation), rater_page_url(row.participation)), rater_cells(row, columns))
            for row in qualities[:MOST_RATERS]
        ],
        words={gettext("Flags")},
    )


def rater_cells(row: RaterQuality, columns: RaterColumns) -> list[str | FlagCell | Linked]:
    """Describe a rater; each count leads to the answers that it counts."""
    cells = columns.cells(row.measured)
    linked = [linked_cell(row, name, text) for name, text in zip(columns.names[2:], cells, strict=True)]
    return [flag_cell(row), *linked]


def linked_cell(row: RaterQuality, name: "StrOrPromise", text: str) -> str | Linked:
    """Let a count lead to its answers."""
    narrowed = next((counted for title, counted in COUNTED if title == name), None)
    if narrowed is None or text == DASH:
        return text
    return Linked(text, answers_list(participation=row.participation, **narrowed))


def flag_cell(row: RaterQuality) -> FlagCell:
    """Give the flags about a rater."""
    flags = row.participation.flags.all()
    return FlagCell(flags=[(flag, reverse("admin:ratings_qualityflag_change", args=[flag.pk])) for flag in flags])


def rating_cells(figures: RaterFigures) -> list[str]:
    """Put how somebody rated into words."""
    repeats = DASH
    if figures.repeats:
        repeats = gettext("{difference} of {repeats}").format(
            difference=f"{figures.repeat_difference:.2f}", repeats=figures.repeats
        )
    checks = f"{figures.checks_passed}/{figures.checks}" if figures.checks else DASH
    return [
        whole(figures.ratings),
        number(figures.median_seconds, 1),
        number(figures.mean),
        number(figures.sd),
        str(figures.longest_run),
        repeats,
        checks,
        number(figures.consensus),
    ]
