"""Whether the best of several pictures by one person's reward is better for them than the best by everybody's."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from annotate.benchmarks.figures import Figure
from annotate.benchmarks.steering import UNIT, figure_of, interval

if TYPE_CHECKING:
    from scoring.trials.best_of import Picks
    from scoring.trials.steering import TrialSize


def measure(*, say: Callable[[str], None], size: "TrialSize | None" = None) -> list[Figure]:
    """Pick pictures for simulated raters whose taste the model knows from noisy ratings alone."""
    from scoring.trials.best_of import SIZE, release_trial, released_scorer, try_best_of

    with tempfile.TemporaryDirectory(prefix="pamela-best-of-") as folder:
        trial = release_trial(size or SIZE, Path(folder), tell=say)
        return figures_of(try_best_of(trial, released_scorer(trial), tell=say))


def figures_of(picks: "Picks") -> list[Figure]:
    """Give the true liking of what was picked, on average over raters, and the gain of each rater over prompts."""
    kinds = {
        "picked by one's own reward": picks.own,
        "picked by everybody's reward": picks.everybody,
        "picked by chance": picks.chance,
        "the best there is": picks.best,
        "own less everybody's": picks.own - picks.everybody,
    }
    found = [figure_of(name, likings.mean(axis=1).tolist()) for name, likings in kinds.items()]
    gains = picks.own - picks.everybody
    return [*found, *(gain_of(rater, gain) for rater, gain in enumerate(gains.astype(np.float64), start=1))]


def gain_of(rater: int, gain: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> Figure:
    """Give one rater's gain, paired by prompt."""
    found = interval(gain.tolist())
    note = f"95 % interval {found.low:.2f} to {found.high:.2f}, over {len(gain)} prompts"
    return Figure(name=f"own less everybody's, rater {rater}", value=found.mean, unit=UNIT, note=note)
