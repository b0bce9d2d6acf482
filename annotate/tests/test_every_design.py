"""Every command, task, job, page and call works with studies of every design, or refuses in one sentence.

Commands, tasks, kinds of jobs and addresses are found, not listed: a new one fails here until it is said what to be
called with, and a new design (`annotate.tests.designs`) is run through all of them.
"""

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from celery import Task
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client, TestCase
from django.urls import URLPattern, get_resolver, reverse

from annotate.admin.dashboard import alerts
from annotate.celery import app
from annotate.reference.command_tables import APPS, arguments_of, command_names
from annotate.tests.designs import JOBS, WORLDS, World, description, finish, furnish, table_of, task_argument
from annotate.tests.test_pages import client_of
from ratings.choices import ACTIVE_JOB_STATES, Design, JobState
from ratings.models import Dump, QualityReport, Study
from ratings.registry import design_named, design_of, designs
from ratings.selectors.participations import participation_token
from ratings.selectors.resuming import resume_token
from ratings.selectors.waiting_jobs import job_kinds
from ratings.services.dumps import write_dump
from ratings.tasks import run_job
from ratings.tests.factories import make_api_key, make_picture
from scoring.models import HubPush, SteeringRun, TasteProfile, TrackedRun, TrainingRun, VersionComparison

pytestmark = pytest.mark.django_db

app.loader.import_default_modules()
TASKS = sorted(name for name in app.tasks if name.split(".")[0] in APPS and ".tests." not in name)
ABOUT_STUDIES = [name for name in command_names() if {"study", "slug"} & {action.dest for action in arguments_of(name)}]


@pytest.fixture(params=list(Design))
def world(request: pytest.FixtureRequest) -> World:
    """Make the study of each design."""
    return WORLDS[request.param]()


def test_every_design_has_a_study_here_and_facts_of_its_own() -> None:
    assert set(WORLDS) == set(designs()) == set(Design)
    assert all(design.name == name for name, design in designs().items())


# Commands


@dataclass(frozen=True, kw_only=True)
class Call:
    """How a command about a study is called, and in one sentence why it refuses, if it does."""

    words: Callable[[World, Path], list[str]]
    refusal: Callable[[Design], str] = lambda _: ""  # a pattern; nothing where the command does its work


def written(path: Path, text: str) -> str:
    """Write a file and give its path."""
    path.write_text(text)
    return str(path)


def pictures(folder: Path) -> str:
    """Write a picture into a new folder and give that."""
    return str(make_picture(folder / "pictures" / "new.png", width=300, height=300).parent)


def design_table(world: World, folder: Path) -> str:
    """Write the table of a comparison of two of the study's pictures."""
    rows = [
        {"prompt": "a new prompt", "condition": condition, "image": place.image.sha256}
        for condition, place in zip("abc", world.study.study_images.all(), strict=False)
    ]
    return written(folder / "pairs.csv", table_of(rows))


def steering_words(world: World, _: Path) -> list[str]:
    return ["--study", world.study.slug, "--rater", str(world.participation.pk), "--prompt", "a boat"]


NO_MODEL = "model"
CALLS = {
    "compare_steering": Call(
        words=lambda world, _: ["--study", world.study.slug, "--as", "compared", "--prompt", "a boat"],
        refusal=lambda _: "Nobody in",
    ),
    "create_study": Call(
        words=lambda world, folder: [
            "described",
            "--from",
            written(folder / "study.toml", description(Design(world.study.design))),
        ]
    ),
    "export_study": Call(words=lambda world, folder: [world.study.slug, "--out", str(folder / "study.toml")]),
    "export_participants": Call(words=lambda world, folder: [world.study.slug, "--out", str(folder / "pay.csv")]),
    "export_model": Call(words=lambda it, to: [it.study.slug, "--out", str(to / "out")], refusal=lambda _: NO_MODEL),
    "import_images": Call(words=lambda world, folder: [pictures(folder), "--study", world.study.slug]),
    "import_pairs": Call(
        words=lambda world, folder: [design_table(world, folder), "--study", world.study.slug],
        refusal=lambda design: "" if design_named(design).takes_table else "shows one picture at a time",
    ),
    "plan_study": Call(words=lambda world, _: [world.study.slug, "--half-width", "0.3"]),
    "push_to_hub": Call(words=lambda world, _: [world.study.slug, "lab/them", "--model"], refusal=lambda _: NO_MODEL),
    "retrain": Call(words=lambda world, _: ["--study", world.study.slug, "--wait"]),
    "steer": Call(words=steering_words, refusal=lambda _: NO_MODEL),
    "take_off_images": Call(
        words=lambda world, _: [
            str(world.study.study_images.values_list("image_id", flat=True)[0]),
            *("--study", world.study.slug, "--reason", "damaged"),
        ]
    ),
}
WITH_OWN_CONNECTION = {"export"}  # tested below


@pytest.mark.parametrize("name", sorted(set(ABOUT_STUDIES) - WITH_OWN_CONNECTION))
def test_every_command_does_its_work_or_refuses_in_one_line(world: World, name: str, tmp_path: Path) -> None:
    call = CALLS[name]
    refusal = call.refusal(Design(world.study.design))
    words = call.words(world, tmp_path)
    if not refusal:
        call_command(name, *words, stdout=StringIO(), stderr=StringIO())
        return
    with pytest.raises(CommandError, match=refusal) as refused:
        call_command(name, *words, stdout=StringIO(), stderr=StringIO())
    assert refused.value.returncode != 0
    assert "\n" not in str(refused.value)


@pytest.mark.django_db(transaction=True)  # a dump reads on a connection of its own
def test_a_dump_of_every_design_is_exported_in_several_formats_and_says_what_it_holds(
    world: World, tmp_path: Path
) -> None:
    said = StringIO()
    call_command("export", world.study.slug, "--format", "csv,parquet", "--out", str(tmp_path / "out"), stdout=said)
    answers = design_of(world.study).answers
    assert said.getvalue().count(f"2 {answers}, 1 raters, ") == 2
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"csv", "parquet"}


# Tasks and jobs


def run_task(name: str, world: World) -> None:
    """Run a task here, and after it the jobs that it asked for."""
    task: Task[Any, Any] = app.tasks[name]
    arguments = {parameter: task_argument(parameter, world) for parameter in inspect.signature(task.run).parameters}
    with TestCase.captureOnCommitCallbacks(execute=False):
        task.apply(kwargs=arguments, throw=True)
    for kind in job_kinds():
        for job in kind._default_manager.filter(state__in=ACTIVE_JOB_STATES):
            run_job.apply(args=(kind._meta.label, job.pk), throw=True)


def failed_jobs() -> list[tuple[str, str]]:
    return [
        (str(job), job.error) for kind in job_kinds() for job in kind._default_manager.filter(state=JobState.FAILED)
    ]


@pytest.mark.parametrize("name", TASKS)
def test_every_task_does_its_work_and_alarms_nobody(world: World, name: str) -> None:
    run_task(name, world)
    assert failed_jobs() == []
    assert [alert.text for alert in alerts(person=User(is_superuser=True)) if alert.level == "danger"] == []


def test_nightly_training_of_a_study_with_nothing_to_learn_is_skipped_with_the_reason(world: World) -> None:
    run_task("scoring.tasks.start_nightly_training", world)
    run = TrainingRun.objects.get()
    assert run.state == JobState.SKIPPED
    assert run.stage
    assert run.log.count("\n") == 1


def test_every_kind_of_job_is_here() -> None:
    assert set(JOBS) == set(job_kinds())


@pytest.mark.django_db(transaction=True)  # a dump reads on a connection of its own
@pytest.mark.parametrize("kind", JOBS, ids=lambda kind: kind.__name__)
def test_every_job_ends_well_or_with_a_reason_of_ours(world: World, kind: type) -> None:
    job = JOBS[kind](world)
    run_job.apply(args=(job._meta.label, job.pk), throw=True)
    job.refresh_from_db()
    is_refused = kind in {
        SteeringRun,
        TasteProfile,
        HubPush,
        VersionComparison,
        TrackedRun,
    }  # without a model, a token of the Hub, or a tracker
    assert job.state in ({JobState.FAILED} if is_refused else {job.finished_state, JobState.SKIPPED}), job.error
    assert (job.error_code not in {"", "unexpected"}) == is_refused


# Pages and calls

ANSWERED = {200, 201, 202, 204, 302}
REFUSED = {400, 401, 403, 404, 405, 409, 415}


def patterns(resolver: Any = None, prefix: str = "", space: str = "") -> Iterator[tuple[str, str, list[str]]]:
    """Give every address of ours: where it lies, its name, and its arguments."""
    for one in (resolver or get_resolver()).url_patterns:
        where = prefix + str(one.pattern)
        if not isinstance(one, URLPattern):
            yield from patterns(one, where, f"{space}{one.namespace}:" if one.namespace else space)
        elif one.name:
            arguments = list(one.pattern.converters) or list(getattr(one.pattern.regex, "groupindex", {}))
            yield where, space + one.name, arguments


def admin_row(where: str) -> Any:
    """Give a row of the model that an address in the admin is about, none where there is none."""
    label, model = re.match(r"admin/(\w+)/(\w+)/", where).groups()  # type: ignore[union-attr]
    kind = apps.get_model(label, model)
    assert admin.site.is_registered(kind)
    return kind._default_manager.first()


PLACES = {  # of what is no row of a model
    "app_label": "ratings",
    "content_type_id": 1,
    "file_format": "csv",
    "folder": "0" * 32,
    "key": "coverage",
    "name": "manifest.json",
    "url": "",
}


def admin_address(where: str, name: str, arguments: list[str]) -> str | None:
    """Give an address in the admin with its arguments filled in; none for a model without a row."""
    filled: dict[str, Any] = {}
    for argument in arguments:
        if argument in {"pk", "object_id", "id"}:
            row = admin_row(where) if name != "admin:view_on_site" else Study.objects.first()
            if row is None:
                return None
            filled[argument] = row.pk
        else:
            filled[argument] = PLACES[argument]
    return reverse(name, kwargs=filled)


def admin_addresses() -> list[tuple[str, str]]:
    """Give the name and the address of every page in the admin."""
    skipped = {"admin:logout", "admin:jsi18n", "admin:autocomplete"}  # Django's own, which a study does not change
    found = [
        (name, admin_address(where, name, arguments))
        for where, name, arguments in patterns()
        if name.startswith("admin:") and name not in skipped
    ]
    return [(name, address) for name, address in found if address is not None]


@pytest.mark.django_db(transaction=True)  # as above
def test_every_page_of_the_admin_opens(world: World, admin_client: Client) -> None:
    furnish(world)
    write_dump(dump_id=Dump.objects.get().pk)
    for job in (QualityReport.objects.get(), TrainingRun.objects.get(state=JobState.QUEUED)):
        run_job.apply(args=(job._meta.label, job.pk), throw=True)
    addresses = admin_addresses()
    seen = {name: admin_client.get(address).status_code for name, address in addresses}
    listed = {f"admin:{kind._meta.app_label}_{kind._meta.model_name}_changelist" for kind in admin.site._registry}
    assert {name: seen[name] for name in listed if seen[name] != 200} == {}
    changes = {name: status for name, status in seen.items() if name.endswith("_change") and status != 200}
    assert changes == {}
    assert {name: status for name, status in seen.items() if status not in ANSWERED | REFUSED} == {}


DJANGO_S_OWN = ("_change", "_delete", "_history", "_add", "_changelist", "_progress", "_plot")


def study_actions() -> list[str]:
    """Give the names of what a study's page offers to do."""
    return sorted(
        name
        for _, name, arguments in patterns()
        if name.startswith("admin:ratings_study_") and arguments == ["object_id"] and not name.endswith(DJANGO_S_OWN)
    )


@pytest.mark.parametrize("name", study_actions())
def test_every_action_of_a_study_s_page_is_done_or_refused(world: World, admin_client: Client, name: str) -> None:
    address = reverse(name, args=[world.study.pk])
    answer = admin_client.post(address, {"_form_submitted": "True", "format": "csv"}, follow=True)
    assert answer.status_code in {200, 400}


def open_addresses(world: World) -> list[tuple[str, str]]:
    """Give the name and the address of every page and call that is not the admin's."""
    places = {
        "slug": world.study.slug,
        "token": resume_token(participation=world.participation),
        "nonce": "1b4e28ba-2fa1-4c5a-883f-0016d3cca427",
        "assignment": 1,
        "version": 1,
        "number": 1,
        "name": "manifest.json",
        "path": "images/none.webp",
        "place": 1,
        "key": "nobody",
        "uidb64": "MQ",
        "rater": world.participation.rater_id,
        "image": "none.png",
        "person": "nobody",
        "subscription": 1,
    }
    return [
        (name, reverse(name, kwargs={argument: places[argument] for argument in arguments}))
        for _, name, arguments in patterns()
        if not name.startswith("admin:") and name not in {"login", "docs", "schema", "metrics"} and name[-1] != "z"
    ]


def as_script(token: str) -> Client:
    """Give a client that calls with a token."""
    return Client(headers={"authorization": f"Bearer {token}"})


@pytest.mark.parametrize("is_over", [False, True], ids=["open", "over"])
def test_every_page_of_a_rater_opens(world: World, is_over: bool) -> None:  # noqa: FBT001
    if is_over:
        finish(world)
    client = client_of(world.participation)
    seen = {name: client.get(address).status_code for name, address in open_addresses(world)}
    pages = {name: status for name, status in seen.items() if name.startswith("pages:")}
    assert {name: status for name, status in pages.items() if status not in {200, 302}} == {
        "pages:new-link": 405,
        **dict.fromkeys(
            ("pages:arena", "pages:arena-frame", "pages:own-arena", "pages:plate"), 404
        ),  # not asked for here
    }


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("is_over", [False, True], ids=["open", "over"])
def test_every_call_of_raters_and_scripts_is_answered_or_refused(
    world: World,
    is_over: bool,  # noqa: FBT001
    method: str,
) -> None:
    if is_over:
        finish(world)
    staff = make_api_key(user=User.objects.create_superuser("somebody"))
    tokens = (participation_token(participation=world.participation), staff)
    calls = [(name, address) for name, address in open_addresses(world) if name.startswith("api:")]
    answers = {
        (name, place): getattr(as_script(token), method)(address, content_type="application/json")
        for name, address in calls
        for place, token in enumerate(tokens)
    }
    assert {
        call: answer.status_code for call, answer in answers.items() if answer.status_code not in ANSWERED | REFUSED
    } == {}
    refused = [answer.json() for answer in answers.values() if answer.status_code in REFUSED]
    assert {tuple(sorted(body)) for body in refused} == {("code", "fields", "message")}


def test_the_lists_and_the_first_page_count_what_a_study_asks_about(world: World, admin_client: Client) -> None:
    design = design_of(world.study)
    listed = admin_client.get(reverse("admin:ratings_study_changelist")).content.decode()
    assert f"4 {design.items}" in listed
    assert f"2 {design.answers}" in listed
    (tile,) = admin_client.get(reverse("admin:index")).context["tiles"]
    assert [(name, count) for name, count, _ in tile.figures] == [
        (design.items.capitalize(), "4"),
        ("Raters", "1"),
        (design.answers.capitalize(), "2"),
    ]
    listed_rows = [admin_client.get(url).context["cl"].result_count for _, _, url in tile.figures]
    assert listed_rows == [4, 1, 2]  # each count leads to just what it counts
    own = admin_client.get(reverse("admin:ratings_study_change", args=[world.study.pk])).context["cards"]
    assert [(card.title, card.value) for card in own[1:4]] == [(name, count) for name, count, _ in tile.figures]
    assert tile.caption == f"2 of {4 * world.study.target} places taken"
