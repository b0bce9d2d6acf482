"""Comparisons are chosen by what an answer is expected to teach, with the probability that is recorded."""

import numpy as np
import pytest
from scipy.stats import norm

from scoring.ml.data.arrays import Ints
from scoring.ml.selection.acquisition import AcquisitionSettings, Policy
from scoring.ml.selection.comparison_replay import games_among, possible_sets, replay_comparisons
from scoring.ml.selection.comparisons import (
    ComparisonRequest,
    ExpectedLearning,
    choose_comparisons,
    expected_share,
    spread_by_answer,
)
from scoring.ml.selection.replay import ReplaySession
from scoring.ml.taste.comparisons import ShownGames
from scoring.tests.ml.test_acquisition import make_model, make_pool

POLICIES: list[Policy] = ["active", "random"]


def make_comparisons(sets: Ints, *, images: int = 6, count: int = 1, **settings: float) -> ComparisonRequest:
    model = make_model()
    return ComparisonRequest(
        model=model,
        taste=model.prior(),
        images=make_pool(images),
        sets=sets,
        count=count,
        settings=AcquisitionSettings(**settings),  # type: ignore[arg-type]
    )


def test_an_open_choice_takes_two_thirds_of_what_a_rating_would_and_a_sure_one_nothing() -> None:
    # N(0)^2 / (Phi(0) Phi(0)) = (1 / 2 pi) / (1 / 4) = 2 / pi
    assert expected_share(np.array([0.0])) == pytest.approx([2 / np.pi])
    # N(1) = 0.24197, Phi(1) = 0.84134: 0.058550 / (0.84134 * 0.15866)
    assert expected_share(np.array([1.0, -1.0])) == pytest.approx([0.43862, 0.43862], abs=1e-4)
    assert expected_share(np.array([40.0]))[0] == pytest.approx(0.0, abs=1e-12)


def test_what_answers_tell_of_three_alike_is_the_spread_of_their_order_statistics() -> None:
    """Of three independent standard values the highest is expected at 3 / (2 sqrt(pi)) = 0.84628, the lowest at minus.

    Each value is the best, the worst or between with a chance of a third: variance 2 / 3 * 0.84628^2 = 0.47746; two of
    them have -0.47746 / 2, since the three add up to zero.
    """
    draws = np.random.default_rng(0).standard_normal((200_000, 3))
    (spread,) = spread_by_answer(np.zeros((1, 3)), np.eye(3)[None], draws)
    assert np.diag(spread) == pytest.approx([0.47746] * 3, abs=0.01)
    assert spread[0, 1] == pytest.approx(-0.23873, abs=0.01)


def test_draws_of_two_come_to_the_closed_form() -> None:
    mean, covariance = np.array([[0.3, -0.2]]), np.array([[[0.5, 0.1], [0.1, 0.8]]])
    (spread,) = spread_by_answer(mean, covariance, np.zeros((2, 2)))
    values = np.random.default_rng(0).multivariate_normal(mean[0], covariance[0], 400_000)
    first = values[:, 0] > values[:, 1]
    centres = np.array([values[first].mean(axis=0), values[~first].mean(axis=0)]) - values.mean(axis=0)
    share = np.array([first.mean(), 1 - first.mean()])
    assert spread == pytest.approx((centres * share[:, None]).T @ centres, abs=0.003)


def test_the_expected_reduction_is_what_the_answers_then_bring_on_average() -> None:
    """Let each answer to a pair happen as often as the model expects, learn it, and look at the mean covariance."""
    request = make_comparisons(np.array([[0, 1]]))
    model, taste = request.model, request.taste
    scorer = ExpectedLearning(request, np.array([0]), np.random.default_rng(0))
    (score,) = scorer.scores()
    phi, noise = model.design(request.images), model.noise(request.images)
    difference = phi[0] - phi[1]
    total = taste.spread * (difference @ taste.factor @ taste.factor.T @ difference + noise[0] + noise[1])
    away = difference @ taste.mean / np.sqrt(total)
    pair = request.images.take(np.array([0, 1]))
    moments = difference[:, None] * difference / 4  # of two rows about their mean
    left = 0.0
    for better in (0, 1):
        games = ShownGames(
            better=np.array([better]), worse=np.array([1 - better]), is_tied=np.array([False]), screens=1
        )
        after = model.learn_choices(taste, pair, games)
        chance = norm.cdf(away if better == 0 else -away)
        left += chance * np.trace(moments @ after.covariance)
    assert np.trace(moments @ taste.covariance) - left == pytest.approx(score, rel=1e-4)


def test_of_two_images_alike_nothing_is_expected_and_of_four_more_than_of_two_of_them() -> None:
    request = make_comparisons(np.array([[0, 1, -1, -1], [0, 2, -1, -1], [0, 2, 3, 4]]))
    twins = request.images.take(np.array([0, 0, 2, 3, 4]))
    scorer = ExpectedLearning(
        ComparisonRequest(
            model=request.model, taste=request.taste, images=twins, sets=request.sets, count=1, target=request.images
        ),
        np.arange(3),
        np.random.default_rng(0),
    )
    same, pair, four = scorer.scores()
    assert same == pytest.approx(0.0, abs=1e-12)
    assert four > pair > 0


def test_a_second_look_at_what_was_chosen_is_expected_to_teach_less() -> None:
    scorer = ExpectedLearning(
        make_comparisons(np.array([[0, 1], [0, 1], [2, 3]])), np.arange(3), np.random.default_rng(0)
    )
    before = scorer.scores()
    scorer.learn(0)
    after = scorer.scores()
    assert after[1] < 0.8 * before[1]
    assert scorer.open.tolist() == [False, True, True]


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("size", [2, 3])
def test_weighed_by_their_propensities_all_comparisons_come_equally_often(policy: Policy, size: int) -> None:
    sets = possible_sets(4, size, np.random.default_rng(0))
    request, draws = make_comparisons(sets, images=4, temperature=0.5), 1000
    weights = np.zeros(len(sets))
    for seed in range(draws):
        (found,) = choose_comparisons(policy, request, np.random.default_rng(seed))
        weights[found.row] += 1 / found.propensity
    for row in range(len(sets)):
        assert weights[row] / draws == pytest.approx(1.0, abs=4 * np.sqrt(9 / draws))


def test_a_batch_holds_each_comparison_once_and_no_more_than_there_are() -> None:
    found = choose_comparisons(
        "active", make_comparisons(possible_sets(4, 2, np.random.default_rng(0)), count=9), np.random.default_rng(0)
    )
    assert sorted(one.row for one in found) == list(range(6))
    assert all(0 < one.propensity <= 1 for one in found)
    assert choose_comparisons("active", make_comparisons(np.zeros((0, 2), np.int64)), np.random.default_rng(0)) == []


@pytest.mark.parametrize("size", [2, 4])
def test_chosen_comparisons_leave_less_uncertain_than_random_ones(size: int) -> None:
    """Give raters drawn from the prior 8 comparisons among 24 images, and predict 24 others by what was learned."""
    model, pool = make_model(8), make_pool(48, size=8)
    seen, target = np.arange(24), np.arange(24, 48)
    gains = []
    for seed in range(10):
        weights = model.prior().mean + model.head.factor @ np.random.default_rng(seed).standard_normal(10)
        liking = model.design(pool) @ weights
        sitting = ReplaySession(taste=model.prior(), images=seen, values=liking[seen], query=target, at_once=size)
        left = []
        for policy in POLICIES:
            found = replay_comparisons(model, pool, sitting, policy=policy, budget=8, rng=np.random.default_rng(seed))
            assert found.images.shape == (8, size)
            left.append(np.square(found.predictions[-1].sd).mean())
        gains.append(left[1] - left[0])
    assert np.mean(gains) > 3 * np.std(gains) / np.sqrt(len(gains))


def test_the_higher_rating_is_preferred_equal_ones_of_two_tie_and_of_more_a_draw_decides() -> None:
    rng = np.random.default_rng(0)
    pairs = ((0.2, 0.1), (0.1, 0.2), (0.5, 0.5))
    assert [games_among(np.array(pair), rng) for pair in pairs] == [[(0, 1, False)], [(1, 0, False)], [(0, 1, True)]]
    assert games_among(np.array([0.5, 0.9, 0.1]), rng) == [(1, 0, False), (0, 2, False)]
    bests = {games_among(np.array([0.9, 0.9, 0.1, 0.2]), rng)[0][0] for _ in range(20)}
    assert bests == {0, 1}


def test_of_many_possible_sets_some_are_drawn_none_of_them_twice() -> None:
    assert len(possible_sets(10, 4, np.random.default_rng(0))) == 210
    drawn = possible_sets(60, 4, np.random.default_rng(0))
    assert len({tuple(one) for one in drawn.tolist()}) == len(drawn) > 9_000
    assert all(len(set(one)) == 4 for one in drawn.tolist())
