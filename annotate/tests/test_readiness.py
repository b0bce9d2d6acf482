"""When a web process is ready: for raters with the database alone, for others with the queues that they name."""

import json
import subprocess
import sys

import pytest
from django.core.cache import cache
from django.test import Client

from annotate import env
from annotate.workers import sign_of
from ratings.values.queues import QUEUES

ASK = """
import json, django
django.setup()
from django.test import Client
answers = {path: Client().get(path) for path in ("/livez", "/readyz", "/readyz?needs=train")}
print(json.dumps({path: [answer.status_code, answer.json()] for path, answer in answers.items()}))
"""


def see_workers(*, without: str) -> None:
    """Leave the signs of workers of all queues but one."""
    cache.set_many({sign_of(queue): 1 for queue in QUEUES if queue != without})


@pytest.mark.django_db
def test_a_dead_worker_of_a_gpu_leaves_the_site_ready_and_makes_unready_what_needs_its_queue() -> None:
    see_workers(without="train")
    client = Client()
    ready, needs = client.get("/readyz"), client.get("/readyz?needs=steer,train")
    assert (ready.status_code, ready.json()) == (200, {"web": "up", "database": "up"})
    assert (needs.status_code, needs.json()) == (
        503,
        {"web": "up", "database": "up", "queue steer": "up", "queue train": "down: no worker"},
    )
    assert client.get("/readyz?needs=steer").status_code == 200


@pytest.mark.django_db
def test_a_queue_that_does_not_exist_is_named() -> None:
    answer = Client().get("/readyz?needs=gpu")
    assert (answer.status_code, answer.json()["message"]) == (
        400,
        f"There is no queue 'gpu': name some of {', '.join(QUEUES)}.",
    )


@pytest.mark.slow
def test_without_its_database_a_process_lives_and_is_not_ready() -> None:
    names = env.child_environment(
        DJANGO_SETTINGS_MODULE="annotate.settings", DATABASE_URL="postgres://nobody@127.0.0.1:1/none"
    )
    done = subprocess.run([sys.executable, "-c", ASK], cwd=env.BASE_DIR, env=names, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    without = [503, {"web": "up", "database": "down: OperationalError"}]
    assert json.loads(done.stdout) == {
        "/livez": [200, {"web": "up"}],
        "/readyz": without,
        "/readyz?needs=train": without,
    }
