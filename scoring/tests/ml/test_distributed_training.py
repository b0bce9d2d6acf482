"""Several processes train one network: the model of one process, with real torchrun and gloo on two cores."""

from dataclasses import replace

import numpy as np
import psutil
import pytest

from scoring.ml.data.arrays import Snapshot
from scoring.ml.network.distributed_training import DistributedTrainingError, train_network
from scoring.ml.network.fit import NetworkSettings
from scoring.tests.ml.sets import make_world

pytestmark = pytest.mark.slow
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
