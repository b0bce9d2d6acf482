"""Train a network here, or in several processes that torchrun starts, one on each GPU; without GPUs, on cores.

    torchrun --standalone --nproc-per-node N --module scoring.ml.network.distributed_training FOLDER

is what `ThisMachine` runs. FOLDER holds the snapshot and the settings, and afterwards the network. On several
machines, each with a copy of FOLDER, `run_node` runs the same module with `--nnodes` and a rendezvous; then the copy
of the first process has the network.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn, Protocol

import numpy as np
from safetensors.numpy import load_file, save_file
from torch import cuda, distributed

from scoring.ml.data.arrays import Images, Raters, Ratings, Snapshot
from scoring.ml.network.fit import NetworkSettings, TrainedNetwork, train_share
from scoring.ml.network.predictor import Network
from scoring.ml.network.process_group import ProcessGroup
from scoring.ml.network.tokens import TokenSettings
from scoring.ml.storage.serialization import pack, unpack

ROOT = Path(__file__).parents[3]
FEWEST_TO_SHARE = 1_000_000  # ratings; below, starting a process on each GPU takes longer than training on one
STOP_SECONDS = 10
WAIT_SECONDS = 900  # for the other machines: each may have to fetch its image first
SHOWN_LINES = 60  # of the last output of processes that failed; torchrun's own report takes thirty
DONE = "share done: "
_KINDS: dict[str, type] = {
    kind.__name__: kind
    for kind in (Images, Raters, Ratings, Snapshot, NetworkSettings, TokenSettings, Network, TrainedNetwork)
}


class DistributedTrainingError(RuntimeError):
    """A training process failed; the message holds its last output."""


class Launcher(Protocol):
    """Starts the processes that train together what a folder holds, here or elsewhere."""

    def processes_for(self, ratings: int) -> int:
        """Give how many processes are worth starting for so many ratings."""
        ...

    def launch(self, folder: Path, processes: int, tell: Callable[[float], None]) -> None:
        """Leave the network in the folder; `tell` gets the share done and may raise, which ends the processes."""
        ...


class ThisMachine:
    """Launches on this machine: a process on each of its GPUs, or as many as were asked for on its cores."""

    def processes_for(self, ratings: int) -> int:
        """Count the GPUs, where there is enough to do."""
        return cuda.device_count() if ratings >= FEWEST_TO_SHARE else 1

    def launch(self, folder: Path, processes: int, tell: Callable[[float], None]) -> None:
        """Run torchrun to its end."""
        _follow_progress(_command(folder, "--standalone", "--nproc-per-node", str(processes)), tell)


@dataclass(frozen=True, kw_only=True)
class NodePlace:
    """Hold the place of a machine among several, and where all of them meet."""

    meeting: str  # a name that only this training has
    index: int
    nodes: int
    address: str  # by which the others reach this machine
    first: str  # name and port under which the others find the machine with index 0


HERE = ThisMachine()


def train_network(
    snapshot: Snapshot, settings: NetworkSettings, tell: Callable[[float], None], launcher: Launcher = HERE
) -> TrainedNetwork:
    """Train in this process, or in several that are launched; `tell` gets the share done and may raise to cancel."""
    processes = settings.processes or launcher.processes_for(len(snapshot.ratings))
    if processes < 2:
        return train_share(snapshot, settings, tell, ProcessGroup())
    with tempfile.TemporaryDirectory(prefix="pamela-training-") as name:
        folder = Path(name)
        write_arrays(folder / "snapshot", snapshot)
        write_arrays(folder / "settings", replace(settings, processes=processes))
        launcher.launch(folder, processes, tell)
        found: TrainedNetwork = read_arrays(folder / "network")
    return found


def run_node(folder: Path, place: NodePlace, processes: int, tell: Callable[[float], None]) -> bool:
    """Do one machine's part in so many processes; tell whether its copy of the folder has the network now.

    The machine with index 0 keeps the store in which all meet; the others wait until its name is known and answers.
    """
    leads = f"is_host={int(place.index == 0)},read_timeout={WAIT_SECONDS},join_timeout={WAIT_SECONDS}"
    meeting = ("--rdzv-backend", "c10d", "--rdzv-id", place.meeting, "--rdzv-endpoint", place.first)
    machines = ("--nnodes", str(place.nodes), "--nproc-per-node", str(processes), "--max-restarts", "0")
    command = _command(folder, *machines, *meeting, "--rdzv-conf", leads, "--local-addr", place.address)
    _follow_progress(command, tell)
    return (folder / "network.json").exists()


def _command(folder: Path, *options: str) -> list[str]:
    module = ("--module", "scoring.ml.network.distributed_training", str(folder))
    return [sys.executable, "-m", "torch.distributed.run", *options, *module]


def _follow_progress(command: list[str], tell: Callable[[float], None]) -> None:
    """Report the progress of the processes until they end."""
    process = subprocess.Popen(  # noqa: S603 - our own module
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    lines: list[str] = []
    try:
        for line in process.stdout or ():
            if line.startswith(DONE):
                tell(float(line.removeprefix(DONE)))
            else:
                lines = [*lines[1 - SHOWN_LINES :], line]
        if process.wait():
            raise DistributedTrainingError(f"the training processes ended with {process.returncode}: {''.join(lines)}")
    finally:
        _end_processes(process)


def _end_processes(process: "subprocess.Popen[str]") -> None:
    """End torchrun and what it has started, also when `tell` has raised."""
    with suppress(ProcessLookupError):  # all have ended by themselves
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):  # it had its time: it is killed below
        process.wait(STOP_SECONDS)
    with suppress(ProcessLookupError):  # all have ended in time
        os.killpg(process.pid, signal.SIGKILL)
    if process.stdout:
        process.stdout.close()


def write_arrays(path: Path, value: Any) -> None:
    """Write a dataclass as JSON and arrays."""
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    path.with_suffix(".json").write_text(json.dumps(pack(value, "value", arrays)))
    save_file(arrays, path.with_suffix(".safetensors"))


def read_arrays(path: Path) -> Any:
    """Read what `write` wrote."""
    return unpack(
        json.loads(path.with_suffix(".json").read_text()), load_file(path.with_suffix(".safetensors")), _KINDS
    )


def main(folder: Path) -> None:
    """Do this process's share; the first one reports progress and writes the network."""
    distributed.init_process_group("nccl" if cuda.is_available() else "gloo")
    local_rank = distributed.get_node_local_rank(fallback_rank=0)
    group = ProcessGroup(rank=distributed.get_rank(), size=distributed.get_world_size(), local_rank=local_rank)
    trained = train_share(
        read_arrays(folder / "snapshot"), read_arrays(folder / "settings"), _progress_writer(group), group
    )
    if group.rank == 0:
        write_arrays(folder / "network", trained)
    distributed.barrier()  # nobody leaves while another still uses their connections
    distributed.destroy_process_group()


def leave() -> NoReturn:
    """End this process without taking the interpreter down.

    A thread of gloo may still hold the last exchange, with its tensor. Where it gives that up while Python ends, it
    waits for a lock that ends the thread instead, in the middle of a destructor: the process was aborted after it had
    done all its work, about once in sixty times on a busy machine.
    """
    sys.stdout.flush()
    os._exit(0)


def _progress_writer(group: ProcessGroup) -> Callable[[float], None]:
    def tell(share: float) -> None:
        if group.rank == 0:
            sys.stdout.write(f"{DONE}{share}\n")
            sys.stdout.flush()

    return tell


if __name__ == "__main__":
    main(Path(sys.argv[1]))
    leave()
