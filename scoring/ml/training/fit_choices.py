"""Fit a reward model to choices alone, and measure on some of them how sure it may be."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.stats import norm

from scoring.ml.data.arrays import Floats, Ints, Raters
from scoring.ml.data.games import GameList, GameSnapshot
from scoring.ml.evaluation.choices import decided, standing
from scoring.ml.linear.games_fit import GameSettings, GamesFit, fit_games
from scoring.ml.progress import Progress, no_progress
from scoring.ml.reward import RepresentedImages, RewardModel
from scoring.ml.taste.comparisons import AT_ONCE, ShownGames
from scoring.ml.taste.posterior import TastePosterior
from scoring.ml.threads import one_thread
from scoring.ml.training.fit import FitResult

HELD_OUT = 0.2  # of the screens, to measure widths on
FOLDS, MANY = 3, 1000  # screens below which three parts are held out in turn: one is too small
WIDTHS = np.exp(np.linspace(-1.0, 1.0, 81))  # that are tried
LOOSENESS = 0.3  # sd of the log of a width around one, which few games do not move


@one_thread()
def fit_choices(
    snapshot: GameSnapshot,
    *,
    encoder_key: str,
    settings: GameSettings | None = None,
    progress: Progress = no_progress,
) -> FitResult:
    """Fit the reward model; `progress` is called with (stage, share done) and may raise to cancel."""
    chosen = settings or GameSettings()
    progress("try", 0.0)
    width = _measured_width(snapshot, chosen)
    progress("fit", 0.5)
    fitted = fit_games(snapshot, chosen)
    model = _model(fitted, encoder_key, width)
    tastes = learn_game_tastes(model, snapshot, snapshot.games)
    keys = snapshot.raters.keys
    model = replace(model, known_raters={keys[rater]: taste for rater, taste in tastes.items()})
    progress("done", 1.0)
    return FitResult(model=model, record=_record(snapshot, fitted, width))


def _model(fitted: GamesFit, encoder_key: str, width: float) -> RewardModel:
    head = replace(fitted.head, widths=((0, width),))
    return RewardModel(encoder_key=encoder_key, backbone=fitted.backbone, head=head)


def fit_without(snapshot: GameSnapshot, raters: Ints, *, like: RewardModel) -> RewardModel:
    """Fit to the games of everybody but these raters, as sure as a model of all of them was measured to be."""
    others = snapshot.games.take(~np.isin(snapshot.games.rater, raters))
    fitted = fit_games(snapshot.with_games(others), GameSettings())
    return _model(fitted, like.encoder_key, like.head.width(0))


def _measured_width(snapshot: GameSnapshot, settings: GameSettings) -> float:
    """Return the factor on every sd under which games of held-out screens are likeliest."""
    screens = np.random.default_rng(settings.seed).permutation(np.unique(snapshot.games.screen))
    count = round(HELD_OUT * len(screens))
    folds = FOLDS if len(screens) <= MANY else 1
    parts = [screens[count * fold : count * (fold + 1)] for fold in range(folds) if count]
    found = [one for part in parts for one in _held_out_standing(snapshot, part, settings)]
    if not found:
        return 1.0
    away: Floats = np.concatenate(found)
    scores = [float(norm.logcdf(away / width).sum()) for width in WIDTHS]
    return float(WIDTHS[int(np.argmax(np.array(scores) - 0.5 * np.square(np.log(WIDTHS) / LOOSENESS)))])


def _held_out_standing(snapshot: GameSnapshot, screens: Ints, settings: GameSettings) -> Iterator[Floats]:
    """Learn from the other screens, and say by how many sd each of these games is expected to go as it went."""
    is_away = np.isin(snapshot.games.screen, screens)
    train = snapshot.with_games(snapshot.games.take(~is_away))
    if not len(train.games):
        return
    model = _model(fit_games(train, settings), "", 1.0)
    tastes = learn_game_tastes(model, train, train.games)
    images = model.represent(snapshot.images)
    for mine in decided(snapshot.games.take(is_away)).by_rater().parts():
        mean, sd = standing(model, images, tastes.get(int(mine.rater[0])) or model.prior(), mine)
        yield mean / sd


def learn_game_tastes(model: RewardModel, snapshot: GameSnapshot, games: GameList) -> dict[int, TastePosterior]:
    """Learn from these games each rater's taste, from the prior, as a study that is running does."""
    images = model.represent(snapshot.images)
    return {int(mine.rater[0]): _learned(model, images, mine, snapshot.raters) for mine in games.by_rater().parts()}


def _learned(model: RewardModel, images: RepresentedImages, games: GameList, raters: Raters) -> TastePosterior:
    taste = model.prior(raters.answers(int(games.rater[0])))
    _, screen = np.unique(games.screen, return_inverse=True)
    order, most = np.argsort(screen, kind="stable"), int(np.bincount(screen).max())
    step = max(AT_ONCE // most, 1)
    for start in range(0, int(screen.max()) + 1, step):
        rows = order[(screen[order] >= start) & (screen[order] < start + step)]
        part = games.take(rows)
        places = np.column_stack([np.tile(part.screen, 2), np.concatenate([part.better, part.worse])])
        shown, place = np.unique(places, axis=0, return_inverse=True)
        better, worse = np.split(place.ravel(), 2)
        played = ShownGames(better=better, worse=worse, is_tied=part.is_tied, screens=len(np.unique(part.screen)))
        taste = model.learn_choices(taste, images.take(shown[:, 1]), played)
    return taste


def _record(snapshot: GameSnapshot, fitted: GamesFit, width: float) -> dict[str, Any]:
    games = snapshot.games
    return {
        "raters": len(np.unique(games.rater)),
        "images": len(games.images()),
        "choices": len(np.unique(games.screen)),
        "games": len(games),
        "games_of_the_consensus": fitted.games,
        "width": round(width, 5),
        "sweeps": fitted.matched.sweeps,
        "is_settled": fitted.matched.is_settled,
        "data_digest": snapshot.digest(),
    }
