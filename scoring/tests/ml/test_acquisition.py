"""Selection: recorded probabilities are the true ones, and choices teach what they promise."""

import time
from dataclasses import replace

import numpy as np
import pytest

from scoring.ml.data.arrays import Floats, Images
from scoring.ml.reward import RepresentedImages, RewardModel, Shares
from scoring.ml.selection.acquisition import AcquisitionRequest, AcquisitionSettings, Policy, choose
from scoring.ml.taste.head import TasteHead

POLICIES: list[Policy] = ["random", "active", "burn-in"]


class NoBackbone:
    """Stand in for a backbone where representations are given."""

    def represent(self, images: Images) -> RepresentedImages:
        raise AssertionError(f"nobody should ask for {len(images)} images here")

    def share(self, images: Images, weights: Floats) -> Shares:
        raise AssertionError(f"nobody should ask about {len(images)} images and {len(weights)} weights here")


def make_model(size: int = 4) -> RewardModel:
    head = TasteHead(
        mean=np.array([0.5, 1.0, *np.zeros(size)]),
        factor=np.diag([0.2, 0.2, *np.ones(size)]),
        noise=0.04,
        shape=10.0,
        offset=0.5,
    )
    return RewardModel(encoder_key="none", backbone=NoBackbone(), head=head)


def make_pool(count: int, *, size: int = 4, seed: int = 0) -> RepresentedImages:
    rng = np.random.default_rng(seed)
    return RepresentedImages(
        z=0.2 * rng.standard_normal((count, size)),
        consensus=rng.uniform(0.2, 0.8, count),
        variance=np.full(count, 0.01),
    )


def make_request(count: int = 3, pool: int = 8, **settings: float) -> AcquisitionRequest:
    model = make_model()
    return AcquisitionRequest(
        model=model,
        taste=model.prior(),
        candidates=make_pool(pool),
        count=count,
        settings=AcquisitionSettings(**settings),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("policy", POLICIES)
def test_a_batch_has_no_image_twice_and_every_propensity_is_a_probability(policy: Policy) -> None:
    found = choose(policy, make_request(count=20, pool=50), np.random.default_rng(0))
    assert len({choice.row for choice in found}) == 20
    assert all(0 < choice.propensity <= 1 for choice in found)


@pytest.mark.parametrize("policy", POLICIES)
def test_the_same_seed_chooses_the_same(policy: Policy) -> None:
    request = make_request(count=5, pool=50)
    first, second = (choose(policy, request, np.random.default_rng(7)) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("policy", POLICIES)
def test_images_come_as_often_as_their_recorded_propensity_says(policy: Policy) -> None:
    request = make_request(count=1, pool=8, temperature=0.5)
    draws = 4000
    counts, recorded = np.zeros(8), np.zeros(8)
    for seed in range(draws):
        (choice,) = choose(policy, request, np.random.default_rng(seed))
        counts[choice.row] += 1
        recorded[choice.row] += choice.propensity
    seen = counts > 0
    mean = recorded[seen] / counts[seen]
    # the target sample is the whole pool, so propensities do not vary between seeds
    assert counts[seen] / draws == pytest.approx(mean, abs=4 * np.sqrt(0.25 / draws))
    assert mean.sum() == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("policy", POLICIES)
def test_inverse_propensities_estimate_a_total_over_a_pool_too_large_to_look_at(policy: Policy) -> None:
    model = make_model()
    pool = make_pool(300)
    worth = np.random.default_rng(5).uniform(1, 2, 300)
    request = AcquisitionRequest(
        model=model,
        taste=model.prior(),
        candidates=pool,
        count=1,
        settings=AcquisitionSettings(pool=60, target=50, floor=0.5, temperature=1.0),
    )
    estimates = []
    for seed in range(3000):
        (choice,) = choose(policy, request, np.random.default_rng(seed))
        estimates.append(worth[choice.row] / choice.propensity)
    error = 4 * np.std(estimates) / np.sqrt(len(estimates))
    assert np.mean(estimates) == pytest.approx(worth.sum(), abs=error)


def test_active_choice_shrinks_what_is_unknown_of_the_target_faster_than_chance() -> None:
    model = make_model(16)
    pool = make_pool(400, size=16)

    def unknown(policy: Policy) -> float:
        request = AcquisitionRequest(model=model, taste=model.prior(), candidates=pool, count=20)
        rows = np.array([choice.row for choice in choose(policy, request, np.random.default_rng(1))])
        chosen = pool.take(rows)
        taste = model.posterior(chosen, model.design(chosen) @ model.prior().mean)
        phi = model.design(pool)
        return float(np.square((phi - phi.mean(axis=0)) @ taste.factor).sum())

    assert unknown("active") < 0.95 * unknown("random")


def test_a_single_burn_in_image_is_far_from_those_rated_and_not_what_active_choice_would_ask() -> None:
    request = make_request(count=1, pool=40, floor=0.0, temperature=1e-3)
    first = request.candidates.take(np.array([3]))
    later = replace(request, rated=first)
    (burn,), (active,) = (choose(policy, later, np.random.default_rng(0)) for policy in ("burn-in", "active"))
    z = request.candidates.z / np.linalg.norm(request.candidates.z, axis=1, keepdims=True)
    assert burn.row != active.row
    assert z[burn.row] @ z[3] < np.median(z @ z[3])


def test_burn_in_learns_how_high_a_rater_rates_where_active_choice_does_not_care() -> None:
    model, pool = make_model(), make_pool(200)
    flat = replace(pool, z=np.zeros_like(pool.z), consensus=np.full(200, 0.5), variance=np.full(200, 0.01))
    request = AcquisitionRequest(model=model, taste=model.prior(), candidates=flat, count=1)
    (burn,), (active,) = (choose(policy, request, np.random.default_rng(0)) for policy in ("burn-in", "active"))
    assert burn.score > 0.01
    assert active.score == pytest.approx(0.0, abs=1e-12)


def test_exploration_is_small_while_a_rater_is_new_and_rises_to_what_the_study_says() -> None:
    settings = AcquisitionSettings(floor=0.2, temperature=0.05)
    early, later, late = (settings.for_rater(known) for known in (0, 40, 50))
    assert [early.floor, early.temperature] == pytest.approx([0.02, 0.005])
    assert [later.floor, later.temperature] == pytest.approx([0.12, 0.03])  # 40 / 25 - 1 = 0.6
    assert late == settings


def test_near_duplicates_of_queued_images_are_left_alone() -> None:
    request = make_request(count=1, pool=6)
    twins = AcquisitionRequest(
        model=request.model,
        taste=request.taste,
        candidates=request.candidates,
        count=1,
        taken=request.candidates.take(np.array([0, 1, 2, 3, 4])),
    )
    rows = {choose("active", twins, np.random.default_rng(seed))[0].row for seed in range(50)}
    assert rows == {5}


@pytest.mark.parametrize("policy", POLICIES)
def test_an_empty_pool_gives_an_empty_batch_and_a_small_one_all_it_has(policy: Policy) -> None:
    assert choose(policy, make_request(count=3, pool=0), np.random.default_rng(0)) == []
    assert len(choose(policy, make_request(count=9, pool=4), np.random.default_rng(0))) == 4


def test_the_time_for_fifty_does_not_grow_with_the_pool() -> None:
    def seconds(size: int) -> float:
        request = make_request(count=50, pool=size)
        start = time.process_time()
        for seed in range(3):
            choose("active", request, np.random.default_rng(seed))
        return time.process_time() - start

    seconds(5000)  # warm caches
    assert seconds(200_000) < 3 * seconds(5000) + 0.1
