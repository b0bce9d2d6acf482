"""Replay a rater who has rated already: a policy chooses, the rating is revealed, learn, repeat."""

from dataclasses import dataclass, replace

import numpy as np

from scoring.ml.data.arrays import Floats, Ints
from scoring.ml.reward import Prediction, RepresentedImages, RewardModel
from scoring.ml.selection.acquisition import AcquisitionRequest, AcquisitionSettings, Policy, choose
from scoring.ml.taste.posterior import TastePosterior


@dataclass(frozen=True, kw_only=True)
class Replay:
    """Hold what one policy asked one rater, and what was predicted before each answer."""

    images: Ints  # (steps,), rows of the images chosen; (steps, 2) of pairs
    predictions: tuple[Prediction, ...]  # of the query images after 0, 1, 2, ... ratings


@dataclass(frozen=True, kw_only=True)
class ReplaySession:
    """Hold one rater's rated images, and the images they will be judged on."""

    taste: TastePosterior  # before the first rating
    images: Ints  # rows of the images that may be asked for
    values: Floats  # their ratings, on [0, 1]
    query: Ints  # rows of the images to predict
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
        request = session_request(model, sitting, taste, images.take(sitting.images[left]), target, len(chosen))
        rated = images.take(np.array(chosen, np.int64))
        place = choose(policy, replace(request, rated=rated), rng)[0].row
        asked = left[place]
        seen = images.take(sitting.images[[asked]])
        taste = model.update(taste, seen, float(sitting.values[asked]))
        found.append(model.predict(target, taste))
        chosen.append(int(sitting.images[asked]))
        left = np.delete(left, place)
    return Replay(images=np.array(chosen, np.int64), predictions=tuple(found))


def session_request(
    model: RewardModel,
    sitting: ReplaySession,
    taste: TastePosterior,
    candidates: RepresentedImages,
    target: RepresentedImages,
    known: int,
) -> AcquisitionRequest:
    """Ask for one more answer of a rater who gave `known` so far."""
    return AcquisitionRequest(
        model=model,
        taste=taste,
        candidates=candidates,
        count=1,
        target=target if sitting.knows_query else None,
        settings=AcquisitionSettings().for_rater(known),
    )
