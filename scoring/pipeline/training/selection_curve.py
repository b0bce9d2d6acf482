"""Measure the gain of active selection: chosen images against as many drawn at random."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ratings.choices import Policy
from scoring.metrics import SelectionPoint
from scoring.ml.data.arrays import Ints, Ratings
from scoring.ml.evaluation.metrics import bootstrap_mean, paired_difference
from scoring.ml.reward import RepresentedImages, RewardModel
from scoring.pipeline.training.measure import TrainedModel, measured

SHOTS = (1, 2, 4, 8, 16, 32)
FEWEST_JUDGES = 3  # ratings of the test slice that a rater's predictions are compared with
BY_MODEL = frozenset({Policy.BURN_IN.value, Policy.ACTIVE.value})


@dataclass(frozen=True, kw_only=True)
class SelectionPair:
    """The error of one rater's predictions after so many ratings: of chosen images, and of images drawn at random."""

    shots: int
    chosen: float  # RMSE on the judging half of the test slice, on the scale [0, 1]
    drawn: float


def selection_pairs(model: RewardModel, trained: TrainedModel, held_out: Ints) -> Iterator[SelectionPair]:
    """Fit a model to unseen raters, each twice: to their first chosen images, and to random ones.

    Half of a rater's test slice teaches, the other half judges both.
    """
    data = trained.data
    chosen = data.ratings([row for row in data.known(trained.ratings.learnable) if row.policy in BY_MODEL])
    drawn = data.ratings(data.known(trained.ratings.test))
    seen = model.represent(data.snapshot.images)
    rng = np.random.default_rng(0)
    for rater in held_out:
        slice_ = rng.permutation(np.flatnonzero(drawn.rater == rater))
        judges, teachers = drawn.take(slice_[::2]), drawn.take(slice_[1::2])
        own = chosen.take(chosen.rater == rater)
        if len(judges) < FEWEST_JUDGES:
            continue
        for shots in SHOTS:
            if min(len(own), len(teachers)) >= shots:
                first = np.arange(shots)
                yield SelectionPair(
                    shots=shots,
                    chosen=error(model, trained, seen, own.take(first), judges),
                    drawn=error(model, trained, seen, teachers.take(first), judges),
                )


def error(model: RewardModel, trained: TrainedModel, seen: RepresentedImages, known: Ratings, judges: Ratings) -> float:
    """Give the RMSE of one rater's predictions after some of their ratings."""
    prior = model.prior(trained.data.snapshot.raters.answers(int(judges.rater[0])))
    taste = model.posterior(seen.take(known.image), known.value, prior)
    found = model.predict(seen.take(judges.image), taste)
    return float(np.sqrt(np.mean(np.square(judges.value - found.mean))))


def selection_curve(pairs: Sequence[SelectionPair]) -> dict[str, SelectionPoint]:
    """Give, by number of ratings, both errors as means over raters, and how much lower that of chosen images is."""
    curve = {}
    for shots in sorted({pair.shots for pair in pairs}):
        mine = [pair for pair in pairs if pair.shots == shots]
        chosen, drawn = np.array([pair.chosen for pair in mine]), np.array([pair.drawn for pair in mine])
        curve[str(shots)] = SelectionPoint(
            chosen=measured(bootstrap_mean(chosen)),
            drawn=measured(bootstrap_mean(drawn)),
            gain=measured(paired_difference(drawn, chosen)),
        )
    return curve
