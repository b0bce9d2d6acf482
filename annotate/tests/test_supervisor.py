"""The supervisor with real processes: it restarts, prefixes, waits, and leaves nothing running."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

import psutil
import pytest

from annotate import env
from annotate.benchmarks.installation import TIMEOUT, InstallationError, wait_for
from annotate.supervisor import end_tree, is_port_free

T = TypeVar("T")

DRIVER = """
import json, sys
from annotate.supervisor import Child, Supervisor
children = [Child(name=name, command=[sys.executable, "-c", code]) for name, code in json.loads(sys.argv[1]).items()]
for child in children:
    child.ends = child.name == "once"
def announce():
    sys.stdout.write("all started\\n")  # in one piece: children's lines are written from other threads
    sys.stdout.flush()
Supervisor(children, output=sys.stdout).run(when_started=announce)
"""
SLEEPER = "import os, time; print('I am', os.getpid(), flush=True); time.sleep(600)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEPER
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {SLEEPER!r}])"


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that only waits for somebody to read its exit code does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:  # gone altogether
        return False


def is_dead(pid: int) -> bool:
    """Tell the opposite."""
    return not is_alive(pid)


class Run:
    """A supervisor in a process of its own, with its lines in a file."""

    def __init__(self, *, log: Path, children: Mapping[str, str]) -> None:
        """Start it."""
        self.log = log
        with log.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-c", DRIVER, json.dumps(children)], cwd=env.BASE_DIR, stdout=out, stderr=out
            )

    @property
    def lines(self) -> list[str]:
        """Give what it has said."""
        return self.log.read_text().splitlines()

    def pids(self, name: str) -> list[int]:
        """Give the pids that a child has printed, oldest first."""
        printed = [re.fullmatch(rf"{name} *\| I am (\d+)", line) for line in self.lines]
        return [int(match[1]) for match in printed if match]

    def wait_for(self, look: Callable[[], T | None], what: str) -> T:
        """Look until there is something to see."""
        try:
            return wait_for(look, what=what)
        except InstallationError as error:
            error.add_note(f"The supervisor said: {self.lines}")
            raise

    def end(self, number: signal.Signals) -> int:
        """Send a signal; give the exit code."""
        self.process.send_signal(number)
        return self.process.wait(timeout=TIMEOUT)


@contextmanager
def running(folder: Path, **children: str) -> Iterator[Run]:
    """Supervise these children, and let none outlive the test."""
    run = Run(log=folder / "log", children=children)
    try:
        run.wait_for(lambda: "all started" in run.lines, "the start")
        yield run
    finally:
        run.process.send_signal(signal.SIGSTOP)  # it starts no more while its children are listed
        left = psutil.Process(run.process.pid).children() if run.process.poll() is None else []
        run.process.kill()
        run.process.wait()
        for pid in {*(child.pid for child in left), *(pid for name in children for pid in run.pids(name))}:
            end_tree(pid)


def test_a_killed_process_is_started_again_and_the_others_run_on(tmp_path: Path) -> None:
    with running(tmp_path, web=SLEEPER, worker=SLEEPER) as run:
        run.wait_for(lambda: run.pids("web") and run.pids("worker"), "both")
        psutil.Process(run.pids("web")[0]).kill()
        run.wait_for(lambda: len(run.pids("web")) == 2, "the second web process")
        assert is_alive(run.pids("web")[1])
        (worker,) = run.wait_for(lambda: run.pids("worker"), "the worker")
        assert is_alive(worker)
        assert any(re.fullmatch(r"web    \| ended with -9; starting again in 1 s", line) for line in run.lines)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_every_process_and_the_supervisor_well(tmp_path: Path, number: signal.Signals) -> None:
    with running(tmp_path, web=SLEEPER, worker=SLEEPER) as run:
        pids = run.wait_for(lambda: [*run.pids("web"), *run.pids("worker")] * (len(run.lines) >= 3), "both")
        assert run.end(number) == 0
        assert [pid for pid in pids if is_alive(pid)] == []


@pytest.mark.slow
def test_a_process_that_refuses_to_end_is_made_to(tmp_path: Path) -> None:
    with running(tmp_path, web=STUBBORN) as run:
        (pid,) = run.wait_for(lambda: run.pids("web"), "it")
        assert run.end(signal.SIGTERM) == 0
        run.wait_for(partial(is_dead, pid), "its end")


def test_what_a_process_had_started_ends_with_it(tmp_path: Path) -> None:
    with running(tmp_path, web=PARENT) as run:
        (grandchild,) = run.wait_for(lambda: run.pids("web"), "the grandchild")
        assert run.end(signal.SIGTERM) == 0
        run.wait_for(partial(is_dead, grandchild), "its end")


def test_what_a_dead_process_had_started_is_ended_before_it_starts_again(tmp_path: Path) -> None:
    with running(tmp_path, web=PARENT) as run:
        (grandchild,) = run.wait_for(lambda: run.pids("web"), "the grandchild")
        psutil.Process(grandchild).parent().kill()  # type: ignore[union-attr]  # it has one
        run.wait_for(lambda: len(run.pids("web")) == 2, "the next grandchild")
        run.wait_for(partial(is_dead, grandchild), "the end of the first")


def test_lines_carry_the_name_of_who_said_them(tmp_path: Path) -> None:
    with running(tmp_path, web="print('hello'); " + SLEEPER, scheduler=SLEEPER) as run:
        run.wait_for(lambda: len(run.lines) == 4, "four lines")
        assert "web       | hello" in run.lines
        assert len(run.pids("scheduler")) == 1


def test_a_process_that_is_done_is_left_alone(tmp_path: Path) -> None:
    with running(tmp_path, once="print('done')", web=SLEEPER) as run:
        run.wait_for(lambda: "once | done" in run.lines and run.pids("web"), "both")
        psutil.Process(run.pids("web")[0]).kill()
        run.wait_for(lambda: len(run.pids("web")) == 2, "a round of restarts")
        assert run.lines.count("once | done") == 1


def test_a_taken_port_is_distinguished_from_a_free_one() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not is_port_free(host="127.0.0.1", port=port)
    assert is_port_free(host="127.0.0.1", port=port)


def test_run_on_a_taken_port_is_one_sentence_and_a_bad_exit(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [sys.executable, "manage.py", "run", "--port", str(port)]
        names = {**os.environ, "PAMELA_TEST_DATA_DIR": str(tmp_path)}  # nobody's, whose processes it would end
        done = subprocess.run(command, cwd=env.BASE_DIR, env=names, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert done.stderr.splitlines() == [
        f"CommandError: Port {port} is in use: stop what runs there, or choose another with PORT={port + 1}."
    ]
    assert done.stdout == ""
