"""Measure a model on choices that were kept out: beside itself without taste, one utility for all, the live model."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from scoring.metrics import ChoiceMetrics, GameFigures, MeasuredFigure
from scoring.ml.data.games import GameList
from scoring.ml.evaluation.choices import ScoredGames, one_utility, score_games
from scoring.ml.evaluation.metrics import Estimate, paired_difference
from scoring.ml.reward import RewardModel
from scoring.pipeline.inputs.game_arrays import StudyGames
from scoring.pipeline.serving.live import live_model, stored_representation
from scoring.pipeline.training.measure import live_tastes


def measure_on_choices(data: StudyGames, model: RewardModel) -> ChoiceMetrics:
    """Give the figures on the games that were kept out; only their number where none was decided."""
    games, keys = data.test, data.snapshot.raters.keys
    found = ChoiceMetrics(test_choices=len(np.unique(games.screen)))
    seen = model.represent(data.snapshot.images)
    tastes = {row: model.known_raters[key] for row, key in enumerate(keys) if key in model.known_raters}
    personal = score_games(model, seen, games, tastes)
    if not len(personal.rater):
        return found
    others = {"global": score_games(model, seen, games, {}), "one-utility": one_utility(data.snapshot, games)}
    measured = replace(
        found,
        test_games=len(personal.rater),
        personal=figures_of(personal),
        everybody=figures_of(others["global"]),
        one_utility=figures_of(others["one-utility"]),
        lead={name: lead_over(personal, other) for name, other in others.items()},
    )
    return beside_live(data, measured, personal=partial(score_games, model, seen, tastes=tastes))


def beside_live(
    data: StudyGames, measured: ChoiceMetrics, *, personal: Callable[[GameList], ScoredGames]
) -> ChoiceMetrics:
    """Add the live model with what it knows of each rater now, on the games whose images it has seen."""
    live = live_model(data.study)
    if live is None:
        return measured
    known, seen = stored_representation(version=live.version, images=list(data.images))
    place = np.full(len(data.snapshot.images), -1)
    for row, image in enumerate(known):
        place[data.images[image]] = row
    both = data.test.take((place[data.test.better] >= 0) & (place[data.test.worse] >= 0))
    moved = replace(both, better=place[both.better], worse=place[both.worse])
    stored = live_tastes(live.version)
    tastes = {row: stored[key] for row, key in enumerate(data.raters) if key in stored}
    before, now = score_games(live.model, seen, moved, tastes), personal(both)
    if not len(now.rater):
        return measured
    return replace(
        measured,
        live=figures_of(before),
        live_version=str(live.version),
        lead={**measured.lead, "live": lead_over(now, before)},
    )


def figures_of(found: ScoredGames) -> GameFigures:
    """Give the figures of one model."""
    return GameFigures(**{name: written(one) for name, one in found.estimates().items()})


def lead_over(found: ScoredGames, other: ScoredGames) -> MeasuredFigure:
    """Give how far a model is ahead of another in log likelihood, paired by rater."""
    return written(paired_difference(found.log_likelihood(), other.log_likelihood()))


def written(estimate: Estimate) -> MeasuredFigure:
    """Give an estimate as it is stored."""
    return MeasuredFigure.from_json(estimate.as_json())
