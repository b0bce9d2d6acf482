"""The figures and plots on a study's page."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext

from annotate.admin.parts.base import ago, whole
from annotate.admin.parts.cards import Card
from annotate.admin.parts.filtered_lists import items_list, opinions_list, raters_list
from annotate.admin.parts.plots import Plot, Series
from ratings.choices import LinkFaultKind
from ratings.models import Study
from ratings.registry import design_of
from ratings.selectors.overview import (
    active_rater_count,
    answers_by_day,
    covered_item_count,
    items_by_raters,
    rating_bins,
    studies_with_figures,
)

DAYS = 14
COUNTS = ("item_count", "places_taken", "places_wanted", "rater_count", "answer_count")


def study_cards(*, study: Study, answers_note: str, items_note: str) -> list[Card]:
    """Give the figures at the top of a study's page; the notes say which answers, and items, are counted."""
    counted = counts_of(study)
    taken, wanted = counted["places_taken"], counted["places_wanted"]
    design, covered = design_of(study), covered_item_count(study=study)
    active = active_rater_count(since=timezone.now() - timedelta(days=1), study=study)
    share = taken / wanted if wanted else 0.0
    apart = items_note and (study.practice_count or study.attention_every)
    covered_in_words = (
        gettext("{covered} have all their {target} raters")
        if study.stop_image_width is None
        else gettext("{covered} have all their {target} raters, or are known well enough")
    )
    return [
        Card(
            title=gettext("Coverage"),
            value=f"{share:.0%}",
            detail=gettext("{taken} of {wanted} places taken").format(taken=whole(taken), wanted=whole(wanted)),
            percent=round(100 * share, 1),
        ),
        Card(
            title=capfirst(gettext(design.items)),
            value=whole(counted["item_count"]),
            detail="; ".join(
                [covered_in_words.format(covered=whole(covered), target=study.target), *([items_note] if apart else [])]
            ),
            url=items_list(study=study),
        ),
        Card(
            title=gettext("Raters"),
            value=whole(counted["rater_count"]),
            detail=gettext("{active} seen in the last 24 hours").format(active=whole(active)),
            url=raters_list(study=study),
        ),
        Card(
            title=capfirst(gettext(design.answers)),
            value=whole(counted["answer_count"]),
            detail=f"{answers_note}; {counted_when(study)}".rstrip("; "),
            url=opinions_list(study=study),
        ),
    ]


def counts_of(study: Study) -> Mapping[str, Any]:
    """Give the counts that the list of studies shows, which a study read for its page has with it."""
    if all(hasattr(study, name) for name in COUNTS):
        return {name: getattr(study, name) for name in COUNTS}
    counts: Mapping[str, Any] = studies_with_figures(studies=Study.objects.filter(pk=study.pk)).values(*COUNTS).get()
    return counts


def counted_when(study: Study) -> str:
    """Say of a large study how old its counts are."""
    counted = getattr(study, "counted", None)
    return gettext("counted {counted_at}").format(counted_at=ago(counted.counted_at)) if counted else ""


def link_fault_cards(*, study: Study) -> list[Card]:
    """Tell, where there were any, of visits by links that did not say who comes, and of the last such link."""
    counts = {row.kind: row for row in study.link_faults.order_by("last_seen_at")}
    previews = counts.pop(LinkFaultKind.PREVIEW, None)
    if not counts and previews is None:
        return []
    last = next(reversed(counts.values()), None)
    details = (
        [
            gettext("the last, {last_seen_at}: {example}").format(
                last_seen_at=ago(last.last_seen_at), example=last.example
            )
        ]
        if last
        else []
    )
    details += (
        [gettext("previews by a platform besides: {count}").format(count=whole(previews.count))] if previews else []
    )
    faulty = sum(row.count for row in counts.values())
    return [Card(title=gettext("Links with faulty ids"), value=whole(faulty), detail="; ".join(details))]


def rating_study_plots(*, study: Study) -> list[Plot]:
    """Give the plots of the page of a study that asks for ratings."""
    return [coverage_plot(study=study), opinions_plot(study=study), daily_plot(study=study)]


def comparison_study_plots(*, study: Study) -> list[Plot]:
    """Give the plots of the page of a study that asks for choices; their scores are under Quality."""
    return [coverage_plot(study=study), daily_plot(study=study)]


def coverage_plot(*, study: Study) -> Plot:
    """Plot how many images or pairs have how many raters."""
    counts, items = items_by_raters(study=study), gettext(design_of(study).items)
    return Plot(
        key="coverage",
        title=gettext("Raters per {item}").format(item=gettext(design_of(study).item)),
        x_name=gettext("raters"),
        labels=[taken for taken, _ in counts],
        series=[Series(name=items, values=[count for _, count in counts])],
        note=gettext("All bars end up at {target}: every {item} wants {target} raters.").format(
            target=study.target, item=gettext(design_of(study).item)
        ),
    )


def opinions_plot(*, study: Study) -> Plot:
    """Plot how often each value was given."""
    bins = rating_bins(study=study)
    return Plot(
        key="opinions",
        title=gettext("Ratings"),
        x_name=gettext("rating"),
        labels=[f"{value:g}" for value, _ in bins],
        series=[Series(name=gettext("ratings"), values=[count for _, count in bins])],
        note=gettext("How often each value of the scale was given."),
    )


def daily_plot(*, study: Study | None = None, among: QuerySet[Study] | None = None, days: int = DAYS) -> Plot:
    """Plot the answers of the last days, to one study, or to all or among some."""
    counts = answers_by_day(days=days, study=study, among=among)
    answers = gettext(design_of(study).answers) if study else gettext("answers")
    return Plot(
        key="daily",
        title=gettext("{answers} a day").format(answers=capfirst(answers)),
        x_name="",
        labels=[f"{day:%-d %b}" for day, _ in counts],
        series=[Series(name=answers, values=[count for _, count in counts])],
        note=gettext("The last {days} days.").format(days=days),
    )
