"""Measure how fast a model of choices learns a rater it has never met, by the number of their choices known."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ratings.services.jobs.progress import Progress
from scoring.metrics import ChoiceMetrics
from scoring.ml.data.arrays import Ints
from scoring.ml.data.games import GameList
from scoring.ml.evaluation.choices import ScoredGames, decided, score_games
from scoring.ml.reward import RewardModel
from scoring.ml.training.fit_choices import fit_without, learn_game_tastes
from scoring.pipeline.inputs.game_arrays import StudyGames
from scoring.pipeline.training.measure_choices import figures_of
from scoring.pipeline.training.unseen_raters import FEWEST_RATERS, FEWEST_RATINGS, folds

KNOWN = (0, 5, 10, 25, 50)  # choices of a new rater


def measure_new_choosers(
    data: StudyGames, model: RewardModel, measured: ChoiceMetrics, *, tell: Progress
) -> ChoiceMetrics:
    """Fit without some raters, show the model a few choices of each and predict those kept out; give that as well."""
    games, query = data.snapshot.games, decided(data.test)
    asked = np.unique(query.rater)
    if len(asked) < FEWEST_RATERS or len(games) < FEWEST_RATINGS:
        return measured
    found: dict[int, list[ScoredGames]] = {known: [] for known in KNOWN}
    away = folds(asked, len(games))
    for place, raters in enumerate(away):
        tell("fitting without some raters", place / len(away))
        others = fit_without(data.snapshot, raters, like=model)
        for known, scored in predicted_by_count(others, data, query, raters):
            found[known].append(scored)
    curve = {str(known): figures_of(joined(parts)) for known, parts in found.items() if parts}
    return replace(measured, choices_known=curve)


def predicted_by_count(
    model: RewardModel, data: StudyGames, query: GameList, raters: Ints
) -> Iterator[tuple[int, ScoredGames]]:
    """Predict the games kept out of new raters after each number of choices that they have made."""
    seen = model.represent(data.snapshot.images)
    own = data.snapshot.games.take(np.isin(data.snapshot.games.rater, raters))
    turn = turns(own)
    most = {int(one): int(turn[own.rater == one].max()) + 1 for one in np.unique(own.rater)}
    for known in KNOWN:
        enough = [rater for rater in raters.tolist() if most.get(rater, 0) >= known]
        if enough:
            tastes = learn_game_tastes(model, data.snapshot, own.take((turn < known) & np.isin(own.rater, enough)))
            yield known, score_games(model, seen, query.take(np.isin(query.rater, enough)), tastes)


def turns(games: GameList) -> Ints:
    """Give the place of each game's choice among those of its rater, in an order that is drawn."""
    drawn = np.random.default_rng(0).permutation(1 + games.screen.max(initial=0))[games.screen]
    choices, choice = np.unique(np.column_stack([games.rater, drawn]), axis=0, return_inverse=True)
    _, first = np.unique(choices[:, 0], return_index=True)
    begins = first[np.searchsorted(np.unique(choices[:, 0]), choices[:, 0])]
    return np.asarray((np.arange(len(choices)) - begins)[choice.ravel()])


def joined(parts: list[ScoredGames]) -> ScoredGames:
    """Join what was predicted of different raters."""
    return ScoredGames(
        rater=np.concatenate([part.rater for part in parts]), chance=np.concatenate([part.chance for part in parts])
    )
