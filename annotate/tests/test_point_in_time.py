"""A database goes back to a moment by the commands that `docs/operating.md` gives for it."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from pwd import getpwnam
from typing import Any

import psycopg
import pytest

from annotate import env
from annotate.benchmarks.installation import wait_for
from annotate.embedded import postgres_program, postgres_socket_folder

pytestmark = pytest.mark.slow


def documented(pattern: str) -> str:
    """Give a command as the documentation has it."""
    found = re.search(pattern, (env.BASE_DIR / "docs" / "operating.md").read_text())
    assert found is not None, pattern
    return found[1]


@dataclass(frozen=True, kw_only=True)
class Server:
    """A database server in a folder, its log archived in another."""

    folder: Path

    @property
    def wal(self) -> Path:
        """Give the archive."""
        return self.folder / "wal"

    def here(self, command: str) -> str:
        """Put the archive's place into a command."""
        return command.replace("/wal/", f"{self.wal}/")

    def start(self, program: str, *words: str) -> "subprocess.Popen[bytes]":
        """Start a program as a user whom the server runs for: not root."""
        command = [str(postgres_program(program)), *words]
        if os.getuid() == 0:
            command = ["setpriv", f"--reuid={postgres_socket_folder().owner()}", "--clear-groups", *command]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL)

    def run(self, program: str, *words: str) -> None:
        """Run a program to its end."""
        assert self.start(program, *words).wait() == 0, (program, words)

    @contextmanager
    def running(self, **settings: str) -> Iterator[None]:
        """Run the server, and cut its power at the end."""
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        places = ("-c", "listen_addresses=", "-c", f"unix_socket_directories={self.folder}", "-c", "fsync=off")
        process = self.start("postgres", "-D", str(self.folder / "data"), *places, *options)
        try:
            wait_for(self.is_up, what="the database", patience=60)
            yield
        finally:
            process.send_signal(signal.SIGQUIT)
            process.wait()

    def is_up(self) -> bool:
        """Tell whether it takes writes: what recovers does not."""
        try:
            return self.rows("SELECT pg_is_in_recovery()") == [(False,)]
        except psycopg.OperationalError:  # not yet
            return False

    def rows(self, statement: Any) -> list[Any]:
        """Run a statement."""
        with psycopg.connect(host=str(self.folder), user="postgres", dbname="postgres", autocommit=True) as session:
            cursor = session.execute(statement)
            return cursor.fetchall() if cursor.description else []


@pytest.fixture
def server() -> Iterator[Server]:
    """Give a folder that the server's own user may enter, with an empty database and an empty archive."""
    folder = Path(tempfile.mkdtemp(prefix="pamela-moment-"))
    made = Server(folder=folder)
    made.wal.mkdir()
    if os.getuid() == 0:
        for place in (folder, made.wal):
            os.chown(place, getpwnam(postgres_socket_folder().owner()).pw_uid, -1)
    made.run("initdb", "-D", str(folder / "data"), "-U", "postgres", "--auth=trust")
    yield made
    shutil.rmtree(folder)


def test_a_database_goes_back_to_a_moment_before_a_mistake_by_the_documented_commands(server: Server) -> None:
    archive = server.here(documented(r"archive_command='([^']+)'"))
    base = server.here(documented(r"`pg_basebackup ([^`]+)`"))
    restore = server.here(documented(r"restore_command = '([^']+)'"))
    with server.running(archive_mode="on", archive_command=archive):
        server.rows("CREATE TABLE kept AS SELECT 1 AS number")
        server.run("pg_basebackup", "-h", str(server.folder), "-U", "postgres", *base.split())
        server.rows("INSERT INTO kept VALUES (2)")
        ((moment,),) = server.rows("SELECT clock_timestamp()::text")
        server.rows("DELETE FROM kept")
        ((log,),) = server.rows("SELECT pg_walfile_name(pg_switch_wal())")
        wait_for((server.wal / log).exists, what="the log to be archived", patience=60)
    shutil.rmtree(server.folder / "data")
    (copy,) = server.wal.glob("base-*")
    copy.rename(server.folder / "data")
    (server.folder / "data" / "recovery.signal").touch()
    with server.running(restore_command=restore, recovery_target_time=moment, recovery_target_action="promote"):
        assert server.rows("SELECT number FROM kept ORDER BY number") == [(1,), (2,)]
