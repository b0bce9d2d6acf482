"""Read the metrics of a version that learned from choices alone as cards, plots and a table."""

from collections.abc import Sequence
from math import log

from django.utils.translation import gettext, gettext_lazy, ngettext

from annotate.admin.learn.version_metrics import (
    Measure,
    count_of,
    counted_measure,
    interval_series,
    measure,
    model_name,
    with_cases,
)
from annotate.admin.parts.base import whole
from annotate.admin.parts.cards import Card
from annotate.admin.parts.plots import Plot, Series
from annotate.admin.parts.signs import DASH, signed
from annotate.admin.parts.tables import FigureTable
from scoring.choice_verdicts import CHANCE, accuracy_of
from scoring.metrics import ChoiceMetrics, GameFigures, MeasuredFigure
from scoring.models import ModelVersion
from scoring.verdicts import is_few

CHOICES_NOTE = gettext_lazy(
    "Means over raters on choices kept out, which no model is trained on, with 95 % bootstrap intervals; each counts "
    "as the choices between two pictures that it implies. Accuracy is the share that went as expected, by chance "
    "0.500, Expected the share that the model expected, Log likelihood the log of the chance given to what was chosen, "
    "in nats per choice, by chance minus 0.693, Lead how far this model is ahead in that, paired by rater."
)


def choice_cards(*, version: ModelVersion, found: ChoiceMetrics) -> list[Card]:
    """Give the figures at the top of the page of a version that learned from choices."""
    accuracy, lead = measure(accuracy_of(found)), measure(found.lead.get("global"))
    is_thin = is_few(ratings=found.test_games, raters=accuracy_of(found).raters or 0)
    tested = ngettext("on {count} choice never trained on", "on {count} choices never trained on", found.test_choices)
    return [
        Card(
            title=gettext("Accuracy on choices"),
            value=accuracy.number,
            detail=tested.format(count=whole(found.test_choices)),
            is_thin=is_thin,
        ),
        Card(
            title=gettext("Gain by taste"),
            value=DASH if lead.value is None else signed(lead.value),
            detail=lead_rests_on(found.lead.get("global")),
            is_thin=lead.value is not None and is_thin,
        ),
        Card(
            title=gettext("Learned from"),
            value=whole(found.learned),
            detail=gettext("choices among {images} images").format(images=whole(version.measured.images)),
        ),
        Card(
            title=gettext("Raters"),
            value=whole(version.measured.raters),
            detail=gettext("each with a taste of their own"),
        ),
    ]


def lead_rests_on(found: MeasuredFigure | None) -> str:
    """Give the interval of what taste adds, and of how many raters it is a mean."""
    lead = measure(found)
    if found is None or not lead.interval:
        return ""
    words = gettext("nats per choice, 95 % interval {interval}").format(interval=lead.interval)
    return f"{words}; {count_of(found)}".rstrip("; ")


def choice_table(*, found: ChoiceMetrics) -> FigureTable[Measure]:
    """Give each compared model's figures on choices, and how far this one is ahead of it."""
    tables = {
        "personal": found.personal,
        "global": found.everybody,
        "one-utility": found.one_utility,
        "live": found.live,
    }
    rows = [
        (model_name(name), [*figures_of(table), counted_measure(found.lead.get(name))])
        for name, table in tables.items()
        if table is not None
    ]
    columns = (gettext("Model"), gettext("Accuracy"), gettext("Expected"), gettext("Log likelihood"), gettext("Lead"))
    return FigureTable(title=gettext("All figures"), note=CHOICES_NOTE, columns=columns, rows=rows, kind="models")


def figures_of(table: GameFigures) -> list[Measure]:
    """Give a model's figures in the order of the table."""
    return [counted_measure(one) for one in (table.accuracy, table.confidence, table.log_likelihood)]


def choice_plots(*, found: ChoiceMetrics) -> list[Plot]:
    """Plot how well choices of a new rater are predicted by the number of their choices known, if it was measured."""
    curve = {int(known): found.choices_known[known] for known in found.choices_known}
    if not curve:
        return []
    counts = sorted(curve)
    return [
        new_rater_plot(
            key="choices-known",
            title=gettext("New raters"),
            name=gettext("Accuracy"),
            points=(counts, [curve[known].accuracy for known in counts]),
            chance=CHANCE,
            note=gettext(
                "Share of choices kept out that went as expected; how fast the model learns somebody it has never met."
            ),
        ),
        new_rater_plot(
            key="choices-known-likelihood",
            title=gettext("Log likelihood for new raters"),
            name=gettext("Log likelihood"),
            points=(counts, [curve[known].log_likelihood for known in counts]),
            chance=log(CHANCE),
            note=gettext("Log of the chance given to what was chosen, in nats per choice kept out; higher is better."),
        ),
    ]


def new_rater_plot(
    *, key: str, title: str, name: str, points: tuple[list[int], list[MeasuredFigure | None]], chance: float, note: str
) -> Plot:
    """Plot one figure with its intervals beside what chance gives."""
    counts, found = points
    return Plot(
        key=key,
        title=title,
        x_name=gettext("choices known"),
        labels=counts,
        series=[
            interval_series(name=name, found=[measure(one) for one in found]),
            Series(name=gettext("chance"), values=[chance] * len(counts), dashed=True),
        ],
        kind="line",
        note=with_cases(note, cases_by_count(counts, found)),
    )


def cases_by_count(counts: Sequence[int], found: Sequence[MeasuredFigure | None]) -> str:
    """Say of how many raters the points are, and of how many the last, where fewer made as many choices."""
    raters = [(one.raters if one else None) or 0 for one in found]
    all_of_them = ngettext("Over {count} rater.", "Over {count} raters.", raters[0]).format(count=whole(raters[0]))
    fewer = [
        ngettext("{known} known: {count} rater.", "{known} known: {count} raters.", count).format(
            known=whole(known), count=whole(count)
        )
        for known, count in zip(counts, raters, strict=True)
        if count != raters[0]
    ]
    return " ".join([all_of_them, *fewer])
