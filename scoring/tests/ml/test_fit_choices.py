"""A model learned from choices alone finds tastes, beats one utility for everybody, and knows how sure it may be."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy.stats import norm

from scoring.ml.data.arrays import Ints
from scoring.ml.data.games import GameList, GameSnapshot
from scoring.ml.evaluation.choices import ScoredGames, one_utility, score_games
from scoring.ml.evaluation.metrics import paired_difference
from scoring.ml.linear.games_fit import NOISE, GameSettings
from scoring.ml.taste.comparisons import ShownGames, learn_choices
from scoring.ml.taste.joint_games import RaterGames, match_games
from scoring.ml.taste.posterior import TastePosterior
from scoring.ml.training.fit import FitResult
from scoring.ml.training.fit_choices import fit_choices
from scoring.tests.ml.sets import World, make_world

RATERS, IMAGES, EACH, ASKED = 16, 50, 40, 25  # screens of each rater that are learned, and that are kept out

QUICK = GameSettings(component_games=150)


def screens(world: World, each: int, *, size: int = 2, seed: int = 0) -> tuple[Ints, Ints]:
    """Show each rater some pictures at a time, and order them by what they like, with the noise of one opinion."""
    rng = np.random.default_rng(seed)
    raters, images = world.liking.shape
    rater = np.repeat(np.arange(raters), each)
    shown = np.array([rng.choice(images, size, replace=False) for _ in rater])
    value = world.liking[rater[:, None], shown] + np.sqrt(NOISE) * rng.standard_normal(shown.shape)
    return rater, np.take_along_axis(shown, np.argsort(-value, axis=1), axis=1)


def pairs(world: World, each: int, *, seed: int = 0, ties: int = 0) -> GameList:
    """Let raters choose between two pictures; some of the answers are ties."""
    rater, order = screens(world, each, seed=seed)
    tied = np.arange(len(rater)) % len(rater) < ties
    return GameList(rater=rater, screen=np.arange(len(rater)), better=order[:, 0], worse=order[:, 1], is_tied=tied)


def best_and_worst(world: World, each: int, *, seed: int = 0) -> GameList:
    """Let raters name the best and the worst of four, which implies five games."""
    rater, order = screens(world, each, size=4, seed=seed)
    won = [(0, 1), (0, 2), (0, 3), (1, 3), (2, 3)]
    better, worse = (order[:, [game[side] for game in won]].ravel() for side in (0, 1))
    screen = np.repeat(np.arange(len(rater)), len(won))
    return GameList(rater=rater[screen], screen=screen, better=better, worse=worse, is_tied=np.zeros(len(screen), bool))


def snapshot(world: World, games: GameList) -> GameSnapshot:
    return GameSnapshot(images=world.snapshot.images, raters=world.snapshot.raters, games=games)


@cache
def learned() -> tuple[World, GameSnapshot, FitResult]:
    """Learn from raters of whom half like what the others do not."""
    world = make_world(raters=RATERS, images=IMAGES, taste=0.5, seed=1)
    features = world.snapshot.images.features[:, :4].astype(np.float64)
    side = np.where(np.arange(RATERS) % 2, 1.0, -1.0)
    liking = 0.5 + 0.25 * side[:, None] * (features @ np.array([1.0, 0.5, 0.0, 0.0]))
    world = World(snapshot=world.snapshot, liking=liking)
    given = snapshot(world, pairs(world, EACH))
    return world, given, fit_choices(given, encoder_key="", settings=QUICK)


def scores(given: GameSnapshot, found: FitResult, query: GameList) -> dict[str, ScoredGames]:
    seen, keys = found.model.represent(given.images), given.raters.keys
    tastes = {row: found.model.known_raters[key] for row, key in enumerate(keys) if key in found.model.known_raters}
    return {
        "personal": score_games(found.model, seen, query, tastes),
        "everybody": score_games(found.model, seen, query, {}),
        "one utility": one_utility(given, query),
    }


def test_opposite_tastes_are_found_from_choices_alone() -> None:
    world, given, found = learned()
    seen = found.model.represent(given.images)
    for rater, key in enumerate(given.raters.keys):
        expected = found.model.predict(seen, found.model.known_raters[key]).mean
        assert np.corrcoef(expected, world.liking[rater])[0, 1] > 0.6


def test_likings_come_out_on_the_scale_of_ratings() -> None:
    world, given, found = learned()
    seen = found.model.represent(given.images)
    spread = [found.model.predict(seen, taste).mean.std() for taste in found.model.known_raters.values()]
    assert np.median(spread) == pytest.approx(float(world.liking.std()), rel=0.35)


def test_tastes_beat_one_utility_for_everybody_and_chance_on_choices_kept_out() -> None:
    world, given, found = learned()
    kept_out = scores(given, found, pairs(world, ASKED, seed=1))
    for other in ("everybody", "one utility"):
        ahead = paired_difference(kept_out["personal"].log_likelihood(), kept_out[other].log_likelihood())
        assert ahead.low > 0.1
    assert kept_out["personal"].estimates()["accuracy"].low > 0.6
    assert kept_out["one utility"].estimates()["accuracy"].value < 0.6


def test_the_model_is_as_often_right_as_it_expects_to_be() -> None:
    world, given, found = learned()
    estimates = scores(given, found, pairs(world, 4 * ASKED, seed=2))["personal"].estimates()
    assert estimates["confidence"].value == pytest.approx(estimates["accuracy"].value, abs=0.04)


def test_where_all_agree_a_taste_does_no_harm_to_speak_of() -> None:
    world = make_world(raters=RATERS, images=IMAGES, taste=0.0, seed=3)
    given = snapshot(world, pairs(world, EACH))
    kept_out = scores(given, fit_choices(given, encoder_key="", settings=QUICK), pairs(world, ASKED, seed=1))
    behind = paired_difference(kept_out["personal"].log_likelihood(), kept_out["one utility"].log_likelihood())
    assert behind.value > -0.03


def test_best_and_worst_of_four_teach_more_than_one_pair() -> None:
    world, _, of_pairs = learned()
    given = snapshot(world, best_and_worst(world, EACH))
    found = fit_choices(given, encoder_key="", settings=QUICK)
    query = pairs(world, ASKED, seed=1)
    assert found.record["is_settled"]
    better, less = (scores(given, one, query)["personal"].log_likelihood() for one in (found, of_pairs))
    assert paired_difference(better, less).low > 0.0


def test_of_many_images_what_features_explain_is_learned_alike() -> None:
    world, given, exact = learned()
    found = fit_choices(given, encoder_key="", settings=replace(QUICK, most_exact=10))
    query = pairs(world, ASKED, seed=1)
    one, other = (scores(given, fit, query)["personal"].log_likelihood() for fit in (found, exact))
    assert abs(paired_difference(one, other).value) < 0.02


def test_ties_bring_two_pictures_together_and_the_same_games_give_the_same_bits_in_the_same_order() -> None:
    world = make_world(raters=6, images=20, seed=4)
    given = snapshot(world, pairs(world, 20, ties=10))
    one, other = (fit_choices(given, encoder_key="", settings=QUICK).model for _ in range(2))
    assert all(np.array_equal(one.known_raters[key].mean, other.known_raters[key].mean) for key in given.raters.keys)
    assert given.digest() == snapshot(world, pairs(world, 20, ties=10)).digest()
    assert given.digest() != snapshot(world, pairs(world, 20, ties=11)).digest()


def test_all_games_at_once_agree_with_what_one_rater_s_own_posterior_says() -> None:
    """With one rater, weights that are the rater's own or everybody's are the same thing."""
    rng = np.random.default_rng(0)
    phi = rng.standard_normal((24, 3))
    better, worse = np.arange(0, 24, 2), np.arange(1, 24, 2)
    rows, none = phi[better] - phi[worse], np.zeros(12, bool)
    matched = match_games([RaterGames(design=rows, covariance=0.6 * np.eye(12), is_tied=none)])
    prior = TastePosterior(mean=np.zeros(3), factor=np.eye(3), shape=5.0, rate=4.0)
    games = ShownGames(better=better, worse=worse, is_tied=none, screens=12)
    expected = learn_choices(prior, phi, np.full(24, 0.3), games)
    assert matched.is_settled
    assert np.linalg.solve(matched.root @ matched.root.T, matched.pull) == pytest.approx(expected.mean, abs=5e-3)
    assert np.linalg.inv(matched.root @ matched.root.T) == pytest.approx(expected.covariance, abs=5e-3)


def test_the_chance_of_a_choice_is_that_of_a_normal_difference() -> None:
    _, given, found = learned()
    key, seen = given.raters.keys[0], found.model.represent(given.images)
    game = GameList(
        rater=np.array([0]), screen=np.array([0]), better=np.array([3]), worse=np.array([7]), is_tied=np.array([False])
    )
    taste = found.model.known_raters[key]
    expected = found.model.predict(seen, taste).mean
    rows = found.model.design(seen)[3] - found.model.design(seen)[7]
    noise = found.model.noise(seen)[[3, 7]].sum()
    sd = found.record["width"] * np.sqrt(rows @ taste.covariance @ rows + taste.spread * noise)
    (chance,) = score_games(found.model, seen, game, {0: taste}).chance
    assert chance == pytest.approx(norm.cdf((expected[3] - expected[7]) / sd), abs=1e-4)
