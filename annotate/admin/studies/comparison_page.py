"""The figures, plots and tables on a pairwise study's page of results."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext, gettext_lazy

from annotate.admin.parts.base import whole
from annotate.admin.parts.cards import Card
from annotate.admin.parts.filtered_lists import opinions_list, raters_list
from annotate.admin.parts.plots import Plot, Series, with_links
from annotate.admin.parts.signs import DASH, decimal
from annotate.admin.parts.tables import FigureTable
from annotate.admin.studies.quality_page import FEW_CASES, number, time_plots
from ratings.models import Study
from ratings.registry import comparison_of, design_of
from ratings.values.rater_figures import RaterFigures
from ratings.values.study_figures import ComparisonFigures, ConditionScores

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

MEAN = 1000
SCORES = (
    ("bradley_terry", "Bradley-Terry", gettext_lazy("Fitted to all choices at once.")),
    ("elo", gettext_lazy("Elo"), gettext_lazy("Played game by game (K = 16), averaged over shuffled orders.")),
)
CHOICE_COLUMNS = (
    gettext_lazy("Rater"),
    gettext_lazy("Flags"),
    gettext_lazy("Choices"),
    gettext_lazy("Seconds"),
    gettext_lazy("Went right"),
    gettext_lazy("Longest run"),
)
CHOICE_NOTE = gettext_lazy(
    "Those with flags first. Longest run: so many choices of one side in a row; sides are drawn for each pair."
)
COLUMNS = (
    gettext_lazy("Condition"),
    gettext_lazy("Choices"),
    gettext_lazy("Ties"),
    gettext_lazy("Wins"),
    "Bradley-Terry",
    "95 %",
    gettext_lazy("Elo"),
    "95 %",
)


def comparison_cards(*, study: Study, figures: ComparisonFigures) -> list[Card]:
    """Give the figures at the top of the page."""
    sides, rules = figures.sides, comparison_of(study)
    interval = (
        ""
        if sides.low is None
        else gettext("{low} to {high} (95 %)").format(low=f"{sides.low:.0%}", high=f"{sides.high:.0%}") + "; "
    )
    best = max(figures.conditions, key=lambda one: one.bradley_terry, default=None)
    return [
        Card(
            title=gettext("Choices"),
            url=opinions_list(study=study),
            value=whole(figures.choices),
            detail=gettext("{count} of them ties").format(count=whole(figures.ties)),
        ),
        Card(
            title=gettext("Raters"),
            url=raters_list(study=study),
            value=whole(figures.raters),
            detail=gettext("with a choice that stands"),
        ),
        Card(
            title=gettext(rules.first_title),
            value=DASH if sides.share is None else f"{sides.share:.0%}",
            detail=f"{interval}{gettext(rules.first_detail)}",
            is_thin=0 < sides.decided < FEW_CASES,
        ),
        Card(
            title=gettext("Ahead"),
            value=best.name if best else DASH,
            detail=gettext("{points} points (Bradley-Terry)").format(points=decimal(best.bradley_terry, 0))
            if best
            else gettext("no choices yet"),
            is_thin=best is not None and best.games < FEW_CASES,
        ),
    ]


def comparison_plots(*, study: Study, figures: ComparisonFigures | None) -> list[Plot]:
    """Give the plots of the page, with links to their data."""
    conditions = figures.conditions if figures else ()
    plots = [score_plot(key=key, title=title, note=note, conditions=conditions) for key, title, note in SCORES]
    names = [one.name for one in conditions]
    wins = figures.wins if figures else ()
    plots.append(
        Plot(
            key="wins",
            title=gettext("Wins"),
            x_name=gettext("condition"),
            labels=names,
            series=[
                Series(name=gettext("against {name}").format(name=name), values=[row[place] for row in wins])
                for place, name in enumerate(names)
            ],
            note=gettext("How often each beat each other one; a tie is half a win for both."),
        )
    )
    if figures and figures.times.counts:
        plots += time_plots(times=figures.times, unit=gettext(design_of(study).items))
    return with_links(plots=plots, view="admin:ratings_study_quality_plot", pk=study.pk)


def score_plot(*, key: str, title: "StrOrPromise", note: "StrOrPromise", conditions: Sequence[ConditionScores]) -> Plot:
    """Plot one kind of score by condition, as points above or below the mean."""

    def above_mean(name: str) -> list[float | None]:
        scores = (getattr(one, name) for one in conditions)
        return [None if score is None else round(score - MEAN, 1) for score in scores]

    return Plot(
        key=key.replace("_", "-"),
        title=title,
        x_name=gettext("condition"),
        labels=[one.name for one in conditions],
        series=[
            Series(
                name=gettext("points above 1000"),
                values=above_mean(key),
                low=above_mean(f"{key}_low"),
                high=above_mean(f"{key}_high"),
            )
        ],
        note=f"{note} {gettext('Intervals: 95 %, from resampled raters.')}",
    )


def comparison_tables(*, figures: ComparisonFigures) -> list[FigureTable[str]]:
    """Give the scores and the matrix of wins in numbers."""
    conditions = sorted(figures.conditions, key=lambda one: -one.bradley_terry)
    names = [one.name for one in figures.conditions]
    notes = [gettext("400 points are odds of ten to one; ties count as half a win.")]
    if not figures.is_connected:
        notes.append(gettext("Some condition never lost or never met the others: a slight prior."))
    scores = FigureTable(
        title=gettext("Scores"),
        note=" ".join(notes),
        columns=list(COLUMNS),
        rows=[(one.name, score_cells(one)) for one in conditions],
    )
    wins = FigureTable(
        title=gettext("Who beat whom"),
        note=gettext("Wins of the row against the column."),
        columns=["", *names],
        rows=[
            (name, [DASH if other == name else f"{count:g}" for other, count in zip(names, row, strict=True)])
            for name, row in zip(names, figures.wins, strict=True)
        ],
    )
    return [scores, wins]


def score_cells(one: ConditionScores) -> list[str]:
    """Put a condition's scores into words."""
    cells = [whole(one.games), whole(one.ties), number(one.win_share)]
    for key, _, _ in SCORES:
        low, high = getattr(one, f"{key}_low"), getattr(one, f"{key}_high")
        ends = gettext("{low} to {high}")
        between = DASH if low is None else ends.format(low=decimal(low, 0), high=decimal(high, 0))
        cells += [decimal(getattr(one, key), 0), between]
    return cells


def choice_cells(figures: RaterFigures) -> list[str]:
    """Put how somebody chose into words."""
    went_right = DASH if figures.mean is None else f"{figures.mean:.0%}"
    return [
        whole(figures.ratings),
        number(figures.median_seconds, 1),
        went_right,
        str(figures.longest_run),
    ]
