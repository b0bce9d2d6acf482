"""A whole installation under `manage.py run`: embedded services, web, workers, beat, on a data folder of its own."""

import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, LiteralString, TypeVar

import psycopg
from psycopg.sql import Composed

from annotate import env
from annotate.embedded import POSTGRES_SOCKET_LINE
from annotate.supervisor import is_port_free

T = TypeVar("T")

TIMEOUT = 180.0  # seconds; a slow machine is no failure
PORTS = range(20_000, 32_000)


class InstallationError(Exception):
    """The service, or a command beside it, did not do what it should."""


def wait_for(look: Callable[[], T | None], *, what: str, patience: float = TIMEOUT) -> T:
    """Look until there is something to see."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.2)
    raise InstallationError(f"Waited {patience:g} s in vain for {what}")


Preparation = Callable[[Path], AbstractContextManager[Mapping[str, str]]]  # (its folder) -> further settings


@contextmanager
def new_installation(*options: str, preparations: Sequence[Preparation] = ()) -> Iterator["Installation"]:
    """Start a service in a folder of its own, and stop it and remove all at the end.

    Not in a folder that is closed to others: the database runs as another user when we are root.
    """
    folder = Path(tempfile.mkdtemp(prefix="pamela-run-"))
    with ExitStack() as prepared:
        prepared.callback(shutil.rmtree, folder, ignore_errors=True)
        settings = [prepared.enter_context(prepare(folder)) for prepare in preparations]
        folder.chmod(0o755)
        installation = Installation(folder=folder, options=options, settings=dict(ChainMap(*map(dict, settings))))
        try:
            installation.start()
            yield installation
        finally:
            installation.stop()


def free_port() -> int:
    """Give a port that nobody listens on, of those that the system gives to nobody by itself before it is used."""
    while True:
        port = random.choice(PORTS)  # noqa: S311 - keeps processes that start together apart, no secret
        if is_port_free(host="127.0.0.1", port=port):
            return port


@dataclass(kw_only=True)
class Installation:
    """One running service, and ways to it."""

    folder: Path
    options: tuple[str, ...] = ()  # of the command `run`
    port: int = field(default_factory=free_port)
    settings: Mapping[str, str] = field(default_factory=dict)  # of its environment, beside those that keep it apart
    process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """Give the environment that its commands run in."""
        names = env.child_environment(
            DJANGO_SETTINGS_MODULE="annotate.settings",
            DATA_DIR=str(self.folder / "var"),
            PORT=str(self.port),
            ENROL_RATE="100000/hour",
            ENROL_STUDY_RATE="100000/hour",
            DATABASE_URL="",
            CELERY_BROKER_URL="",
            PAMELA_MODE="local",
        )
        return {**names, **self.settings}

    @property
    def pid(self) -> int:
        """Give the number of its first process."""
        if self.process is None:
            raise InstallationError("The service is not running.")
        return self.process.pid

    @property
    def log(self) -> str:
        """Give what it has said so far."""
        return (self.folder / "log").read_text(errors="replace")

    def start(self) -> None:
        """Start it and wait until it is healthy."""
        command = [sys.executable, "manage.py", "run", "--no-demo", *self.options]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - a command of our own
                command, cwd=env.BASE_DIR, env=self.environment, stdout=log, stderr=subprocess.STDOUT
            )
        wait_for(self.is_healthy_or_gone, what="a healthy service")
        if self.process.poll() is not None:
            raise InstallationError(f"The service ended at once: {self.log[-3000:]}")

    def stop(self) -> int:
        """Stop it as Ctrl-C does; give its exit code."""
        if self.process is None:
            return 0
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(timeout=TIMEOUT)
        self.process = None
        return code

    def kill_and_start(self) -> None:
        """Kill the first process, which leaves all others running, and start the service again."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self.start()

    def is_healthy_or_gone(self) -> bool:
        """Tell whether there is no more to wait for."""
        return self.is_healthy() or self.process is None or self.process.poll() is not None

    def is_healthy(self) -> bool:
        """Ask the health page."""
        try:
            return self.call("GET", "/healthz")[0] == HTTPStatus.OK
        except OSError:  # nobody listens, or not yet
            return False

    def call(self, method: str, path: str, body: Any = None, token: str = "") -> tuple[int, Any]:
        """Send one request; give status and decoded answer."""
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        data = None if body is None else json.dumps(body).encode()
        url = f"http://127.0.0.1:{self.port}{path}"
        request = urllib.request.Request(url, data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
                return answer.status, json.loads(answer.read() or "null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or "null")

    def command(self, *words: str, code: int = 0) -> str:
        """Run a management command beside the service."""
        done = subprocess.run(  # noqa: S603 - a command of our own
            [sys.executable, "manage.py", *words],
            cwd=env.BASE_DIR,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != code:
            raise InstallationError(f"{words[0]} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    @property
    def postmaster(self) -> list[str]:
        """Give the lines that the database's first process has left: its number, the folder of its socket and more."""
        return (self.folder / "var" / "postgres" / "postmaster.pid").read_text().splitlines()

    @property
    def postmaster_pid(self) -> int:
        """Give the number of the database's first process."""
        return int(self.postmaster[0])

    @property
    def dsn(self) -> str:
        """Give the address of its database."""
        return f"host={self.postmaster[POSTGRES_SOCKET_LINE].strip()} user=postgres dbname=pamela"

    def connection(self) -> psycopg.Connection:
        """Connect to its database."""
        return psycopg.connect(self.dsn)

    def query(self, statement: LiteralString | Composed, *parameters: Any) -> list[tuple[Any, ...]]:
        """Run one statement in its database and give the rows, if it has any."""
        with self.connection() as connection:
            cursor = connection.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []
