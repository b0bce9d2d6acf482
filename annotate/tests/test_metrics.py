"""What monitoring reads: off unless asked for, closed to strangers, right in its figures, shared between processes."""

import json
import os
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import requests
import yaml
from django.conf import LazySettings
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from kombu.exceptions import OperationalError

from annotate import env
from annotate.benchmarks.installation import free_port, wait_for
from annotate.metrics import FIGURES, figures
from annotate.supervisor import service_children
from annotate.tests.databases import address_of_test_database
from annotate.tests.test_web_process import is_open
from annotate.workers import sign_of
from ratings.choices import JobState
from ratings.models import Assignment, Dump
from ratings.queueing import CircuitBreaker, breaker
from ratings.services.failures import record_failure
from ratings.tests.factories import make_images, make_participation, make_rating, make_study
from scoring.models import EmbeddingAttempt, ModelState, Taste, TrainingRun
from scoring.tests.factories import make_version

TOKEN = "watch-" + "7" * 30
BEARER = {"Authorization": f"Bearer {TOKEN}"}
COUNTED = {"pamela_requests_total", "pamela_request_seconds_bucket", "pamela_messages_dropped_total"}
KNOWN = COUNTED | {f"pamela_{name}" for name in FIGURES}


@pytest.fixture
def metrics_on(settings: LazySettings) -> Iterator[None]:
    """Switch metrics on, with nothing kept of another test."""
    settings.METRICS_TOKEN = TOKEN
    settings.MIDDLEWARE = ["annotate.metrics.MeasureMiddleware", *settings.MIDDLEWARE]
    figures.kept_until = 0.0
    yield
    figures.kept_until = 0.0


def sample(text: str, name: str) -> float | None:
    """Give one sample; none where it is missing."""
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else None


def read(client: Client) -> str:
    """Ask as Prometheus does."""
    answer = client.get("/metrics", headers=BEARER)
    assert (answer.status_code, answer["Cache-Control"].split(",")[0]) == (200, "max-age=0")
    return answer.content.decode()


@pytest.mark.django_db
def test_there_are_no_metrics_unless_a_token_is_set(client: Client) -> None:
    assert client.get("/metrics", headers=BEARER).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("given", ["", "Bearer ", f"Bearer {TOKEN}x", f"Basic {TOKEN}", TOKEN])
def test_strangers_read_no_metrics(client: Client, metrics_on: None, given: str) -> None:
    answer = client.get("/metrics", headers={"Authorization": given})
    assert answer.status_code == 401
    assert b"pamela_" not in answer.content


@pytest.mark.django_db
def test_figures_of_the_installation_are_those_of_its_records(client: Client, metrics_on: None) -> None:
    study = make_study(slug="harbour", target=2)
    first, second = make_images(study=study, count=2)
    participation = make_participation(study=study)
    ratings = [make_rating(participation=participation, study_image=row) for row in (first, second)]
    Assignment.objects.filter(pk=ratings[0].assignment_id).update(policy="active")
    Assignment.objects.filter(pk=ratings[1].assignment_id).update(policy="random")
    version = make_version(study=study, state=ModelState.LIVE, promoted_at=timezone.now() - timedelta(hours=2))
    Taste.objects.create(
        model_version=version, participation=participation, posterior=b"\x00", last_rating=ratings[0].pk
    )
    TrainingRun.objects.create(study=study, reason="by hand")
    TrainingRun.objects.update(created_at=timezone.now() - timedelta(seconds=90))
    lost = timezone.now()
    Dump.objects.create(study=study, version=1, format="csv", state=JobState.FAILED, finished_at=lost)
    record_failure(task="ratings.tasks.sweep_jobs", error=RuntimeError("no"))
    lapsed = timezone.now() - timedelta(minutes=1)
    EmbeddingAttempt.objects.create(image=first.image, encoder_key="e", count=3, claimed_until=lapsed)
    cache.set(sign_of("io"), 1)
    text = read(client)
    assert sample(text, 'pamela_answers_newest{family="ratings"}') == ratings[1].pk
    assert sample(text, 'pamela_policy_share{policy="active"}') == 0.5
    assert sample(text, 'pamela_coverage{study="harbour"}') == 0.5
    assert 7200 <= (sample(text, 'pamela_model_age_seconds{study="harbour"}') or 0) < 7260
    assert sample(text, 'pamela_raters_unlearned{study="harbour"}') == 1
    assert 0 <= (sample(text, "pamela_learning_delay_seconds") or -1) < 60
    assert sample(text, 'pamela_jobs{kind="TrainingRun",state="queued"}') == 1
    assert sample(text, 'pamela_jobs{kind="Dump",state="failed"}') == 1
    assert 90 <= (sample(text, 'pamela_queue_oldest_seconds{queue="train"}') or 0) < 150
    assert sample(text, 'pamela_queue_has_worker{queue="io"}') == 1
    assert sample(text, 'pamela_queue_has_worker{queue="train"}') == 0
    assert sample(text, 'pamela_failed_tasks{task="ratings.tasks.sweep_jobs"}') == 1
    assert sample(text, "pamela_images_given_up") == 1


@pytest.mark.django_db
def test_calls_of_the_api_count_each_by_itself_and_everything_else_as_one(client: Client, metrics_on: None) -> None:
    names = ('method="GET",route="me",status="401"', 'method="GET",route="other",status="404"')
    before = [sample(read(client), f"pamela_requests_total{{{name}}}") or 0 for name in names]
    client.get("/api/v1/me")
    client.get(f"/secret-{uuid.uuid4().hex}/")
    text = read(client)
    assert [sample(text, f"pamela_requests_total{{{name}}}") for name in names] == [before[0] + 1, before[1] + 1]
    assert (sample(text, 'pamela_request_seconds_count{method="GET",route="me"}') or 0) >= 1
    assert "secret" not in text


class LostTask:
    """A task that no broker takes."""

    name = "of.this.test"

    def apply_async(self, **_options: object) -> None:
        """Fail as a broker that is away lets it."""
        raise OperationalError


@pytest.mark.django_db
def test_messages_that_no_broker_takes_are_counted(client: Client, metrics_on: None) -> None:
    away = CircuitBreaker(pause=60)
    away.on_loss = breaker.on_loss
    task: object = LostTask()
    assert not away.send(task)  # type: ignore[arg-type]  # stands in for one of Celery's
    assert not away.send(task)  # type: ignore[arg-type]  # while the circuit is open
    assert sample(read(client), 'pamela_messages_dropped_total{task="of.this.test"}') == 2


def test_every_alert_asks_for_metrics_that_there_are_and_has_a_section_of_the_runbooks() -> None:
    (group,) = yaml.safe_load((env.BASE_DIR / "deploy" / "prometheus" / "alerts.yaml").read_text())["groups"]
    runbooks = (env.BASE_DIR / "docs" / "runbooks.md").read_text()
    sections = re.findall(r"^## (\w+)$", runbooks, re.MULTILINE)
    assert [rule["alert"] for rule in group["rules"]] == sections
    for rule in group["rules"]:
        assert set(re.findall(r"pamela_\w+", rule["expr"])) <= KNOWN, rule["alert"]
        assert rule["annotations"]["runbook"] == f"docs/runbooks.md#{rule['alert'].lower()}"
    documented = (env.BASE_DIR / "docs" / "operating.md").read_text()
    assert [name for name in FIGURES if f"`pamela_{name}`" not in documented] == []


def test_the_dashboard_shows_every_figure_and_none_that_there_is_not() -> None:
    panels = json.loads((env.BASE_DIR / "deploy" / "prometheus" / "dashboard.json").read_text())["panels"]
    queries = " ".join(target["expr"] for panel in panels for target in panel["targets"])
    assert set(re.findall(r"pamela_\w+", queries)) == KNOWN
    assert len({panel["id"] for panel in panels}) == len(panels)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_whichever_process_is_asked_gives_the_counts_of_all(tmp_path: Path) -> None:
    port = free_port()
    (web, *_) = service_children(host="127.0.0.1", port=port, web_workers=2)
    names = {**os.environ, "DATA_DIR": str(tmp_path), "DATABASE_URL": address_of_test_database()}
    names |= {"METRICS_TOKEN": TOKEN, "STATIC_ROOT": str(tmp_path / "static")}
    names.pop("DJANGO_SETTINGS_MODULE")  # the tests' own
    collect = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
    subprocess.run(collect, cwd=env.BASE_DIR, env=names, check=True)
    with subprocess.Popen(web.command, cwd=env.BASE_DIR, env=names) as server:
        try:
            wait_for(lambda: is_open(port), what="the web server")
            for _ in range(40):  # each on a connection of its own, which either process may take
                requests.get(f"http://127.0.0.1:{port}/api/v1/me", timeout=60)
            texts = [
                requests.get(f"http://127.0.0.1:{port}/metrics", headers=BEARER, timeout=60).text for _ in range(6)
            ]
        finally:
            server.terminate()
    name = 'pamela_requests_total{method="GET",route="me",status="401"}'
    assert [sample(text, name) for text in texts] == [40.0] * 6
    (folder,) = (tmp_path / "metrics").iterdir()
    assert len(list(folder.glob("counter_*.db"))) == 2, "both processes took some"
    assert "pamela_queue_messages{" not in texts[0], "the broker of this installation is away"
