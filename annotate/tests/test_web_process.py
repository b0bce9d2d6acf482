"""The web process in a fresh Python: what it answers without torch, and what stops it from starting."""

import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from annotate import embedded, env
from annotate.benchmarks.installation import TIMEOUT, free_port, wait_for
from annotate.supervisor import service_children
from annotate.tests.databases import address_of_test_database
from ratings.selectors.participations import participation_token
from ratings.tests.factories import make_api_key, make_images, make_participation, make_study

HEAVY = ("torch", "open_clip", "timm", "torchvision", "pandas", "sklearn", "mlflow", "wandb")
PRODUCTION = {
    "PAMELA_MODE": "production",
    "SECRET_KEY": "Hn2kq-Vw8sR0tYb3uZc6xJd1mLf5pGa9eQi4oTj7",
    "ALLOWED_HOSTS": "pamela.example.org",
    "DATABASE_URL": "postgres://pamela@database.invalid/pamela",
    "CELERY_BROKER_URL": "redis://broker.invalid:6379/0",
}
# Serves the application that the web server loads, calls it over HTTP, and tells what came and what it loaded.
VISIT = """
import json, sys, threading, urllib.error, urllib.request, uuid
from wsgiref.simple_server import WSGIRequestHandler, make_server
from annotate.wsgi import application

class Quiet(WSGIRequestHandler):
    def log_message(self, *arguments):
        pass

slug, token, staff_token = sys.argv[1:]
server = make_server("127.0.0.1", 0, application, handler_class=Quiet)
threading.Thread(target=server.serve_forever, daemon=True).start()

def call(path, body=None, token=token):
    headers = {"Authorization": "Bearer " + token, "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    url = f"http://127.0.0.1:{server.server_port}{path}"
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=data, headers=headers)) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()

pages = ["/", f"/s/{slug}/", f"/s/{slug}/join/", "/me/", "/admin/login/", "/api/schema/", "/api/v1/me"]
pages += ["/healthz", "/livez", "/readyz"]
statuses = {path: call(path)[0] for path in pages}
statuses["lease"], leases = call(f"/api/v1/studies/{slug}/leases", {"count": 2})
assignment = json.loads(leases)["items"][0]["assignment"]
rating = {"nonce": str(uuid.uuid4()), "assignment": assignment, "value": 4, "response_ms": 900}
statuses["rating"] = call("/api/v1/ratings", rating)[0]
statuses["score"] = call("/api/v1/score", {"study": slug, "images": [rating["nonce"]]}, staff_token)[0]
print(json.dumps({"statuses": statuses, "modules": sorted(sys.modules)}))
"""


def test_a_web_process_starts_without_scipy_which_few_pages_need() -> None:
    code = "import sys, annotate.wsgi, annotate.urls; sys.exit('scipy' in sys.modules)"
    names = env.child_environment(DJANGO_SETTINGS_MODULE="annotate.settings")
    done = subprocess.run([sys.executable, "-c", code], cwd=env.BASE_DIR, env=names, check=False)
    assert done.returncode == 0


@pytest.mark.django_db(transaction=True)
def test_the_web_process_answers_raters_without_loading_torch() -> None:
    study = make_study()
    make_images(study=study, count=3)
    token = participation_token(participation=make_participation(study=study))
    staff = make_api_key(user=User.objects.create_superuser("somebody"))
    done = subprocess.run(
        [sys.executable, "-c", VISIT, study.slug, token, staff],
        cwd=env.BASE_DIR,
        env={**os.environ, "DATABASE_URL": address_of_test_database()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    wrong = {name: status for name, status in found["statuses"].items() if status != 200}
    assert wrong == {"rating": 201, "score": 409}
    assert [name for name in HEAVY if name in found["modules"]] == []


@pytest.fixture
def one_thread(tmp_path: Path) -> Iterator[int]:
    """Start the web server as the service does, but with one thread and a picture of its own; give its port."""
    folder = tmp_path / "media" / "images"
    folder.mkdir(parents=True)
    (folder / "big.webp").write_bytes(b"x" * 4_000_000)
    port = free_port()
    (web, *_) = service_children(host="127.0.0.1", port=port, web_workers=1)
    command = [*web.command, "--blocking-threads", "1"]  # the last one counts
    names = {**os.environ, "DATA_DIR": str(tmp_path), "DATABASE_URL": address_of_test_database()}
    names.pop("DJANGO_SETTINGS_MODULE")  # the tests' own
    with subprocess.Popen(command, cwd=env.BASE_DIR, env=names) as server:
        wait_for(lambda: is_open(port), what="the web server")
        yield port
        server.terminate()


def is_open(port: int) -> bool:
    """Tell whether somebody listens."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):  # not yet: ask again
        return True
    return False


@pytest.mark.django_db(transaction=True)
def test_a_phone_that_never_reads_its_picture_keeps_nobody_waiting(one_thread: int) -> None:
    with socket.socket() as phone, socket.create_connection(("127.0.0.1", one_thread), timeout=TIMEOUT) as other:
        phone.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        phone.connect(("127.0.0.1", one_thread))
        phone.sendall(b"GET /media/images/big.webp HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert phone.recv(15) == b"HTTP/1.1 200 OK"
        other.sendall(b"GET /s/service-worker.js HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert other.recv(15) == b"HTTP/1.1 200 OK"


def manage(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a management command in an environment that names nothing else of ours."""
    bare = {name: value for name, value in os.environ.items() if name not in {*PRODUCTION, "DJANGO_SETTINGS_MODULE"}}
    command = [sys.executable, "manage.py", *words]
    return subprocess.run(
        command, cwd=env.BASE_DIR, env={**bare, **environment}, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
@pytest.mark.parametrize("command", ["evaluate", "simulate"])
def test_experiments_on_files_start_neither_database_nor_broker(command: str, tmp_path: Path) -> None:
    files = ("--split", str(tmp_path / "none.csv"), "--out", str(tmp_path / "out.csv"))
    done = manage(command, str(tmp_path), *files, DATA_DIR=str(tmp_path / "var"))
    assert done.returncode == 2
    assert "There is no file" in done.stderr
    assert not list((tmp_path / "var").glob("postgres*"))
    assert not list((tmp_path / "var").glob("valkey*"))


@pytest.mark.parametrize("missing", sorted(PRODUCTION.keys() - {"PAMELA_MODE"}))
def test_production_with_a_value_missing_stops_with_one_line_that_names_it(missing: str) -> None:
    done = manage("check", **{**PRODUCTION, missing: ""})
    assert done.returncode != 0
    assert done.stderr.splitlines() == [
        f"pamela: {missing} is not set: production needs it, see docs/reference/settings.md."
    ]
    assert done.stdout == ""


def test_production_with_every_value_starts() -> None:
    assert manage("check", **PRODUCTION).returncode == 0


@pytest.mark.parametrize(("given", "answer"), [({}, "max-age=31536000"), ({"HSTS_SECONDS": "0"}, None)])
def test_production_has_browsers_ask_by_https_only(given: dict[str, str], answer: str | None) -> None:
    code = """
from django.test import Client
answer = Client(headers={"host": "pamela.example.org"}).get("/livez", secure=True)
print(answer.headers.get("Strict-Transport-Security"))
"""
    done = manage("shell", "-v", "0", "-c", code, **PRODUCTION, **given)
    assert done.stdout.splitlines() == [str(answer)], done.stderr


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("DEBUG", "yes", "DEBUG must be 'no' in production"),
        ("SECRET_KEY", "x", "SECRET_KEY can be guessed"),
        ("SECRET_KEY", "x" * 60, "SECRET_KEY can be guessed"),
    ],
)
def test_production_does_not_start_with_what_gives_everything_away(name: str, value: str, why: str) -> None:
    done = manage("check", **{**PRODUCTION, name: value})
    assert done.returncode != 0
    (line,) = done.stderr.splitlines()
    assert why in line


@pytest.mark.parametrize(("name", "value"), [("PORT", "eighty"), ("DEBUG", "perhaps"), ("PAMELA_MODE", "staging")])
def test_a_malformed_value_is_one_line_that_names_it(name: str, value: str) -> None:
    done = manage("check", **{name: value})
    assert done.returncode != 0
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"pamela: {name} must be ")
    assert repr(value) in line


def test_the_embedded_services_are_for_local_use_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAMELA_MODE", "production")
    assert not embedded.uses_postgres()
    assert not embedded.uses_valkey()
