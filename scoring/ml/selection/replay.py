"""Replay a rater who has rated already: a policy chooses, the rating is revealed, learn, repeat."""

from dataclasses import dataclass

import numpy as np

from scoring.ml.data.arrays import Floats, Ints
from scoring.ml.reward import Prediction, RepresentedImages, RewardModel
from scoring.ml.selection.acquisition import AcquisitionRequest, AcquisitionSettings, Policy, choose
from scoring.ml.taste.posterior import TastePosterior


@dataclass(frozen=True, kw_only=True)
class Replay:
    """Hold what one policy asked one rater, and what was predicted before each answer."""

    images: Ints  # (steps,), rows of the images chosen; (steps, n) of comparisons among n
    predictions: tuple[Prediction, ...]  # of the query images after 0, 1, 2, ... answers
    leads: tuple[Floats, ...] = ()  # of comparisons alone: of each query image over each later one, in sd


@dataclass(frozen=True, kw_only=True)
class ReplaySession:
    """Hold one rater's rated images, and the images they will be judged on."""

    taste: TastePosterior  # before the first rating
    images: Ints  # rows of the images that may be asked for
    values: Floats  # their ratings, on [0, 1]
    query: Ints  # rows of the images to predict
    at_once: int = 1  # images that are shown together; of several the rater says which is the best
    knows_query: bool = False  # whether choices aim at these; else, as in a study, at the images that may be asked for


def replay(
    model: RewardModel,
    images: RepresentedImages,
    sitting: ReplaySession,
    *,
    policy: Policy,
    budget: int,
    rng: np.random.Generator,
) -> Replay:
    """Ask for up to `budget` images, one at a time."""
    target = images.take(sitting.query)
    taste, left = sitting.taste, np.arange(len(sitting.images))
    found = [model.predict(target, taste)]
    chosen: list[int] = []
    for _ in range(min(budget, len(left))):
        request = AcquisitionRequest(
            model=model,
            taste=taste,
            candidates=images.take(sitting.images[left]),
            count=1,
            target=target if sitting.knows_query else None,
            rated=images.take(np.array(chosen, np.int64)),
            settings=AcquisitionSettings().for_rater(len(chosen)),
        )
        place = choose(policy, request, rng)[0].row
        asked = left[place]
        seen = images.take(sitting.images[[asked]])
        taste = model.update(taste, seen, float(sitting.values[asked]))
        found.append(model.predict(target, taste))
        chosen.append(int(sitting.images[asked]))
        left = np.delete(left, place)
    return Replay(images=np.array(chosen, np.int64), predictions=tuple(found))
