"""Several processes train one network: the model of one process, with real torchrun and gloo on two cores."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import psutil
import pytest

from ratings.tests.hosts import OWN_DISK, Host, separate_hosts
from scoring.ml.data.arrays import Snapshot
from scoring.ml.network.distributed_training import (
    DistributedTrainingError,
    read_arrays,
    train_network,
    write_arrays,
)
from scoring.ml.network.fit import NetworkSettings, TrainedNetwork
from scoring.ml.network.process_group import ProcessGroup
from scoring.tests.ml.sets import make_world

pytestmark = [pytest.mark.slow, pytest.mark.long]
# Dropout draws differ between processes; without it the two ways are one computation.
EXACT = NetworkSettings(steps=40, batch=64, look_every=10, dropout=0.0, token_dropout=0.0)


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    """Make ratings of uneven weight."""
    found = make_world(raters=12, images=60).snapshot
    weight = np.where(np.arange(len(found.ratings)) % 3, 1.0, 0.4)
    return found.with_ratings(replace(found.ratings, weight=weight))


def be_silent(share: float) -> None:
    del share


def children() -> set[int]:
    """Give the processes that this one has started and that live."""
    return {child.pid for child in psutil.Process().children(recursive=True)}


def test_two_processes_train_the_model_of_one(snapshot: Snapshot) -> None:
    alone = train_network(snapshot, EXACT, be_silent)
    shares: list[float] = []
    together = train_network(snapshot, replace(EXACT, processes=2), shares.append)
    assert shares == [0.25, 0.5, 0.75, 1.0]
    assert np.array_equal(alone.watched, together.watched)
    assert [step for step, _ in together.curve] == [step for step, _ in alone.curve]
    assert [loss for _, loss in together.curve] == pytest.approx([loss for _, loss in alone.curve], abs=1e-4)
    for name, array in alone.network.weights.items():
        assert together.network.weights[name] == pytest.approx(array, abs=2e-3), name
    expected = alone.network.expected(snapshot.images, snapshot.raters, snapshot.ratings)
    found = together.network.expected(snapshot.images, snapshot.raters, snapshot.ratings)
    assert found == pytest.approx(expected, abs=1e-2)


def test_two_machines_without_a_shared_folder_train_the_model_of_one(snapshot: Snapshot) -> None:
    alone = train_network(snapshot, EXACT, be_silent)
    with separate_hosts("first", "second") as hosts:
        meeting = ("--rdzv-backend", "c10d", "--rdzv-id", "test", "--rdzv-endpoint", f"{hosts['first'].address}:29500")
        torchrun = (sys.executable, "-m", "torch.distributed.run", "--nnodes", "2", "--nproc-per-node", "1", *meeting)
        running = []
        for host in hosts.values():
            (host.folder / "work").mkdir()
            write_arrays(host.folder / "work" / "snapshot", snapshot)
            write_arrays(host.folder / "work" / "settings", replace(EXACT, processes=2))
            module = ("--module", "scoring.ml.network.distributed_training", f"{OWN_DISK}/work")
            leads = f"is_host={int(host.name == 'first')}"  # that of the two which the other one calls
            command = (*torchrun, "--local-addr", host.address, "--rdzv-conf", leads, *module)
            running.append(host.start(*command, GLOO_SOCKET_IFNAME="eth0", OMP_NUM_THREADS="1"))
        ends = [process.wait(timeout=400) for process in running]
        assert ends == [0, 0], [host.log[-3000:] for host in hosts.values()]
        (folder,) = [
            host.folder / "work" for host in hosts.values() if (host.folder / "work" / "network.json").exists()
        ]
        together: TrainedNetwork = read_arrays(folder / "network")
    assert [step for step, _ in together.curve] == [step for step, _ in alone.curve]
    for name, array in alone.network.weights.items():
        assert together.network.weights[name] == pytest.approx(array, abs=2e-3), name


def wrote_network(host: Host) -> bool:
    """Tell whether the first process ran on this machine."""
    return (host.folder / "work" / "network.json").exists()


def test_the_second_machine_computes_on_its_own_first_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)  # no GPU is touched: a device is a name
    assert ProcessGroup(rank=1, size=2, local_rank=0).device() == torch.device("cuda", 0)
    assert ProcessGroup(rank=3, size=4, local_rank=1).device() == torch.device("cuda", 1)


def test_a_listener_that_cancels_ends_every_process(snapshot: Snapshot) -> None:
    before = children()

    def cancel(share: float) -> None:
        raise InterruptedError(f"cancelled at {share}")

    with pytest.raises(InterruptedError, match=r"cancelled at 0\.25"):
        train_network(snapshot, replace(EXACT, steps=40, processes=2), cancel)
    assert children() <= before


def test_a_process_that_fails_says_why(snapshot: Snapshot) -> None:
    with pytest.raises(DistributedTrainingError, match="ended with 1"):
        train_network(snapshot, replace(EXACT, batch=-1, processes=2), be_silent)


def test_a_process_that_is_done_leaves_without_taking_the_interpreter_down() -> None:
    at_the_end = "import atexit; atexit.register(print, 'taken down')"  # where a thread of gloo would be aborted
    command = f"from scoring.ml.network.distributed_training import leave; {at_the_end}; print('done'); leave()"
    done = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "done\n")
