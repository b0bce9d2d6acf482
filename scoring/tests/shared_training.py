"""One small network, trained by whatever launches its processes."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from scoring.ml.evaluation.baselines import fit_baseline
from scoring.ml.network.distributed_training import HERE, train_network
from scoring.ml.network.fit import NetworkSettings
from scoring.tests.ml.sets import make_world

if TYPE_CHECKING:
    from scoring.ml.network.distributed_training import Launcher

# Dropout draws differ between processes; without it the two ways are one computation.
EXACT = NetworkSettings(steps=20, batch=64, look_every=10, dropout=0.0, token_dropout=0.0)


def be_silent(share: float) -> None:
    del share


def trained_weights(
    launcher: "Launcher" = HERE, tell: Callable[[float], None] = be_silent
) -> dict[str, NDArray[np.float32]]:
    """Train, and give the weights by name."""
    snapshot = make_world(raters=12, images=60).snapshot
    return dict(train_network(snapshot, EXACT, tell, launcher).network.weights)


def predicted_by_paper(launcher: "Launcher | None" = None) -> NDArray[np.float64]:
    """Give what the paper's network says of the ratings that it learned."""
    snapshot = make_world(raters=12, images=60).snapshot
    nobody_new = snapshot.ratings.take(np.zeros(0, np.int64))
    return fit_baseline("transformer", snapshot, nobody_new, snapshot.ratings, launcher).mean
