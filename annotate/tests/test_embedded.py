"""The embedded services: up while somebody uses them, gone when nobody does, out of reach of the network."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from annotate import env

USE_AND_BE_KILLED = "from annotate import embedded; import os; embedded.ensure_services(); os.kill(os.getpid(), 9)"
USE_AND_LEAVE = "from annotate import embedded; embedded.ensure_services()"
USE_AND_INTERRUPT = """
import os, signal, subprocess
from annotate import embedded
embedded.ensure_services()
signal.signal(signal.SIGINT, signal.SIG_DFL)  # which a shell's background jobs ignore, and what they start inherits
beside = subprocess.Popen(["sleep", "600"])
signal.signal(signal.SIGINT, lambda *_: None)
os.killpg(0, signal.SIGINT)
assert beside.wait() == -signal.SIGINT  # so the signal has reached the group
assert embedded.is_valkey_up()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give a folder that the database's own user may enter, which pytest's are not; nothing outlives the test."""
    made = Path(tempfile.mkdtemp(prefix="pamela-embedded-"))
    yield made
    for process in servers(made):
        process.kill()
    shutil.rmtree(made, ignore_errors=True)


def servers(folder: Path) -> list[psutil.Process]:
    """Find the servers that run in a folder; their children are named without it."""
    return [
        process
        for process in psutil.process_iter(["cmdline", "status"])
        if str(folder) in " ".join(process.info["cmdline"] or []) and process.info["status"] != psutil.STATUS_ZOMBIE
    ]


def use_services(folder: Path, code: str) -> int:
    """Run code in a process group of its own; give its exit code."""
    environment = {**os.environ, "DATA_DIR": str(folder), "DATABASE_URL": "", "CELERY_BROKER_URL": ""}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=env.BASE_DIR, env=environment, check=False, start_new_session=True).returncode


@pytest.mark.slow
def test_services_end_with_their_last_user(folder: Path) -> None:
    assert use_services(folder, USE_AND_LEAVE) == 0
    assert servers(folder) == []


@pytest.mark.slow
def test_a_user_who_was_killed_does_not_keep_them_up_for_ever(folder: Path) -> None:
    assert use_services(folder, USE_AND_BE_KILLED) == -signal.SIGKILL
    assert servers(folder) != []
    assert use_services(folder, USE_AND_LEAVE) == 0
    assert [process for process in servers(folder) if process.name().startswith("postgres")] == []


@pytest.mark.parametrize("left", ["", "999999\n/somewhere\n"])
@pytest.mark.slow
def test_a_pid_file_that_a_full_disk_cut_short_does_not_keep_the_database_from_starting(
    folder: Path, left: str
) -> None:
    assert use_services(folder, USE_AND_LEAVE) == 0
    (folder / "postgres" / "postmaster.pid").write_text(left)
    assert use_services(folder, USE_AND_LEAVE) == 0


@pytest.mark.parametrize("full", ["data", "data/postgres/of-others"])
def test_a_folder_that_takes_no_files_is_one_sentence_at_the_start(tmp_path: Path, full: str) -> None:
    blocked = tmp_path / full
    blocked.parent.mkdir(parents=True, exist_ok=True)
    blocked.write_text("a file, where a folder or another content belongs")
    environment = {**os.environ, "DATA_DIR": str(tmp_path / "data"), "DATABASE_URL": "", "CELERY_BROKER_URL": ""}
    command = [sys.executable, "manage.py", "migrate"]
    done = subprocess.run(command, cwd=env.BASE_DIR, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith(f"pamela: the database or the broker did not start in {tmp_path / 'data'} (")
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_ctrl_c_is_for_their_users(folder: Path) -> None:
    assert use_services(folder, USE_AND_INTERRUPT) == 0


@pytest.mark.slow
def test_nothing_listens_on_the_network_and_the_broker_only_to_its_own_user(folder: Path) -> None:
    assert use_services(folder, USE_AND_BE_KILLED) == -signal.SIGKILL
    assert (folder / "valkey" / "valkey.sock").stat().st_mode & 0o777 == 0o700  # it asks for no password
    assert [connection for process in servers(folder) for connection in process.net_connections("inet")] == []
