"""Ended runs reach MLflow and Weights & Biases as these keep them, read back by their own readers; what fails waits."""

import json
import socket
import struct
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from ratings.choices import JobState
from ratings.services.jobs.lifecycle import finish_job
from ratings.tasks import run_job
from ratings.tests.factories import make_staff, make_study
from scoring.models import ModelState, ModelVersion, TrackedRun, TrainingRun
from scoring.services.tracked_runs import has_runs_to_track, request_due_tracking
from scoring.tests.factories import estimate, make_version
from scoring.tests.learning import make_world, trained_version

pytestmark = pytest.mark.django_db(transaction=True)
METRICS: dict[str, Any] = {
    "ratings": 300,
    "raters": 12,
    "test_ratings": 40,
    "personal": {"srocc": {**estimate(0.5), "low": 0.25}},
    "global": {"srocc": {"value": 0.25}},
    "srocc_minus_live": {"value": 0.25, "low": -0.5, "high": 1.0},
    "live": {"version": "v1", "srocc": {"value": 0.25}},
    "calibration": [{"level": 0.5, "inside": {"value": 0.75}}],
    "k_shot": {"5": {"srocc": {"value": 0.125}}},
    "parts": {"everybody": 0.5, "taste: Anna said so": 0.25, "taste: closer": 0.125},
    "dividing": [{"image": "0d3c-the-id-of-a-picture", "spread": 1.0, "low": 1.0, "high": 2.0}],
    "fit": {
        "factors": 2,
        "chosen": {"factors": True, "without": ["para"]},
        "datasets": [{"ratings": 300, "weight": 1.0}, {"name": "lapis", "ratings": 100, "weight": 0.5}],
    },
    "software": {"torch": "2.13.0"},
}
PRIVATE = ("Anna said so", "Secret title", "0d3c-the-id", "by hand for Anna")


def ended_run(*, error: str = "", metrics: Mapping[str, Any] = METRICS) -> TrainingRun:
    """Give a run that a person wrote of, with the version that it made unless it failed."""
    study = make_study(slug="birds", title="Secret title")
    now = timezone.now()
    run = TrainingRun.objects.create(
        study=study,
        reason="by hand for Anna",
        notes="Anna said so",
        state=JobState.FAILED if error else JobState.SUCCEEDED,
        error=error,
        error_code="unreadable_images" if error else "",
        encoder_key="offline",
        started_at=now - timedelta(minutes=2),
        finished_at=now,
    )
    if not error:
        make_version(
            study=study, run=run, state=ModelState.LIVE, metrics=dict(metrics), promoted_at=now, data_digest="d"
        )
    return run


def track() -> list[TrackedRun]:
    """Do what the clock does, and what the worker does then."""
    for row in request_due_tracking():
        run_job(row._meta.label, row.pk)
    return list(TrackedRun.objects.order_by("pk"))


@pytest.fixture
def mlflow_folder(settings: LazySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let runs be logged to a store of MLflow's own on this machine."""
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    settings.MLFLOW_TRACKING_URI = f"file://{tmp_path}/mlflow"
    settings.MLFLOW_EXPERIMENT_NAME = "pamela"
    return str(settings.MLFLOW_TRACKING_URI)


def kept_by_mlflow(uri: str) -> list[Any]:
    """Read all runs of the experiment."""
    from mlflow import MlflowClient

    client = MlflowClient(uri)
    experiment = client.get_experiment_by_name("pamela")
    return list(client.search_runs([experiment.experiment_id])) if experiment else []


def test_mlflow_keeps_figures_with_intervals_sources_lineage_verdict_and_promotion(mlflow_folder: str) -> None:
    run = ended_run()
    (row,) = track()
    assert (row.state, row.error, row.address) == (JobState.SUCCEEDED, "", "")
    (kept,) = kept_by_mlflow(mlflow_folder)
    figures, words, labels = kept.data.metrics, kept.data.params, kept.data.tags
    assert (kept.info.run_name, kept.info.status) == ("birds v1", "FINISHED")
    assert kept.info.start_time == int(run.started_at.timestamp() * 1000) if run.started_at else False
    assert {name: figures[f"personal/srocc{name}"] for name in ("", "_low", "_high", "_raters")} == {
        "": 0.5,
        "_low": 0.25,
        "_high": 0.55,
        "_raters": 12,
    }
    assert (figures["calibration/0.5/inside"], figures["k_shot/5/srocc"], figures["test_ratings"]) == (0.75, 0.125, 40)
    assert (figures["parts/everybody"], figures["parts/taste"]) == (0.5, 0.375)
    assert (figures["sources/own/ratings"], figures["sources/lapis/share"]) == (300, 0.25)
    assert (words["fit/factors"], words["fit/left_out_sets"], words["software/torch"]) == ("2", "para", "2.13.0")
    assert (labels["pamela.data_digest"], labels["pamela.live_before"], labels["pamela.went_live"]) == (
        "d",
        "v1",
        "yes",
    )
    assert labels["pamela.promotion"].startswith("not shown to differ from v1. SROCC less that of v1 +0.250")
    assert labels["mlflow.note.content"].startswith("v1 (on few cases): it predicts well")
    said = json.dumps(kept.to_dictionary(), default=str)
    assert not [words for words in PRIVATE if words in said]


def test_what_is_logged_twice_is_there_once(mlflow_folder: str) -> None:
    ended_run()
    track()
    TrackedRun.objects.update(state=JobState.QUEUED, owner="")
    run_job("scoring.TrackedRun", TrackedRun.objects.get().pk)
    assert TrackedRun.objects.get().tries == 2
    assert len(kept_by_mlflow(mlflow_folder)) == 1
    assert not has_runs_to_track()
    assert request_due_tracking() == []


def test_a_failed_run_is_logged_as_failed_without_the_words_of_its_error(mlflow_folder: str) -> None:
    ended_run(error="Anna said so: the file of rater 7 is broken")
    track()
    (kept,) = kept_by_mlflow(mlflow_folder)
    assert (kept.info.status, kept.data.tags["pamela.error_code"]) == ("FAILED", "unreadable_images")
    assert "Anna" not in json.dumps(kept.to_dictionary(), default=str)


def test_runs_that_learned_nothing_were_cancelled_or_go_on_are_not_logged(mlflow_folder: str) -> None:
    run = ended_run()
    for state in (JobState.SKIPPED, JobState.CANCELLED, JobState.RUNNING):
        TrainingRun.objects.filter(pk=run.pk).update(state=state)
        assert not has_runs_to_track()


def test_without_a_setting_nothing_is_logged() -> None:
    ended_run()
    assert not has_runs_to_track()
    assert track() == []


def test_a_tracker_that_is_away_fails_no_training_and_is_tried_again_later(settings: LazySettings) -> None:
    settings.MLFLOW_TRACKING_URI = "http://rosa:hidden@127.0.0.1:9"
    run = ended_run()
    (row,) = track()
    run.refresh_from_db()
    assert (run.state, row.state, row.error_code) == (JobState.SUCCEEDED, JobState.FAILED, "tracker_refused")
    assert row.error.startswith("MLflow took nothing: ")
    assert "hidden" not in row.error
    assert row.due_at is not None
    assert row.due_at > timezone.now()
    assert request_due_tracking() == [], "not before its time"
    TrackedRun.objects.update(due_at=timezone.now())
    assert has_runs_to_track()
    (row,) = track()
    assert row.tries == 2
    TrackedRun.objects.update(due_at=timezone.now(), tries=9)
    (row,) = track()
    assert (row.tries, row.due_at) == (10, None), "ten attempts, as of a message"
    assert not has_runs_to_track()


def test_a_library_that_is_not_there_is_named(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MLFLOW_TRACKING_URI, settings.WANDB_PROJECT = "http://127.0.0.1:9", "pamela"
    monkeypatch.setitem(sys.modules, "mlflow", None)
    monkeypatch.setitem(sys.modules, "wandb", None)
    ended_run()
    assert [row.error for row in track()] == [
        "MLflow took nothing: mlflow-skinny is not installed: see requirements-tracking.txt.",
        "Weights & Biases took nothing: wandb is not installed: see requirements-tracking.txt.",
    ]


def kept_by_wandb(folder: Path) -> list[Any]:
    """Read the records of the run that is kept offline, in the library's own messages.

    Source of the file's layout: wandb/wandb, version 0.19.11, `wandb/sdk/internal/datastore.py`: blocks of 32 KiB, in
    which each piece has its check sum, length and place (whole, first, middle, last).
    """
    from wandb.proto import wandb_internal_pb2

    (path,) = folder.rglob("*.wandb")
    data, at, piece, found = path.read_bytes(), 7, b"", []
    assert data[:4] == b":W&B"
    while at + 7 <= len(data):
        if 32768 - at % 32768 < 7:
            at += 32768 - at % 32768
            continue
        _, length, place = struct.unpack("<IHB", data[at : at + 7])
        piece += data[at + 7 : at + 7 + length]
        at += 7 + length
        if place in {1, 4}:
            found.append(wandb_internal_pb2.Record.FromString(piece))
            piece = b""
    return found


def test_weights_and_biases_keeps_the_same_offline_and_nothing_of_the_machine(
    settings: LazySettings, tmp_path: Path
) -> None:
    settings.WANDB_PROJECT, settings.WANDB_MODE, settings.WANDB_DIR = "pamela", "offline", str(tmp_path)
    ended_run()
    (row,) = track()
    assert (row.state, row.error) == (JobState.SUCCEEDED, "")
    records = kept_by_wandb(tmp_path)
    (run,) = [one.run for one in records if one.WhichOneof("record_type") == "run"]
    assert (run.project, run.display_name, run.run_group) == ("pamela", "birds v1", "birds")
    assert run.notes.startswith("v1 (on few cases): it predicts well")
    config = {one.key: json.loads(one.value_json) for one in run.config.update}
    assert (config["fit/left_out_sets"], config["data_digest"], config["went_live"]) == ("para", "d", "yes")
    changes = [one.summary.update for one in records if one.WhichOneof("record_type") == "summary"]
    summary = {"/".join(one.nested_key) or one.key: json.loads(one.value_json) for part in changes for one in part}
    assert (summary["personal/srocc"], summary["personal/srocc_low"], summary["sources/own/ratings"]) == (
        0.5,
        0.25,
        300,
    )
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for words in (*PRIVATE, socket.gethostname(), sys.executable, str(Path(__file__).parent)):
        assert words.encode() not in written, words
    assert not list(tmp_path.rglob("requirements.txt"))


def test_the_page_of_a_run_says_where_it_was_logged(mlflow_folder: str) -> None:
    run = ended_run()
    track()
    client = Client()
    client.force_login(make_staff("rosa", group="researcher"))
    assert "MLflow: succeeded" in client.get(f"/admin/scoring/trainingrun/{run.pk}/change/").content.decode()


def test_a_run_that_ends_asks_the_clock_for_its_logging(mlflow_folder: str) -> None:
    run = ended_run()
    TrainingRun.objects.filter(pk=run.pk).update(state=JobState.RUNNING, finished_at=None)
    run.refresh_from_db()
    assert not has_runs_to_track()
    finish_job(job=run)
    assert has_runs_to_track()


@pytest.mark.slow
def test_every_figure_of_a_real_version_arrives(mlflow_folder: str) -> None:
    version: ModelVersion = trained_version(make_world(raters=6, each=24).study)
    (row,) = track()
    assert row.state == JobState.SUCCEEDED, row.error
    (kept,) = kept_by_mlflow(mlflow_folder)
    personal = version.metrics["personal"]
    for name, found in personal.items():
        assert kept.data.metrics[f"personal/{name}"] == pytest.approx(found["value"])
        assert kept.data.metrics[f"personal/{name}_low"] == pytest.approx(found["low"])
