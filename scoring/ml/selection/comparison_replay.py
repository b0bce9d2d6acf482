"""Replay a rater of comparisons: a policy chooses what stands side by side, their ratings say which is the best."""

from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np

from scoring.ml.data.arrays import Floats, Ints
from scoring.ml.reward import RepresentedImages, RewardModel
from scoring.ml.selection.acquisition import AcquisitionSettings, Policy
from scoring.ml.selection.comparisons import PAIR, ComparisonRequest, choose_comparisons
from scoring.ml.selection.replay import Replay, ReplaySession
from scoring.ml.taste.comparisons import ShownGames
from scoring.ml.taste.posterior import TastePosterior

MOST_POSSIBLE = 10_000  # comparisons of a rater's images; of more so many are drawn
Game = tuple[int, int, bool]  # the better, the worse, and whether they tied


@dataclass(kw_only=True)
class AnsweredScreens:
    """Collect what was shown and said; each screen has rows of its own, since opinions differ from screen to screen."""

    shown: list[int]
    games: list[Game]
    screens: int = 0

    def add(self, images: Ints, games: list[Game]) -> None:
        """Add a screen, with games between its places."""
        first = len(self.shown)
        self.shown += images.tolist()
        self.games += [(first + better, first + worse, tied) for better, worse, tied in games]
        self.screens += 1

    def learned(self, model: RewardModel, images: RepresentedImages, taste: TastePosterior) -> TastePosterior:
        """Learn all of it from the start, as a study's worker does."""
        better, worse, tied = np.array(self.games, np.int64).reshape(-1, 3).T
        games = ShownGames(better=better, worse=worse, is_tied=tied.astype(bool), screens=self.screens)
        return model.learn_choices(taste, images.take(np.array(self.shown, np.int64)), games)


def replay_comparisons(
    model: RewardModel,
    images: RepresentedImages,
    sitting: ReplaySession,
    *,
    policy: Policy,
    budget: int,
    rng: np.random.Generator,
) -> Replay:
    """Ask for up to `budget` comparisons, one at a time."""
    target, shown, taste = images.take(sitting.query), images.take(sitting.images), sitting.taste
    left = possible_sets(len(shown), sitting.at_once, rng)
    found, leads = [model.predict(target, taste)], [leads_among(model, target, taste)]
    answered, asked = AnsweredScreens(shown=[], games=[]), []
    for step in range(min(budget, len(left))):
        request = ComparisonRequest(
            model=model,
            taste=taste,
            images=shown,
            sets=left,
            count=1,
            target=target if sitting.knows_query else None,
            settings=AcquisitionSettings().for_rater(step),
        )
        place = choose_comparisons(policy, request, rng)[0].row
        asked.append(left[place])
        answered.add(left[place], games_among(sitting.values[left[place]], rng))
        left = np.delete(left, place, axis=0)
        taste = answered.learned(model, shown, sitting.taste)
        found.append(model.predict(target, taste))
        leads.append(leads_among(model, target, taste))
    chosen = sitting.images[np.array(asked, np.int64).reshape(-1, sitting.at_once)]
    return Replay(images=chosen, predictions=tuple(found), leads=tuple(leads))


def possible_sets(count: int, size: int, rng: np.random.Generator) -> Ints:
    """Give the sets of `size` of so many images, (P, size): all of them, or a draw of different ones."""
    if comb(count, size) <= MOST_POSSIBLE:
        return np.array(list(combinations(range(count), size)), np.int64).reshape(-1, size)
    drawn = rng.random((MOST_POSSIBLE, count)).argpartition(size, axis=1)[:, :size]
    return np.asarray(np.unique(np.sort(drawn, axis=1), axis=0), np.int64)


def games_among(values: Floats, rng: np.random.Generator) -> list[Game]:
    """Say what somebody who gave these ratings says of the images: equal ones of two tie, of more a draw decides."""
    if len(values) == PAIR:
        better, worse = (0, 1) if values[0] >= values[1] else (1, 0)
        return [(better, worse, bool(values[0] == values[1]))]
    order = np.lexsort((rng.random(len(values)), values))
    worst, *others, best = order.tolist()
    return [game for one in others for game in ((best, one, False), (one, worst, False))]


def leads_among(model: RewardModel, images: RepresentedImages, taste: TastePosterior) -> Floats:
    """Return by how much each image is expected to please more than each later one, in sd, in `triu_indices` order."""
    first, second = np.triu_indices(len(images), 1)
    rows, noise = model.design(images), model.noise(images)
    mean, variance = taste.predict(rows[first] - rows[second], noise[first] + noise[second])
    return np.asarray(mean / (model.head.width(taste.count) * np.sqrt(variance)))
