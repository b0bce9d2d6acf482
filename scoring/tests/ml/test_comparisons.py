"""A rater's comparisons, learned at once: near the exact posterior, the same in any order, one order per screen."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from scoring.ml.data.arrays import Floats
from scoring.ml.taste import comparisons
from scoring.ml.taste.comparisons import ShownGames, learn_choices, match_factors
from scoring.ml.taste.posterior import TastePosterior

AXIS = np.linspace(-5, 5, 121)
GRID = np.stack(np.meshgrid(AXIS, AXIS, indexing="ij"), axis=-1).reshape(-1, 2)


def start() -> TastePosterior:
    """Give a rater of two weights, whose spread is not one."""
    factor = np.array([[1.0, 0.0], [0.3, 0.8]])
    return TastePosterior(mean=np.array([0.3, -0.2]), factor=factor, shape=5.0, rate=6.0)


def pairs(count: int, *, seed: int = 0, size: int = 2, ties: int = 0) -> tuple[Floats, Floats, ShownGames]:
    """Let somebody with a hidden taste choose in pairs of pictures."""
    rng = np.random.default_rng(seed)
    phi, noise = rng.standard_normal((2 * count, size)), rng.uniform(0.2, 1.0, 2 * count)
    value = phi @ np.linspace(1.0, -0.7, size) + np.sqrt(noise) * rng.standard_normal(2 * count)
    one, other = np.arange(0, 2 * count, 2), np.arange(1, 2 * count, 2)
    better = np.where(value[one] > value[other], one, other)
    games = ShownGames(better=better, worse=one + other - better, is_tied=np.arange(count) < ties, screens=count)
    return phi, noise, games


def moments(log_weight: Floats) -> tuple[Floats, Floats]:
    """Integrate over the grid."""
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    mean = weight @ GRID
    return mean, (GRID - mean).T @ ((GRID - mean) * weight[:, None])


def assert_near(found: TastePosterior, mean: Floats, covariance: Floats, *, mean_in_sd: float, sd: float) -> None:
    """Expect means within this share of a standard deviation, and standard deviations within this share of theirs."""
    exact = np.sqrt(np.diag(covariance))
    assert np.abs((found.mean - mean) / exact).max() < mean_in_sd
    assert np.abs(np.sqrt(np.diag(found.covariance)) / exact - 1.0).max() < sd


@pytest.mark.parametrize(("count", "ties"), [(1, 0), (2, 1), (12, 2), (40, 0)])
def test_pairs_give_the_exact_mean_within_a_hundredth_of_its_sd(count: int, ties: int) -> None:
    phi, noise, games = pairs(count, ties=ties)
    difference = games.differences(phi)
    away = GRID @ difference.T / np.sqrt(start().spread * (noise[games.better] + noise[games.worse]))
    said = np.where(games.is_tied, norm.logpdf(away), norm.logcdf(away)).sum(axis=1)
    exact = moments(multivariate_normal(start().mean, start().covariance).logpdf(GRID) + said)
    assert_near(learn_choices(start(), phi, noise, games), *exact, mean_in_sd=0.01, sd=0.03)


def ordered(count: int, size: int, *, seed: int = 3) -> tuple[Floats, Floats, list[list[int]]]:
    """Let somebody put the pictures of each screen in order, the best first."""
    rng = np.random.default_rng(seed)
    phi, noise = rng.standard_normal((count * size, 2)), np.full(count * size, 0.6)
    value = phi @ np.array([1.0, -0.7]) + np.sqrt(noise) * rng.standard_normal(count * size)
    screens = np.arange(count * size).reshape(count, size)
    return phi, noise, [row[np.argsort(-value[row])].tolist() for row in screens]


def best_and_worst(orders: list[list[int]]) -> ShownGames:
    """Give every game that best and worst imply."""
    won = [
        (high, low)
        for best, *middle, worst in orders
        for high, low in [(best, worst), *((best, one) for one in middle), *((one, worst) for one in middle)]
    ]
    better, worse = np.array(won).T
    return ShownGames(better=better, worse=worse, is_tied=np.zeros(len(won), bool), screens=len(orders))


@pytest.mark.parametrize("size", [3, 4])
def test_best_and_worst_of_a_screen_give_the_posterior_of_that_one_event(size: int) -> None:
    """Integrate over the best's and the worst's values: all others lie between them."""
    phi, noise, orders = ordered(6, size)
    sd = np.sqrt(start().spread * noise[0])
    nodes, weights = np.polynomial.hermite_e.hermegauss(24)
    said = np.zeros(len(GRID))
    for best, *middle, worst in orders:
        liked = GRID @ phi.T
        high, low = liked[:, best, None] + sd * nodes, liked[:, worst, None] + sd * nodes
        inside = np.ones((len(GRID), len(nodes), len(nodes)))
        for one in middle:
            upto = norm.cdf((high - liked[:, one, None]) / sd)[:, :, None]
            inside *= np.maximum(upto - norm.cdf((low - liked[:, one, None]) / sd)[:, None, :], 0.0)
        said += np.log(np.einsum("nij,i,j->n", inside, weights, weights) / (2.0 * np.pi) + 1e-300)
    exact = moments(multivariate_normal(start().mean, start().covariance).logpdf(GRID) + said)
    assert_near(learn_choices(start(), phi, noise, best_and_worst(orders)), *exact, mean_in_sd=0.05, sd=0.05)


def test_of_three_pictures_best_and_worst_are_the_order_that_two_games_say() -> None:
    phi, noise, orders = ordered(8, 3)
    games = best_and_worst(orders)
    assert (len(games), len(games.without_implied())) == (24, 16)
    better, worse = np.array([pair for order in orders for pair in pairwise(order)]).T
    chain = ShownGames(better=better, worse=worse, is_tied=np.zeros(16, bool), screens=8)
    one, other = learn_choices(start(), phi, noise, games), learn_choices(start(), phi, noise, chain)
    assert one.mean == pytest.approx(other.mean, abs=1e-5)
    assert one.covariance == pytest.approx(other.covariance, abs=1e-5)


def test_the_posterior_is_the_same_in_any_order_and_for_any_place_on_the_screen() -> None:
    phi, noise, games = pairs(30, size=6, ties=3)
    prior = TastePosterior(mean=np.zeros(6), factor=np.eye(6), shape=5.0, rate=4.0)
    found = learn_choices(prior, phi, noise, games)
    turn = np.random.default_rng(1).permutation(len(games))
    rows = np.random.default_rng(2).permutation(len(phi))
    place = np.argsort(rows)  # where each row of before now stands
    shuffled = replace(
        games, better=place[games.better][turn], worse=place[games.worse][turn], is_tied=games.is_tied[turn]
    )
    again = learn_choices(prior, phi[rows], noise[rows], shuffled)
    assert again.mean == pytest.approx(found.mean, abs=1e-5)
    assert again.covariance == pytest.approx(found.covariance, abs=1e-5)
    turned = replace(
        games,
        better=np.where(games.is_tied, games.worse, games.better),
        worse=np.where(games.is_tied, games.better, games.worse),
    )
    assert learn_choices(prior, phi, noise, turned).mean == pytest.approx(found.mean, abs=1e-5)


def test_choices_leave_the_spread_of_the_scale_and_count_by_screen() -> None:
    phi, noise, orders = ordered(5, 4)
    found = learn_choices(start(), phi, noise, best_and_worst(orders))
    assert (found.shape, found.rate, found.count) == (start().shape, start().rate, 5)


def test_answers_that_contradict_everything_known_stay_finite() -> None:
    sure = TastePosterior(mean=np.array([40.0, 0.0]), factor=0.01 * np.eye(2), shape=5.0, rate=4.0)
    phi = np.tile([[-30.0, 1.0], [30.0, 0.0]], (20, 1))
    games = ShownGames(better=np.arange(0, 40, 2), worse=np.arange(1, 40, 2), is_tied=np.zeros(20, bool), screens=20)
    found = learn_choices(sure, phi, np.full(40, 1e-4), games)
    assert np.isfinite(found.mean).all()
    assert np.linalg.eigvalsh(found.covariance).min() > 0


def test_three_choices_teach_about_as_much_as_two_rated_differences() -> None:
    """A choice between equals holds 2 / pi of a rated difference, so that n pairs are worth 2 n / pi of these."""
    rng = np.random.default_rng(5)
    size, count, errors = 6, 60, []
    for _ in range(30):
        weights = 0.2 * rng.standard_normal(size)
        phi, noise = rng.standard_normal((2 * count, size)), np.ones(2 * count)
        value = phi @ weights + rng.standard_normal(2 * count)
        one, other = np.arange(0, 2 * count, 2), np.arange(1, 2 * count, 2)
        prior = TastePosterior(mean=np.zeros(size), factor=0.2 * np.eye(size), shape=1e6, rate=1e6 - 1)
        better = np.where(value[one] > value[other], one, other)
        games = ShownGames(better=better, worse=one + other - better, is_tied=np.zeros(count, bool), screens=count)
        fewer = round(2 * count / np.pi)
        rated = prior.update_many(
            (phi[one] - phi[other])[:fewer], (value[one] - value[other])[:fewer], np.full(fewer, 2.0)
        )
        chosen = learn_choices(prior, phi, noise, games)
        errors.append([np.square(found.mean - weights).mean() for found in (chosen, rated)])
    by_choice, by_rating = np.mean(errors, axis=0)
    assert by_choice == pytest.approx(by_rating, rel=0.25)


def test_ratings_and_choices_of_a_rater_are_one_taste_that_both_teach() -> None:
    """Let simulated raters rate 12 pictures and choose in pairs, and judge what was learned on other pictures."""
    size, rng = 8, np.random.default_rng(7)
    prior = TastePosterior(mean=np.zeros(size), factor=np.eye(size), shape=1e6, rate=1e6 - 1)
    found: dict[str, list[float]] = {name: [] for name in ("ratings", "10 pairs", "30 pairs", "both")}
    for _ in range(60):
        weights, noise = rng.standard_normal(size), np.full(60, 2.0)
        phi, other = rng.standard_normal((60, size)), rng.standard_normal((200, size))
        value = phi @ weights + np.sqrt(noise) * rng.standard_normal(60)
        one, two = np.arange(0, 60, 2), np.arange(1, 60, 2)
        better = np.where(value[one] > value[two], one, two)
        games = ShownGames(better=better, worse=one + two - better, is_tied=np.zeros(30, bool), screens=30)
        fewer = replace(games, better=better[:10], worse=games.worse[:10], is_tied=games.is_tied[:10], screens=10)
        rated = rng.standard_normal((12, size))
        given = rated @ weights + np.sqrt(2.0) * rng.standard_normal(12)
        ratings = prior.update_many(rated, given, np.full(12, 2.0))
        tastes = {
            "ratings": ratings,
            "10 pairs": learn_choices(prior, phi, noise, fewer),
            "30 pairs": learn_choices(prior, phi, noise, games),
            "both": learn_choices(ratings, phi, noise, games),
        }
        for name, taste in tastes.items():
            found[name].append(float(np.corrcoef(other @ taste.mean, other @ weights)[0, 1]))
    means = {name: np.array(values) for name, values in found.items()}
    for more, less in (("30 pairs", "10 pairs"), ("both", "30 pairs"), ("both", "ratings")):
        gain = means[more] - means[less]
        assert gain.mean() > 2 * gain.std() / np.sqrt(len(gain)), (more, less)


def contradiction(*, noise: float) -> tuple[Floats, Floats, ShownGames]:
    """Say the same of forty pairs both ways, with likings of a sd of about five."""
    rng = np.random.default_rng(5)
    phi = 3.0 * rng.standard_normal((80, 2))
    one, other = np.arange(0, 80, 2), np.arange(1, 80, 2)
    games = ShownGames(
        better=np.concatenate([one, other]),
        worse=np.concatenate([other, one]),
        is_tied=np.zeros(80, bool),
        screens=80,
    )
    return phi, np.full(80, noise), games


def test_choices_that_contradict_each_other_cancel_as_long_as_one_opinion_has_noise() -> None:
    said: list[str] = []
    found = learn_choices(start(), *contradiction(noise=0.5), report=said.append)
    assert said == []
    assert np.abs(found.mean).max() < 0.1


def surprises(seed: int) -> tuple[Floats, Floats]:
    """Expect the contrary of what is answered, with likings that differ by thousands of times the noise."""
    rng = np.random.default_rng(seed)
    count, width = int(rng.integers(5, 120)), int(rng.integers(1, 12))
    phi = rng.standard_normal((2 * count, width)) * 10 ** rng.uniform(-1, 1.5)
    noise = 10 ** rng.uniform(-3, 0.5)
    rows = phi[::2] - phi[1::2]
    covariance = rows @ rows.T + noise * np.eye(count)
    return rng.standard_normal(count) * np.sqrt(np.diag(covariance)) * rng.choice([0, 1, 4]), covariance


@pytest.mark.parametrize("seed", range(20))
def test_surprises_however_great_leave_no_nonsense(seed: int) -> None:
    mean, covariance = surprises(seed)
    value, variance = match_factors(mean, covariance, np.zeros(len(mean), bool), report=lambda _: None)
    assert (variance > 0.0).all()
    assert np.isfinite(value).all()


@pytest.mark.parametrize(
    ("limit", "least", "outcome"), [("SWEEPS", 2, "still moved by"), ("LOST", 1e-9, "are left out")]
)
def test_factors_that_do_not_settle_are_reported(
    monkeypatch: pytest.MonkeyPatch, limit: str, least: float, outcome: str
) -> None:
    monkeypatch.setattr(comparisons, limit, least)
    mean, covariance = surprises(4)
    said: list[str] = []
    _, variance = match_factors(mean, covariance, np.zeros(len(mean), bool), report=said.append)
    (sentence,) = said
    assert outcome in sentence
    assert np.isinf(variance).all() == (outcome == "are left out")
