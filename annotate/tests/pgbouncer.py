"""PgBouncer in transaction mode before a database of its own, for the service that a test starts."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from annotate.benchmarks.installation import Installation, free_port, wait_for
from annotate.embedded import postgres_socket_folder, uses_postgres

POOL = 2  # connections to the database, for all processes together
KEEPS_STATEMENTS = (1, 21)  # the first version that does
CONFIGURATION = """
[databases]
{name} = host={host} dbname={name} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {pool}
max_client_conn = 500
query_wait_timeout = 60
server_check_delay = 0
{further}
"""


@dataclass(frozen=True, kw_only=True)
class Pooler:
    """A program that runs, and the database behind it."""

    port: int
    name: str
    keeps_statements: bool

    @property
    def settings(self) -> dict[str, str]:
        """Give the settings of an installation that goes through it."""
        return {
            "DATABASE_URL": f"postgres://postgres@127.0.0.1:{self.port}/{self.name}",
            "DATABASE_POOLER": "transaction",
            "DATABASE_PREPARED": "yes" if self.keeps_statements else "no",
        }


class PooledInstallation(Installation):
    """A service whose database is reached through a pooler, and looked at past it."""

    @property
    def dsn(self) -> str:
        """Give the address of its database."""
        name = self.settings["DATABASE_URL"].rpartition("/")[2]
        return f"host={postgres_socket_folder()} user=postgres dbname={name}"


def pgbouncer() -> tuple[str, bool]:
    """Give the program and whether it keeps prepared statements; skip the test where there is none."""
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if program is None:
        pytest.skip("PgBouncer is not installed: put the program `pgbouncer` on PATH to run this test.")
    if not uses_postgres():
        pytest.skip("The test database is not the embedded one, whose address the pooler needs.")
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"(\d+)\.(\d+)", said)
    assert found, said
    return program, (int(found[1]), int(found[2])) >= KEEPS_STATEMENTS


@contextmanager
def pooled_database(folder: Path, *, name: str) -> Iterator[Pooler]:
    """Make a database and a pooler before it, and remove both at the end."""
    program, keeps_statements = pgbouncer()
    pooler = Pooler(port=free_port(), name=name, keeps_statements=keeps_statements)
    further = "max_prepared_statements = 200" if keeps_statements else ""
    text = CONFIGURATION.format(name=name, host=postgres_socket_folder(), port=pooler.port, pool=POOL, further=further)
    folder.chmod(0o755)  # it gives up the rights of root
    (folder / "pgbouncer.ini").write_text(text)
    administrator = f"host={postgres_socket_folder()} user=postgres dbname=postgres"
    with psycopg.connect(administrator, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        with (folder / "pgbouncer.log").open("wb") as log:
            # As root it wants another user, and that of the database may open its socket.
            user = ["-u", postgres_socket_folder().owner()] if os.getuid() == 0 else []
            command = [program, *user, str(folder / "pgbouncer.ini")]
            process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            wait_for(lambda: is_answering(pooler), what="PgBouncer", patience=20)
            yield pooler
        finally:
            process.kill()  # asked kindly, it would wait for its clients
            process.wait()
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def is_answering(pooler: Pooler) -> bool:
    """Tell whether a statement comes through."""
    try:
        with psycopg.connect(pooler.settings["DATABASE_URL"], connect_timeout=2) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:  # it does not listen yet
        return False
