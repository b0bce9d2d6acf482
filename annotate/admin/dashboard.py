"""The admin's first page: every study at a glance, what goes on, and what needs somebody."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from django.contrib.auth.models import User
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext

from annotate.admin.learn.version_metrics import Measure, gain, headline_measure, test_slice
from annotate.admin.parts.base import ago, at, whole
from annotate.admin.parts.cards import Card
from annotate.admin.parts.filtered_lists import filtered_list, items_list, opinions_list, raters_list
from annotate.admin.parts.jobs import job_facts
from annotate.admin.parts.plots import Plot
from annotate.admin.studies.study_base import STATE_PILLS
from annotate.admin.studies.study_page import coverage_plot, daily_plot
from annotate.flows.access import limits_of, studies_of
from annotate.queue_states import queues_without_workers
from ratings.choices import ACTIVE_JOB_STATES, StudyState
from ratings.models import Study, TaskFailure
from ratings.registry import design_of
from ratings.selectors.failures import recent_failures
from ratings.selectors.overview import active_rater_count, studies_with_figures, with_item_spreads
from ratings.selectors.waiting_jobs import Waiting
from ratings.values.queues import QUEUES
from scoring.models import ModelVersion, TrainingRun
from scoring.selectors.checkpoints import live_versions_without_files, unreadable
from scoring.selectors.overview import active_runs, live_versions, unresolved_failures
from scoring.verdicts import is_thin, srocc_of

STUDIES_SHOWN = 6
DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Alert:
    """Something that needs somebody."""

    level: str
    text: str
    url: str = ""
    link: str = ""


@dataclass(frozen=True, kw_only=True)
class StudyTile:
    """One study at a glance."""

    study: Study
    pill: str
    figures: list[tuple[str, str, str]]  # name, count, and the list that is counted
    percent: float
    caption: str
    plot: Plot
    empty: str  # said in place of the plot while there is nothing to ask about
    version: ModelVersion | None
    srocc: Measure | None
    is_thin: bool  # whether both figures of the model rest on few cases
    gain: Measure | None
    tested: str  # what both rest on
    run: TrainingRun | None
    facts: dict[str, Any] | None


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the figures to the admin's first page, for those who may see studies."""
    if not request.user.has_perm("ratings.view_study"):
        return context
    person = cast("User", request.user)
    among = limits_of(person=person)
    tiles = study_tiles(runs=active_runs(), studies=studies_of(person=person))
    daily = daily_plot(among=among)
    context |= {
        "title": gettext("Dashboard"),
        "alerts": alerts(person=person),
        "cards": cards(tiles=tiles, daily=daily, among=among),
        "tiles": tiles,
        "daily": daily,
        "may_add_study": request.user.has_perm("ratings.add_study"),
    }
    return context


def alerts(*, person: User) -> list[Alert]:
    """Say what needs somebody: of the person's studies, and of the installation to those who see all of it."""
    limits = limits_of(person=person)
    failed, lost = unresolved_failures(), live_versions_without_files()
    found = [failure_alert(run=run) for run in failed if limits is None or run.study in limits]
    found += [lost_model_alert(version=one) for one in lost if limits is None or one.study in limits]
    if limits is None:
        found += [task_alert(failure=failure) for failure in recent_failures()]
    return worker_alerts() + found


def worker_alerts() -> list[Alert]:
    """Say which work nobody does, since no worker of its queue was seen."""
    missing = queues_without_workers()
    if len(missing) == len(QUEUES):
        text = gettext(
            "No worker has been seen in the last minute: nothing is learned or exported until one runs. "
            "Raters can go on rating."
        )
        return [Alert(level="warning", text=text)]
    return [Alert(level="warning", text=queue_sentence(queue=queue, waiting=waiting)) for queue, waiting in missing]


def queue_sentence(*, queue: str, waiting: Waiting | None) -> str:
    """Say that nobody empties a queue, and since when something waits in it."""
    said = gettext("No worker of the queue {queue} has been seen in the last minute: it {does}.").format(
        queue=queue, does=QUEUES[queue]
    )
    if not waiting:
        return said
    waits = gettext("Jobs that wait: {count}, the first one since {oldest}.")
    return f"{said} {waits.format(count=waiting.count, oldest=at(waiting.oldest))}"


def failure_alert(*, run: TrainingRun) -> Alert:
    """Say that the last training of a study failed."""
    reason = run.said(run.error).strip().splitlines()[-1] if run.error.strip() else gettext("see the log")
    url = reverse("admin:scoring_trainingrun_change", args=[run.pk])
    return Alert(
        level="danger",
        text=gettext("Training {study} failed: {reason}").format(study=run.study, reason=reason),
        url=url,
        link=gettext("Open the run"),
    )


def task_alert(*, failure: TaskFailure) -> Alert:
    """Say that work in the background failed that has no page of its own."""
    text = ngettext(
        "The background task {task} failed once, last {last_at}: {error}",
        "The background task {task} failed {count} times since {first_at}, last {last_at}: {error}",
        failure.count,
    ).format(
        task=failure.task,
        count=failure.count,
        first_at=at(failure.first_at),
        last_at=ago(failure.last_at),
        error=failure.error,
    )
    return Alert(level="warning", text=text)


def lost_model_alert(*, version: ModelVersion) -> Alert:
    """Say that the model which should serve a study cannot."""
    url = reverse("admin:scoring_modelversion_change", args=[version.pk])
    run = TrainingRun.objects.filter(study=version.study_id, state__in=ACTIVE_JOB_STATES).first()
    sentences = [unreadable(version=version).message]
    if run:
        done = gettext("A training run that replaces it is {state}.")
        sentences.append(done.format(state=run.get_state_display().lower()))
    sentences.append(gettext("Until then, raters get images by coverage."))
    return Alert(level="danger", text=" ".join(sentences), url=url, link=gettext("Open the model"))


def cards(*, tiles: list[StudyTile], daily: Plot, among: QuerySet[Study] | None) -> list[Card]:
    """Give the figures over all studies, or over some."""
    yesterday, today = daily.series[0].values[-2:]
    open_count = sum(tile.study.state == StudyState.OPEN for tile in tiles)
    active = active_rater_count(since=timezone.now() - DAY, among=among)
    here = active_rater_count(since=timezone.now() - timedelta(minutes=5), among=among)
    taken = sum(getattr(tile.study, "places_taken", 0) for tile in tiles)
    wanted = sum(getattr(tile.study, "places_wanted", 0) for tile in tiles)
    return [
        Card(
            title=gettext("Answers today"),
            value=whole(int(today or 0)),
            detail=gettext("{yesterday} yesterday").format(yesterday=whole(int(yesterday or 0))),
        ),
        Card(
            title=gettext("Active raters"),
            value=whole(active),
            detail=gettext("in 24 hours; {here} in the last 5 minutes").format(here=whole(here)),
        ),
        Card(
            title=gettext("Open studies"),
            value=whole(open_count),
            detail=gettext("of {count} shown here").format(count=len(tiles)),
            url=filtered_list("ratings_study", state__exact=StudyState.OPEN),
        ),
        Card(
            title=gettext("Coverage"),
            value=f"{taken / wanted:.0%}" if wanted else "\N{EN DASH}",
            detail=gettext("{taken} of {wanted} places taken").format(taken=whole(taken), wanted=whole(wanted)),
            percent=100 * taken / wanted if wanted else None,
        ),
    ]


def study_tiles(*, runs: list[TrainingRun], studies: QuerySet[Study]) -> list[StudyTile]:
    """Give the studies worth a look: open ones first, then the newest."""
    order = Case(
        When(state=StudyState.OPEN, then=Value(0)),
        When(state=StudyState.PAUSED, then=Value(1)),
        When(state=StudyState.DRAFT, then=Value(2)),
        default=Value(3),
        output_field=IntegerField(),
    )
    at_hand = studies.filter(archived_at__isnull=True)
    newest = studies_with_figures(studies=at_hand).order_by(order, "-created_at")[:STUDIES_SHOWN]
    shown = with_item_spreads(newest)
    versions = live_versions()
    going_on = {run.study_id: run for run in runs}
    return [study_tile(study=study, version=versions.get(study.pk), run=going_on.get(study.pk)) for study in shown]


def model_rests_on(*, version: ModelVersion) -> str:
    """Say what the figures of a model in a tile were measured on; nothing where there are none."""
    if headline_measure(version=version).value is None:
        return ""
    return " ".join([gettext("SROCC per rater, with taste."), test_slice(version=version)])


def study_tile(*, study: Study, version: ModelVersion | None, run: TrainingRun | None) -> StudyTile:
    """Put together what the first page shows of one study."""
    taken, wanted = getattr(study, "places_taken", 0), getattr(study, "places_wanted", 0)
    counts = {name: whole(getattr(study, f"{name}_count", 0)) for name in ("item", "rater", "answer")}
    design = design_of(study)
    return StudyTile(
        study=study,
        pill=STATE_PILLS[study.state],
        figures=[
            (capfirst(gettext(design.items)), counts["item"], items_list(study=study)),
            (gettext("Raters"), counts["rater"], raters_list(study=study)),
            (capfirst(gettext(design.answers)), counts["answer"], opinions_list(study=study)),
        ],
        percent=round(100 * taken / wanted, 1) if wanted else 0.0,
        caption=gettext("{taken} of {wanted} places taken").format(taken=whole(taken), wanted=whole(wanted)),
        plot=coverage_plot(study=study),
        empty=gettext("No {items} yet: open the study and {supply}.").format(
            items=gettext(design.items), supply=gettext(design.supply)
        ),
        version=version,
        srocc=headline_measure(version=version) if version else None,
        is_thin=version is not None and is_thin(version.measured, srocc_of(version.measured)),
        gain=gain(version=version) if version else None,
        tested=model_rests_on(version=version) if version else "",
        run=run,
        facts=job_facts(job=run) if run else None,
    )
