"""Pairs are chosen by what a choice is expected to teach, with the probability that is recorded."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from scoring.ml.selection.acquisition import AcquisitionSettings, Policy
from scoring.ml.selection.pairs import choose_pair, expected_reduction, expected_share, outcome_of, replay_pairs
from scoring.ml.selection.replay import ReplaySession
from scoring.tests.ml.test_acquisition import make_model, make_pool, make_request

POLICIES: list[Policy] = ["active", "random"]


def test_an_open_choice_takes_two_thirds_of_what_a_rating_would_and_a_sure_one_nothing() -> None:
    # N(0)^2 / (Phi(0) Phi(0)) = (1 / 2 pi) / (1 / 4) = 2 / pi
    assert expected_share(np.array([0.0])) == pytest.approx([2 / np.pi])
    # N(1) = 0.24197, Phi(1) = 0.84134: 0.058550 / (0.84134 * 0.15866)
    assert expected_share(np.array([1.0, -1.0])) == pytest.approx([0.43862, 0.43862], abs=1e-4)
    assert expected_share(np.array([40.0]))[0] == pytest.approx(0.0, abs=1e-12)


def test_of_two_images_alike_nothing_is_expected() -> None:
    request = make_request(pool=6)
    twins = request.candidates.take(np.array([0, 0, 3]))
    found = expected_reduction(replace(request, candidates=twins), np.array([[0, 1], [0, 2]]), np.random.default_rng(0))
    assert found[0] == pytest.approx(0.0, abs=1e-12)
    assert found[1] > 0


@pytest.mark.parametrize("policy", POLICIES)
def test_pairs_come_as_often_as_their_propensity_says_and_none_that_was_asked(policy: Policy) -> None:
    request = replace(make_request(pool=4), settings=AcquisitionSettings(temperature=0.5))
    asked, draws = np.array([[0, 2]]), 3000
    counts: Counter[tuple[int, int]] = Counter()
    recorded: dict[tuple[int, int], float] = {}
    for seed in range(draws):
        found = choose_pair(policy, request, asked, np.random.default_rng(seed))
        assert found is not None
        counts[found.rows] += 1
        recorded[found.rows] = found.propensity
    assert set(counts) == {(0, 1), (0, 3), (1, 2), (1, 3), (2, 3)}
    assert sum(recorded.values()) == pytest.approx(1.0)
    for pair, count in counts.items():
        assert count / draws == pytest.approx(recorded[pair], abs=4 * np.sqrt(0.25 / draws))


def test_nothing_is_left_once_every_pair_was_asked() -> None:
    request = make_request(pool=3)
    every = np.array([[0, 1], [0, 2], [1, 2]])
    assert choose_pair("active", request, every, np.random.default_rng(0)) is None


def test_chosen_pairs_teach_more_of_a_taste_than_random_ones() -> None:
    """Give raters drawn from the prior 20 comparisons of 60 images each, and rank 60 others by what was learned."""
    model, pool = make_model(16), make_pool(120, size=16)
    seen, target = np.arange(60), np.arange(60, 120)
    gains = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        weights = model.prior().mean + model.head.factor @ rng.standard_normal(18)
        liking = model.design(pool) @ weights
        sitting = ReplaySession(taste=model.prior(), images=seen, values=liking[seen], query=target)
        right = []
        for policy in POLICIES:
            found = replay_pairs(model, pool, sitting, policy=policy, budget=20, rng=np.random.default_rng(seed))
            right.append(np.corrcoef(found.predictions[-1].mean, liking[target])[0, 1])
        gains.append(right[0] - right[1])
    assert np.mean(gains) > 2 * np.std(gains) / np.sqrt(len(gains))


def test_the_higher_rating_is_preferred_and_equal_ones_tie() -> None:
    assert [outcome_of(*pair) for pair in ((0.2, 0.1), (0.1, 0.2), (0.5, 0.5))] == ["first", "second", "tie"]
