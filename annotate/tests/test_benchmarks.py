"""The measurements run, small, and say what they say; no test asserts a time."""

import inspect
import json
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from playwright.sync_api import Browser

from annotate.benchmarks import admin, export, learning, reward, serving, steering
from annotate.benchmarks import browser as paint
from annotate.benchmarks.figures import Figure, as_json, beside, percentile
from annotate.management.commands.benchmark import NAMES


def names(figures: list[Figure]) -> list[str]:
    return [figure.name for figure in figures]


def test_a_figure_stands_beside_its_limit() -> None:
    figure = beside(name="speed", value=30, unit="1/s", limit=60, note="n")
    assert (figure.ratio, as_json([figure])[0]["limit"]) == (0.5, 60)
    assert "ratio 0.50" in str(figure)


def test_percentiles_are_of_the_nearest_rank() -> None:
    values = [float(number) for number in range(100, 0, -1)]
    assert [percentile(values, share) for share in (0.5, 0.95, 0.99, 1.0)] == [51, 96, 100, 100]
    assert percentile([], 0.5) == 0


def test_a_rating_is_learned_when_a_taste_is_first_seen_to_know_it() -> None:
    given_at = datetime(2026, 1, 1, tzinfo=UTC)
    seen = [(5, given_at + timedelta(seconds=1)), (9, given_at + timedelta(seconds=3))]
    found = {rating: learning.delay(seen, rating=rating, given_at=given_at) for rating in (5, 6, 10)}
    assert found == {5: [1.0], 6: [3.0], 10: []}


@pytest.mark.slow
@pytest.mark.long
def test_serving_is_measured_through_http_and_beside_bare_psycopg() -> None:
    figures = serving.measure(say=lambda _: None, sizes=(300,), clients=(1, 2), seconds=1)
    by_name = {figure.name: figure for figure in figures}
    assert by_name["lease, 300 images, 1 clients: p50"].limit == serving.P50_BUDGET
    assert by_name["calls, 300 images, 2 clients"].value > 0
    assert (by_name["calls, 300 images, 2 clients"].limit or 0) > 0
    assert len([name for name in by_name if name.startswith(("lease, ", "submit, "))]) == 12


@pytest.mark.slow
def test_an_export_is_measured_by_speed_and_memory() -> None:
    figures = export.measure(say=lambda _: None, sizes=(2000,))
    assert names(figures) == ["export of 2,000 ratings", "export of 2,000 ratings, memory"]
    assert all(figure.value > 0 for figure in figures)


@pytest.mark.slow
def test_the_admin_is_measured_by_every_page_that_links_lead_to() -> None:
    figures = admin.measure(say=lambda _: None, images=60, raters=20, ratings_per_rater=5)
    by_name = {figure.name: figure for figure in figures}
    assert by_name["most queries of one page"].value > 0
    assert (by_name["kinds of pages above the budget"].limit or 0) > 50
    assert not [figure.note for figure in figures if "answered 5" in figure.note]


@pytest.mark.slow
def test_the_reward_server_is_measured_beside_the_bare_encoder_and_with_known_pictures() -> None:
    figures = reward.measure(say=lambda _: None, callers=(2,), seconds=2)
    by_name = {figure.name: figure for figure in figures}
    assert (by_name["fresh pictures, 2 callers"].limit or 0) > 0
    assert by_name["known pictures, 2 callers"].limit == reward.KNOWN_BUDGET
    assert len(figures) == 9
    assert all(figure.value > 0 for figure in figures)
    spent = by_name["fresh pictures, 2 callers: CPU"]
    assert spent.value > (spent.limit or 0) > 0, "the server decodes, embeds and answers: more than the network alone"


@pytest.mark.parametrize("name", NAMES)
def test_every_part_is_measured_as_the_command_asks_for_it(name: str) -> None:
    parameters = inspect.signature(import_module(f"annotate.benchmarks.{name}").measure).parameters.values()
    assert [one.name for one in parameters if one.default is one.empty] == ["say"]


def test_selection_writes_its_figures_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "figures.json"
    call_command("benchmark", "selection", json=target)
    figures = json.loads(target.read_text())
    assert len(figures) == 4
    assert figures[0]["name"] in capsys.readouterr().out


def test_a_folder_that_is_not_there_is_named_before_anything_is_measured(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no folder"):
        call_command("benchmark", "serving", json=tmp_path / "nowhere" / "figures.json")


@pytest.mark.parametrize("name", ["load_test", "fault_test"])
def test_a_trial_needs_raters_and_time(name: str) -> None:
    with pytest.raises(CommandError, match="at least one rater"):
        call_command(name, raters=0)


@pytest.mark.slow
def test_steering_is_tried_on_hidden_tastes_and_reported_with_pictures(tmp_path: Path) -> None:
    from scoring.trials.steering import TrialSize

    size = TrialSize(
        pictures=48,
        teachers=12,
        ratings_each=30,
        learners=4,
        levels=(0, 40),
        prompts=2,
        iterations=2,
        variants=4,
        side=64,
    )
    report = tmp_path / "report.html"
    figures = {figure.name: figure for figure in steering.measure(say=lambda _: None, report=report, size=size)}
    assert len(figures) == 8 + 3  # two levels of four modes, and the guard
    assert figures["made for oneself, 0 ratings"].value == figures["made for everyone, 0 ratings"].value
    page = report.read_text(encoding="utf-8")
    assert page.count("data:image/webp") == 2 * 3 * 4  # two prompts, three raters, four modes
    assert "By ratings given" in page


def test_a_report_is_for_steering_only(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="--report"):
        call_command("benchmark", "selection", report=tmp_path / "report.html")


@pytest.mark.slow
@pytest.mark.browser
def test_the_browser_s_figures_are_paint_times_and_page_weights(browser: Browser) -> None:
    figures = {figure.name: figure for figure in paint.measure(say=lambda _: None, pictures=8, keys=4, browser=browser)}
    assert figures["key to the next picture's paint: p50"].limit == 50
    assert all(figure.value > 0 for figure in figures.values())
    kilobytes = {name.partition(",")[0]: figure for name, figure in figures.items() if figure.unit == "kB"}
    assert kilobytes["rating page"].limit == 60
    assert 1 < kilobytes["first page"].value < kilobytes["rating page"].value <= 60
