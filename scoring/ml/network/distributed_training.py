"""Train a network here, or in several processes that torchrun starts, one on each GPU; without GPUs, on cores.

    torchrun --standalone --nproc-per-node N --module scoring.ml.network.distributed_training FOLDER

is what `train_distributed` runs. FOLDER holds the snapshot and the settings, and afterwards the network. On several
machines, each with a copy of FOLDER, the same module runs with `--nnodes` and a rendezvous; then that of the first
process has the network.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

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
SHOWN_LINES = 60  # of the last output of processes that failed; torchrun's own report takes thirty
DONE = "share done: "
_KINDS: dict[str, type] = {
    kind.__name__: kind
    for kind in (Images, Raters, Ratings, Snapshot, NetworkSettings, TokenSettings, Network, TrainedNetwork)
}


class DistributedTrainingError(RuntimeError):
    """A training process failed; the message holds its last output."""


def train_network(snapshot: Snapshot, settings: NetworkSettings, tell: Callable[[float], None]) -> TrainedNetwork:
    """Train here, or in several processes under torchrun; `tell` gets the share done and may raise to cancel."""
    processes = settings.processes or _gpus_to_use(snapshot)
    if processes < 2:
        return train_share(snapshot, settings, tell, ProcessGroup())
    return train_distributed(snapshot, replace(settings, processes=processes), tell)


def _gpus_to_use(snapshot: Snapshot) -> int:
    return cuda.device_count() if len(snapshot.ratings) >= FEWEST_TO_SHARE else 1


def train_distributed(snapshot: Snapshot, settings: NetworkSettings, tell: Callable[[float], None]) -> TrainedNetwork:
    """Train in `settings.processes` processes; `tell` gets the share done and may raise, which ends them."""
    with tempfile.TemporaryDirectory(prefix="pamela-training-") as name:
        folder = Path(name)
        write_arrays(folder / "snapshot", snapshot)
        write_arrays(folder / "settings", settings)
        _follow_progress(_command(folder, settings.processes), tell)
        found: TrainedNetwork = read_arrays(folder / "network")
    return found


def _command(folder: Path, processes: int) -> list[str]:
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    return [
        *torchrun,
        "--nproc-per-node",
        str(processes),
        "--module",
        "scoring.ml.network.distributed_training",
        str(folder),
    ]


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
    distributed.barrier()  # a process that leaves while another still uses their connections is aborted, or aborts it
    distributed.destroy_process_group()


def _progress_writer(group: ProcessGroup) -> Callable[[float], None]:
    def tell(share: float) -> None:
        if group.rank == 0:
            sys.stdout.write(f"{DONE}{share}\n")
            sys.stdout.flush()

    return tell


if __name__ == "__main__":
    main(Path(sys.argv[1]))
