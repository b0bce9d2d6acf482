"""The whole loop with real parts: commands, HTTP, Postgres, Valkey, Celery workers, features, training, a dump."""

import csv
import os
import signal
import uuid
from collections.abc import Iterator
from pathlib import Path

import psutil
import pyarrow.parquet
import pytest

from annotate.benchmarks.installation import Installation, new_installation, wait_for
from scoring.generators.base import ImageRequest
from scoring.generators.demo import demo_prompts
from scoring.generators.sketch_generator import render_sketch

pytestmark = [pytest.mark.slow, pytest.mark.long]

IMAGES = 48
DESCRIPTION = """
title = "End to end"
consent_text = "Your answers are stored."
practice_count = 0
quota = 40
target = 30
burn_in = 3
repeat_share = 0.0
random_share = 0.2
"""
OPEN = "from ratings.services import studies; from ratings.models import Study; \
studies.open_study(study=Study.objects.get(slug='loop'), actor=None)"


@pytest.fixture(scope="session")
def installation() -> Iterator[Installation]:
    """Run a service with one open study of small pictures."""
    with new_installation() as service:
        open_study(service)
        yield service


def open_study(service: Installation) -> None:
    """Make and open the study."""
    pictures, metadata = draw_pictures(service.folder)
    description = service.folder / "study.toml"
    description.write_text(DESCRIPTION)
    service.command("create_study", "loop", "--from", str(description))
    service.command("import_images", str(pictures), "--study", "loop", "--metadata", str(metadata))
    service.command("shell", "-c", OPEN)


def draw_pictures(folder: Path) -> tuple[Path, Path]:
    """Draw small pictures, and a list of what they are."""
    pictures, metadata = folder / "pictures", folder / "images.csv"
    pictures.mkdir()
    with metadata.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["image", "prompt", "generator", "domain", "palette"])
        for number, prompt in enumerate(demo_prompts(count=IMAGES)):
            request = ImageRequest(prompt=prompt.prompt, seed=prompt.seed, width=160, height=160)
            render_sketch(request).save(pictures / f"{number}.png")
            parts = prompt.parts
            rows.writerow([f"{number}.png", prompt.prompt, "sketch", parts.domain, parts.attributes.palette])
    return pictures, metadata


def joined(installation: Installation) -> str:
    """Enrol somebody; give their token."""
    status, answer = installation.call(
        "POST", "/api/v1/studies/loop/participations", {"consent_version": "1", "profile": {}}
    )
    assert status == 201, answer
    return str(answer["token"])


def rate(installation: Installation, token: str, count: int, *, likes: str) -> list[str]:
    """Rate so many pictures: those of the liked domain high, others low; give the nonces."""
    domains = dict(installation.query("SELECT image_id::text, domain FROM ratings_studyimage"))
    nonces: list[str] = []
    while len(nonces) < count:
        status, answer = installation.call("POST", "/api/v1/studies/loop/leases", {"count": 5}, token)
        assert status == 200, answer
        assert answer["items"], "nothing was handed out"
        for item in answer["items"][: count - len(nonces)]:
            value = 5 if domains[item["image"]["id"]] == likes else 2
            nonce = str(uuid.uuid4())
            body = {"nonce": nonce, "assignment": item["assignment"], "value": value, "response_ms": 800}
            status, answer = installation.call("POST", "/api/v1/ratings", body, token)
            assert status == 201, answer
            nonces.append(nonce)
    return nonces


def learned_count(installation: Installation, token: str) -> int:
    """Count the ratings in the rater's taste."""
    rater = installation.call("GET", "/api/v1/me", token=token)[1]["rater"]
    rows = installation.query(
        "SELECT t.rating_count FROM scoring_taste t JOIN ratings_participation p ON p.id = t.participation_id "
        "JOIN scoring_modelversion v ON v.id = t.model_version_id AND v.state = 'live' WHERE p.rater_id = %s",
        rater,
    )
    return int(rows[0][0]) if rows else 0


def queued_count(installation: Installation, token: str) -> int:
    """Count the images that wait for the rater."""
    rater = installation.call("GET", "/api/v1/me", token=token)[1]["rater"]
    rows = installation.query(
        "SELECT count(*) FROM ratings_assignment a JOIN ratings_participation p ON p.id = a.participation_id "
        "WHERE a.state = 'queued' AND p.rater_id = %s",
        rater,
    )
    return int(rows[0][0])


def test_from_pictures_to_a_model_that_picks_the_next_image(installation: Installation, tmp_path: Path) -> None:
    likes = ("art", "design", "fashion", "cinema")
    nonces = [
        nonce for turn in range(5) for nonce in rate(installation, joined(installation), 24, likes=likes[turn % 4])
    ]

    installation.command("retrain", "--study", "loop")
    wait_for(
        lambda: installation.query("SELECT 1 FROM scoring_modelversion WHERE state = 'live'"),
        what=f"a live model; {installation.log[-3000:]}",
    )

    newcomer = joined(installation)
    wait_for(lambda: queued_count(installation, newcomer), what="a queue chosen by the model")
    nonces += rate(installation, newcomer, 6, likes="art")
    wait_for(lambda: learned_count(installation, newcomer) >= 3, what="a taste learned from the newcomer's ratings")
    nonces += rate(installation, newcomer, 6, likes="art")
    policies = {row[0] for row in installation.query("SELECT DISTINCT policy FROM ratings_assignment")}
    assert {"burn-in", "active", "random", "coverage"} <= policies

    stored = {str(row[0]) for row in installation.query("SELECT nonce FROM ratings_rating")}
    assert set(nonces) <= stored  # other tests rate here too

    installation.command("export", "loop", "--format", "parquet", "--out", str(tmp_path / "dump"))
    (ratings,) = (tmp_path / "dump").rglob("ratings*.parquet")
    table = pyarrow.parquet.read_table(ratings)
    assert table.num_rows == len(stored)
    assert {"policy", "propensity", "model_version"} <= set(table.column_names)


def test_a_killed_worker_comes_back_and_rating_goes_on_without_it(installation: Installation) -> None:
    assert installation.process is not None
    family = psutil.Process(installation.process.pid).children(recursive=True)
    workers = [
        process for process in family if "celery" in " ".join(process.cmdline()) and "worker" in process.cmdline()
    ]
    assert workers
    for worker in workers:
        os.kill(worker.pid, signal.SIGKILL)
    token = joined(installation)
    assert len(rate(installation, token, 8, likes="art")) == 8
    if installation.query("SELECT 1 FROM scoring_modelversion WHERE state = 'live'"):
        wait_for(lambda: learned_count(installation, token) >= 4, what="the worker to come back and learn")


def test_a_second_start_in_the_same_folder_is_one_clear_sentence(installation: Installation) -> None:
    said = installation.command("run", code=1)
    folder = installation.folder / "var"
    assert said.startswith(f"CommandError: Process {installation.pid} already runs Pamela in {folder}: stop that one")
    assert len(said.splitlines()) == 1
