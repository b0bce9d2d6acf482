"""Machines of their own for a test: network namespaces on one bridge, each with a disk that no other sees."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

OWN_DISK, TEMPORARY = "/mnt", "/mnt/tmp"  # where each machine sees its own folder
PROJECT = Path(__file__).parents[2]
# A process sees its machine's folder there, and nothing where the folders of all machines lie.
ALONE = f'mount --bind "$1" {OWN_DISK} && mount -t tmpfs none "$2" && shift 2 && exec "$@"'
STOP_SECONDS = 5  # what waits for another that is gone already waits in vain


@dataclass(kw_only=True)
class Host:
    """One machine: an address, a disk, and what runs there."""

    name: str
    namespace: str
    address: str
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def command(self, *words: str) -> list[str]:
        """Give what runs a command on this machine."""
        alone = ["unshare", "--mount", "--propagation", "private", "sh", "-c", ALONE, "sh"]
        return ["ip", "netns", "exec", self.namespace, *alone, str(self.folder), str(self.folder.parent), *words]

    def names(self, further: Mapping[str, str]) -> dict[str, str]:
        """Give the environment of its processes."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        here = {"HOME": OWN_DISK, "TMPDIR": TEMPORARY, "DATA_DIR": f"{OWN_DISK}/data"}
        return {**kept, **here, "PYTHONDONTWRITEBYTECODE": "1", **self.environment, **further}

    def start(self, *words: str, **further: str) -> "subprocess.Popen[bytes]":
        """Start a program, whose lines go into a file of this machine."""
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                self.command(*words), cwd=PROJECT, env=self.names(further), stdout=log, stderr=log
            )
        self.running.append(process)
        return process

    def run(self, *words: str, **further: str) -> str:
        """Run a program to its end; give what it says."""
        done = subprocess.run(
            self.command(*words), cwd=PROJECT, env=self.names(further), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (self.name, words, done.stdout[-2000:], done.stderr[-4000:])
        return done.stdout

    def manage(self, *words: str) -> str:
        """Run a management command."""
        return self.run(sys.executable, "manage.py", *words)

    @property
    def log(self) -> str:
        """Give what its programs have said."""
        return (self.folder / "log").read_text(errors="replace")


def stop(hosts: Iterable[Host]) -> None:
    """End all that runs on all machines at once, the last that was started first."""
    running = [process for host in hosts for process in host.running]
    for process in reversed(running):
        process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    for process in reversed(running):
        try:
            process.wait(timeout=max(0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def ip(*words: str) -> None:
    """Change the network; where that is not allowed, the test is skipped."""
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"Network namespaces are not allowed here: ip {' '.join(words)}: {done.stderr.strip()}")


@contextmanager
def separate_hosts(*names: str) -> Iterator[dict[str, Host]]:
    """Make machines that share a network and nothing else; this process reaches them by their addresses."""
    if os.getuid() != 0 or not all(map(shutil.which, ("ip", "unshare", "mount"))):
        pytest.skip("Network namespaces need root, and the programs ip, unshare and mount.")
    mark, net = f"pml{os.getpid()}", f"10.213.{os.getpid() % 250}"
    with ExitStack() as undone, tempfile.TemporaryDirectory(prefix="pamela-hosts-") as made:
        Path(made).chmod(0o755)
        ip("link", "add", mark, "type", "bridge")
        undone.callback(ip, "link", "del", mark)
        ip("addr", "add", f"{net}.1/24", "dev", mark)
        ip("link", "set", mark, "up")
        hosts = {}
        for place, name in enumerate(names, start=2):
            namespace = f"{mark}-{name}"
            ip("netns", "add", namespace)
            undone.callback(ip, "netns", "del", namespace)
            join_network(namespace, bridge=mark, place=place, address=f"{net}.{place}/24")
            hosts[name] = Host(name=name, namespace=namespace, address=f"{net}.{place}", folder=Path(made) / name)
            for folder in ("", "tmp", "data"):
                (hosts[name].folder / folder).mkdir()
        undone.callback(stop, hosts.values())
        require_own_disk(hosts[names[0]])
        yield hosts


def join_network(namespace: str, *, bridge: str, place: int, address: str) -> None:
    """Lay a cable from a machine to the bridge."""
    outside = f"{bridge}v{place}"
    ip("link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", namespace)
    ip("link", "set", outside, "master", bridge)
    ip("link", "set", outside, "up")
    for words in (["addr", "add", address, "dev", "eth0"], ["link", "set", "eth0", "up"], ["link", "set", "lo", "up"]):
        ip("-n", namespace, *words)


def require_own_disk(host: Host) -> None:
    """Skip where a process may not have mounts of its own; fail where a machine sees the folder of another."""
    done = subprocess.run(host.command("ls", str(host.folder.parent)), capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"Mounts of their own are not allowed here: {done.stderr.strip()}")
    assert done.stdout == ""
