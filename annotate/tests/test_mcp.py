"""A language model's program uses the MCP server over standard input and output, with the official client."""

import asyncio
import io
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest
from mcp import Client, StdioServerParameters
from PIL import Image
from pytest_django.live_server_helper import LiveServer

from annotate.env import BASE_DIR
from ratings.choices import DumpFormat
from ratings.models import Dump
from ratings.tasks import run_job
from ratings.tests.factories import make_api_key, make_participation, make_rating, make_staff, make_study
from scoring.client import Pamela
from scoring.models import ModelState, SteeringRun
from scoring.tests.factories import make_steering_run, make_version

# Each call starts a process.
pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
Found = TypeVar("Found")


def in_a_thread(ask: Callable[[], Awaitable[Found]]) -> Found:
    """Run an event loop where no other test's runs."""

    async def asked() -> Found:
        return await ask()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, asked()).result(timeout=120)


@pytest.fixture
def command(live_server: LiveServer, tmp_path: Path) -> StdioServerParameters:
    """Give the command of a server that asks in a researcher's name."""
    (tmp_path / "token.txt").write_text(make_api_key(user=make_staff("agent", group="researcher")))
    return StdioServerParameters(
        command=sys.executable,
        args=["-m", "scoring.client.mcp_server", "--url", live_server.url, "--token-file", "token.txt"],
        env={"PYTHONPATH": str(BASE_DIR)},
        cwd=tmp_path,
    )


def called(command: StdioServerParameters, tool: str, **arguments: Any) -> tuple[bool, Any, str]:
    """Call a tool: whether it failed, its value, and its words."""

    async def ask() -> tuple[bool, Any, str]:
        async with Client(command) as client:
            found = await client.call_tool(tool, arguments)
            words = "".join(getattr(part, "text", "") for part in found.content)
            content = found.structured_content
            value = content.get("result", content) if isinstance(content, dict) else content
            return found.is_error, value, words

    return in_a_thread(ask)


def offered(command: StdioServerParameters) -> dict[str, bool]:
    """List the tools, and whether each says that it only reads."""

    async def ask() -> dict[str, bool]:
        async with Client(command) as client:
            tools = (await client.list_tools()).tools
            return {tool.name: bool(tool.annotations and tool.annotations.read_only_hint) for tool in tools}

    return in_a_thread(ask)


def test_it_offers_nothing_that_writes_unless_started_with_writes(command: StdioServerParameters) -> None:
    reading = {"list_studies", "score_pictures", "steering_progress", "list_dumps", "fetch_dump"}
    assert offered(command) == dict.fromkeys(reading, True)
    failed, _, words = called(command, "start_steering", study="a", prompt="b", rater="c")
    assert (failed, "start_steering" in words) == (True, True)
    command.args.append("--writes")
    assert offered(command) == {**dict.fromkeys(reading, True), "start_steering": False}


def test_it_lists_studies_and_says_what_the_server_refuses(command: StdioServerParameters) -> None:
    make_study(slug="harbour", title="Harbour", state="open")
    row = {"slug": "harbour", "title": "Harbour", "state": "open", "design": "rating"}
    assert called(command, "list_studies")[:2] == (False, [row])
    failed, _, words = called(command, "list_dumps", study="gone")
    assert (failed, words.endswith("There is no study 'gone'.")) == (True, True)


def test_it_fetches_a_dump_into_a_new_folder_and_never_over_one(command: StdioServerParameters, tmp_path: Path) -> None:
    study = make_study(slug="harbour")
    make_rating(participation=make_participation(study=study), value=4)
    token = (tmp_path / "token.txt").read_text()
    url = command.args[command.args.index("--url") + 1]
    with Pamela(url, token) as client:
        client.dump("harbour", format=DumpFormat.CSV, progress=lambda _share, _state: work_on_dumps())
    listed = called(command, "list_dumps", study="harbour")[1]
    assert [(dump["version"], dump["state"]) for dump in listed] == [(1, "ready")]
    failed, paths, _ = called(command, "fetch_dump", study="harbour", version=1)
    assert not failed
    assert (tmp_path / "harbour-v1" / "ratings.csv").read_text().count("\n") == 2
    assert str(tmp_path / "harbour-v1" / "ratings.csv") in {str(tmp_path / path) for path in paths}
    failed, _, words = called(command, "fetch_dump", study="harbour", version=1)
    assert (failed, "There is harbour-v1 already" in words) == (True, True)
    assert called(command, "fetch_dump", study="harbour", version=9)[2].endswith("harbour has no dump 9.")


def work_on_dumps() -> None:
    """Do what a worker would do now."""
    for dump in Dump.objects.filter(state="queued"):
        run_job(Dump._meta.label, dump.pk)


def test_it_orders_pictures_for_a_rater_and_follows_them(command: StdioServerParameters) -> None:
    run = make_steering_run()
    make_version(study=run.study, state=ModelState.LIVE)
    command.args.append("--writes")
    rater = str(run.participation.rater_id)
    order = {"study": run.study.slug, "prompt": "a boat", "rater": rater}
    failed, _, words = called(command, "start_steering", **order)
    assert (failed, "knows nothing of this rater's taste yet" in words) == (True, True)
    failed, numbers, words = called(command, "start_steering", **order, mode="global")
    assert not failed, words
    assert list(SteeringRun.objects.exclude(pk=run.pk).values_list("pk", "prompt")) == [(numbers[0], "a boat")]
    assert called(command, "steering_progress", study=run.study.slug, number=numbers[0])[1]["state"] == "queued"


def test_no_file_but_a_picture_below_its_folder_leaves_the_machine(
    command: StdioServerParameters, tmp_path: Path
) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}.png"
    content = io.BytesIO()
    Image.new("RGB", (8, 8)).save(content, "PNG")
    outside.write_bytes(content.getvalue())
    assert "does not lie below" in called(command, "score_pictures", paths=[str(outside)])[2]
    assert "does not lie below" in called(command, "score_pictures", paths=[f"../{outside.name}"])[2]
    assert called(command, "score_pictures", paths=["token.txt"])[2].endswith("token.txt is no picture.")
    assert called(command, "score_pictures", paths=["gone.png"])[2].endswith("There is no file gone.png.")


def test_the_program_on_the_page_of_language_models_runs(
    command: StdioServerParameters, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_study(slug="harbour", title="Harbour")
    program = (BASE_DIR / "docs" / "mcp.md").read_text().split("```python\n", 1)[1].split("```", 1)[0]
    url = command.args[command.args.index("--url") + 1]
    for shown, real in {
        "http://127.0.0.1:8000": url,
        '"python"': repr(sys.executable),
        "pamela_client": "scoring.client",
        '"token.txt"],': f'"token.txt"], cwd={str(tmp_path)!r}, env={{"PYTHONPATH": {str(BASE_DIR)!r}}},',
    }.items():
        assert shown in program
        program = program.replace(shown, real)
    with ThreadPoolExecutor(1) as thread:
        thread.submit(exec, program, {}).result(timeout=120)
    assert "'slug': 'harbour'" in capsys.readouterr().out
