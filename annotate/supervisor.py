"""Run the service's processes side by side: prefixed logs, restart of what dies, one Ctrl-C for all.

Written here because the process managers on the package index either end everything when one
process dies or want a configuration file and a log folder of their own.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TextIO

import psutil

from annotate import embedded, env, run_lock
from ratings.values.queues import DEFAULT, EMBED, IO, SEND, STEER, TRAIN

CHILDREN = ("web", "worker", "send", "io", "steer", "train", "beat", "reward")
COLOURS = (36, 35, 33, 32, 34, 31)
QUIET = {"PYTHONWARNINGS": "ignore:You're running the worker"}  # as root, in a container: the banner is no news
ONE_CORE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # small matrices: more threads only wait, spinning
WAITING_THREADS = 256  # of a web process; WEB_THREADS of them answer, the others may wait for slow clients
WATCH_SECONDS = 1.0
SERVICE_WATCH_SECONDS = 2.0
STOP_SECONDS = 12.0
LONGEST_PAUSE = 30.0  # between two starts of a process that keeps dying
STEADY_SECONDS = 20.0  # after which a process counts as having started well


@dataclass(kw_only=True)
class Child:
    """A process to keep running."""

    name: str
    command: Sequence[str]
    environment: dict[str, str] = field(default_factory=dict)
    ends: bool = False  # whether it is done when it ends well
    process: subprocess.Popen[str] | None = None
    started_at: float = 0.0
    pause: float = 0.5


class Supervisor:
    """Keeps processes running until it is stopped."""

    def __init__(self, children: Sequence[Child], *, output: TextIO) -> None:
        """Hold what to run and where their lines go."""
        self.children = list(children)
        self.output = output
        self.stopping = threading.Event()
        self.width = max(len(child.name) for child in children)

    def run(self, *, when_started: Callable[[], None]) -> None:
        """Start everything, watch it, and stop everything on Ctrl-C, a TERM signal, or when its terminal goes away."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: self.stopping.set())
        for child in self.children:
            self.start(child)
        when_started()
        services = threading.Thread(target=self.watch_services, daemon=True)
        services.start()
        while not self.stopping.wait(WATCH_SECONDS):
            self.restart_dead()
        services.join(timeout=SERVICE_WATCH_SECONDS)
        self.stop()

    def start(self, child: Child) -> None:
        """Start a process in a group of its own, so that Ctrl-C reaches it through us only."""
        child.process = subprocess.Popen(  # noqa: S603 - commands of our own
            child.command,
            env=env.child_environment(PYTHONUNBUFFERED="1", **run_lock.mark(), **child.environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        child.started_at = time.monotonic()
        threading.Thread(target=self.copy_lines, args=(child, child.process), daemon=True).start()

    def copy_lines(self, child: Child, process: subprocess.Popen[str]) -> None:
        """Copy a process's lines to our output, each with its name in front."""
        assert process.stdout is not None  # noqa: S101 - it was started with a pipe
        for line in process.stdout:
            self.say(child.name, line.rstrip())

    def say(self, name: str, line: str) -> None:
        """Write one prefixed line."""
        prefix = f"{name:<{self.width}} |"
        if self.output.isatty():
            place = next((i for i, child in enumerate(self.children) if child.name == name), 0)
            prefix = f"\x1b[{COLOURS[place % len(COLOURS)]}m{prefix}\x1b[0m"
        with contextlib.suppress(OSError):  # a full disk loses the line; who writes no more would stop the process
            self.output.write(f"{prefix} {line}\n")
            self.output.flush()

    def restart_dead(self) -> None:
        """Start again what has ended, more slowly each time it ends early."""
        for child in self.children:
            if child.process is None or child.process.poll() is None:
                continue
            if child.ends and child.process.returncode == 0:
                child.process = None
                continue
            lived = time.monotonic() - child.started_at
            child.pause = 0.5 if lived > STEADY_SECONDS else min(child.pause * 2, LONGEST_PAUSE)
            self.say(child.name, f"ended with {child.process.returncode}; starting again in {child.pause:g} s")
            end_tree(child.process.pid)
            if self.stopping.wait(child.pause):
                return
            self.start(child)

    def watch_services(self) -> None:
        """Start the embedded database and broker again when they die."""
        while not self.stopping.wait(SERVICE_WATCH_SECONDS):
            try:
                embedded.ensure_services()
            except Exception as error:  # noqa: BLE001 - whatever it is, the next round tries again
                self.say("services", f"cannot start: {error}")

    def stop(self) -> None:
        """Ask every process to end; after a while make it, and whatever it had started."""
        running = [child.process for child in self.children if child.process and child.process.poll() is None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):  # it had its time: the next line ends it
                process.wait(timeout=max(0.1, deadline - time.monotonic()))
            end_tree(process.pid)


def end_tree(pid: int) -> None:
    """Kill what is left of a process group that we started."""
    for process in psutil.process_iter():
        try:
            if process.pid != psutil.Process().pid and session_of(process) == pid:
                process.kill()
        except psutil.Error:  # ended by itself meanwhile, which is what we want of it
            continue


def session_of(process: psutil.Process) -> int:
    """Give the session that a process belongs to: the pid of the child that we started."""
    try:
        return os.getsid(process.pid)
    except OSError:  # it ended meanwhile, and belongs to no session
        return 0


def is_port_free(*, host: str, port: int) -> bool:
    """Tell whether we may listen there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:  # taken, or not allowed for us; the caller says so
            return False
    return True


def service_children(*, host: str, port: int, web_workers: int) -> list[Child]:
    """Give the processes of the whole service on one machine."""
    python = sys.executable
    manage = (python, str(env.BASE_DIR / "manage.py"))
    celery = (python, "-m", "celery", "--quiet", "-A", "annotate.celery")
    worker = (*celery, "worker", "--without-gossip", "--without-mingle", "--loglevel", "WARNING")
    web = (
        *(python, "-m", "granian", "annotate.wsgi:application", "--interface", "wsgi", "--no-ws"),
        *("--host", host, "--port", str(port), "--workers", str(web_workers)),
        *("--blocking-threads", str(WAITING_THREADS)),
        *("--respawn-failed-workers", "--log-level", "error", "--workers-kill-timeout", "5"),
    )
    beat = (*celery, "beat", "--loglevel", "WARNING", "--pidfile", "", "--schedule", str(env.data_dir() / "beat"))
    return [
        Child(name="web", command=web),
        Child(
            name="worker",
            command=(*worker, "-Q", DEFAULT, "-c", "2", "-n", "default@%h"),
            environment=QUIET | ONE_CORE,
        ),
        Child(name="send", command=(*worker, "-Q", SEND, "-c", "2", "-n", "send@%h"), environment=QUIET | ONE_CORE),
        Child(name="io", command=(*worker, "-Q", IO, "-c", "1", "-n", "io@%h"), environment=QUIET | ONE_CORE),
        Child(name="steer", command=(*worker, "-Q", STEER, "-c", "1", "-n", "steer@%h"), environment=QUIET),
        Child(
            name="train", command=(*worker, "-Q", f"{EMBED},{TRAIN}", "-c", "1", "-n", "train@%h"), environment=QUIET
        ),
        Child(name="beat", command=beat),
        Child(name="reward", command=(*manage, "serve_reward")),
    ]


def demo_child() -> Child:
    """Give the process that makes the demo study and then ends."""
    return Child(name="demo", command=(sys.executable, str(env.BASE_DIR / "manage.py"), "make_demo"), ends=True)
