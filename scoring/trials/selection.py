"""Try choosing from made-up pools of any size, for the benchmark: seconds per choice and per pass over the vectors."""

import time

import numpy as np

from scoring.ml.data.arrays import Floats, Images
from scoring.ml.reward import RepresentedImages, RewardModel, Shares
from scoring.ml.selection.acquisition import AcquisitionRequest, choose
from scoring.ml.taste.head import TasteHead

FACTORS = 32  # of the taste, as a trained model has
ROUNDS = 5


class NoBackbone:
    """Stand in for a backbone that is never called: representations are made up."""

    def represent(self, images: Images) -> RepresentedImages:
        """Refuse."""
        raise NotImplementedError(f"{len(images)} images have no pixels here")

    def share(self, images: Images, weights: Floats) -> Shares:
        """Refuse."""
        raise NotImplementedError(f"{len(images)} images and {len(weights)} weights have no network here")


def made_up_pool(*, size: int) -> RepresentedImages:
    """Draw the representations of a pool."""
    rng = np.random.default_rng(0)
    return RepresentedImages(
        z=0.2 * rng.standard_normal((size, FACTORS)),
        consensus=rng.uniform(0.2, 0.8, size),
        variance=np.full(size, 0.01),
    )


def trial_choice(*, pool: int, count: int) -> dict[str, float]:
    """Choose from a pool a few times; give the median seconds of a choice, and of one pass over its vectors."""
    head = TasteHead(
        mean=np.array([0.5, 1.0, *np.zeros(FACTORS)]),
        factor=np.diag([0.2, 0.2, *np.ones(FACTORS)]),
        noise=0.04,
        shape=10.0,
        offset=0.5,
    )
    model = RewardModel(encoder_key="made up", backbone=NoBackbone(), head=head)
    candidates = made_up_pool(size=pool)
    request = AcquisitionRequest(model=model, taste=model.prior(), candidates=candidates, count=count)
    weights = np.ones(FACTORS)
    choices, passes = [], []
    for seed in range(ROUNDS + 1):
        started = time.perf_counter()
        choose("active", request, np.random.default_rng(seed))
        chosen = time.perf_counter()
        candidates.z @ weights
        passes.append(time.perf_counter() - chosen)
        choices.append(chosen - started)
    return {"choice": float(np.median(choices[1:])), "pass": float(np.median(passes[1:]))}
