"""The whole service through two connections of PgBouncer, each given for one transaction at a time."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from annotate import env
from annotate.benchmarks.installation import wait_for
from annotate.benchmarks.raters import crowd_of
from annotate.tests.pgbouncer import POOL, PooledInstallation, Pooler, pooled_database

pytestmark = [pytest.mark.slow, pytest.mark.long]

WORLD = """
from scoring.tests.learning import make_world
world = make_world(raters=6, each=25, slug="pooled", retrain_every=1000000)
"""
ASK_LISTS = """
import json, django
django.setup()
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
visitor = Client()
visitor.force_login(User.objects.filter(is_superuser=True)[0])
addresses = [reverse("admin:index")]
for model in admin.site._registry:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    addresses += [reverse(f"{name}_changelist")]
    addresses += [reverse(f"{name}_change", args=[one.pk]) for one in model._default_manager.all()[:1]]
print(json.dumps({address: visitor.get(address, follow=True).status_code for address in addresses}))
"""
RATINGS = "image,rater,rating\na.png,ann,4\na.png,bob,2\nb.png,ann,5\n"


@contextmanager
def pooled_service() -> Iterator[tuple[PooledInstallation, Pooler]]:
    """Run web, workers and beat behind a pooler."""
    with tempfile.TemporaryDirectory(prefix="pamela-pooled-") as made:
        folder = Path(made)
        with pooled_database(folder, name="pamela_pooled") as pooler:
            service = PooledInstallation(folder=folder, options=(), settings=pooler.settings)
            try:
                service.start()
                yield service, pooler
            finally:
                service.stop()


def failed_pages(service: PooledInstallation) -> list[str]:
    """Ask for every list of the admin and one object of each, in a process of its own; give those that failed."""
    command = [sys.executable, "-c", ASK_LISTS]
    done = subprocess.run(
        command, cwd=env.BASE_DIR, env=service.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    asked = json.loads(done.stdout)
    assert len(asked) > 30, "there should be more pages"
    return [address for address, status in asked.items() if status != 200]


def state_of_run(service: PooledInstallation) -> str:
    """Give how the training run stands that was asked for."""
    rows = service.query("SELECT state, error FROM scoring_trainingrun ORDER BY id DESC LIMIT 1")
    return " ".join(rows[0]).strip() if rows and rows[0][0] in {"succeeded", "failed", "skipped"} else ""


def test_raters_training_dumps_and_the_admin_work_through_a_pooler_of_transactions(tmp_path: Path) -> None:
    with pooled_service() as (service, pooler):
        service.command("shell", "-c", WORLD)
        crowd = crowd_of(count=8, port=service.port, slug="pooled", think=0.1)
        crowd.start()
        wait_for(lambda: len(crowd.so_far().acknowledged) > 50, what="first ratings")
        service.command("retrain", "--study", "pooled")
        wait_for(lambda: state_of_run(service), what="a trained model")
        service.command(
            "export", "pooled", "--format", "csv,parquet", "--include-simulated", "--out", str(tmp_path / "d")
        )
        (tmp_path / "set.csv").write_text(RATINGS)
        service.command("import_ratings", str(tmp_path / "set.csv"), "--dataset", "known", "--scale", "1", "5")
        failed = failed_pages(service)
        counts = crowd.finish()
        log = service.log
        stored = {str(row[0]) for row in service.query("SELECT nonce FROM ratings_rating")}
        locks = service.query("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
        used = service.query(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'", pooler.name
        )
        assert state_of_run(service) == "succeeded", log[-3000:]
        known = service.query("SELECT count(*) FROM ratings_datasetrating")
        tastes = service.query("SELECT count(*) FROM scoring_taste WHERE rating_count > 0")
    assert counts.acknowledged <= stored
    assert [status for status in counts.statuses if status >= 500] == [], log[-3000:]
    assert failed == []
    assert (known, locks) == ([(3,)], [(0,)])
    assert tastes[0][0] > 0
    assert used[0][0] <= POOL + 1  # and this question's own
    assert "Traceback" not in log, log[log.index("Traceback") - 500 :][:4000]
