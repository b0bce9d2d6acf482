"""The joint posterior: it is that of one great Gaussian, its approximation is near, and online learning agrees."""

import numpy as np
import pytest

from scoring.ml.data.arrays import Floats, Ints
from scoring.ml.taste.marginal_likelihood import (
    ConsensusPrior,
    JointConsensus,
    Observations,
    joint_consensus,
    rater_posteriors,
)
from scoring.ml.taste.posterior import TastePosterior
from scoring.ml.taste.prior import DesignRows, Evidence

IMAGES, WIDTH, TASTES, NOISE = 30, 6, 3, 0.04  # a rating differs by 0.2 from one day to the next


def make_prior() -> ConsensusPrior:
    rng = np.random.default_rng(0)
    return ConsensusPrior(x=0.1 * rng.standard_normal((IMAGES, WIDTH)), tau=np.full(IMAGES, 0.004))


def make_statements(prior: ConsensusPrior, rated: list[Ints]) -> Observations:
    """Draw ratings of these images, by raters who follow the consensus and differ in their scale's spread."""
    rng = np.random.default_rng(1)
    consensus = prior.x @ rng.standard_normal(WIDTH) + np.sqrt(prior.tau) * rng.standard_normal(IMAGES)
    z, image = 0.2 * np.random.default_rng(2).standard_normal((IMAGES, TASTES)), np.concatenate(rated)
    rater = np.repeat(np.arange(len(rated)), [len(rows) for rows in rated])
    likings = rng.standard_normal((len(rated), TASTES))
    value = consensus[image] + (likings[rater] * z[image]).sum(axis=1) + 0.2 * rng.standard_normal(len(image))
    none = np.zeros((len(image), 0))
    return Observations(
        evidence=Evidence(
            phi=DesignRows(z=z, image=image, centred=0.1 * consensus[image], factors=none),
            value=value,
            extra=np.full(len(image), 0.01),
            weight=np.where(image % 2, 1.0, 0.5),
            edges=np.cumsum([0, *(len(rows) for rows in rated)]),
        ),
        image=image,
        noise=NOISE,
        factor=np.diag([0.2, 0.3, *np.ones(TASTES)]),
        spread=np.linspace(0.5, 2.0, len(rated)),
        follow=np.linspace(0.6, 1.4, len(rated)),
    )


def dealt(raters: int, each: int) -> list[Ints]:
    rng = np.random.default_rng(3)
    return [np.sort(rng.permutation(IMAGES - 5)[:each]) for _ in range(raters)]  # five images nobody has rated


def by_hand(prior: ConsensusPrior, said: Observations) -> tuple[Floats, Floats, list[Floats]]:
    """Condition one Gaussian over all ratings: E[c], Var[c] and each rater's E[b]."""
    kernel = prior.x @ prior.x.T + np.diag(prior.tau)
    own = np.zeros((len(said.image),) * 2)
    follow = np.zeros(len(said.image))
    for rows, spread, follows in said.raters():
        phi = said.evidence.phi[rows] @ said.factor
        own[rows, rows] = spread * (phi @ phi.T + np.diag(said.noise_of(rows)))
        follow[rows] = follows
    shared = kernel[:, said.image] * follow  # covariance of c and the ratings
    total = (follow[:, None] * kernel[np.ix_(said.image, said.image)] * follow) + own
    solved = np.linalg.solve(total, said.evidence.value)
    tastes = []
    for rows, spread, _ in said.raters():
        phi = said.evidence.phi[rows]
        tastes.append(spread * said.factor @ said.factor.T @ phi.T @ solved[rows])
    return shared @ solved, np.diag(kernel - shared @ np.linalg.solve(total, shared.T)), tastes


def test_the_posterior_is_that_of_one_gaussian_over_all_ratings() -> None:
    prior = make_prior()
    said = make_statements(prior, dealt(raters=4, each=12))
    mean, variance, tastes = by_hand(prior, said)
    found = joint_consensus(prior, said, size=WIDTH)
    assert found.mean == pytest.approx(mean, abs=1e-8)
    assert found.variance == pytest.approx(variance, abs=1e-8)
    for person, taste in zip(rater_posteriors(found, said), tastes, strict=True):
        assert person.mean == pytest.approx(taste, abs=1e-8)
    unrated = slice(IMAGES - 5, IMAGES)
    assert prior.x[unrated] @ found.weights == pytest.approx(mean[unrated], abs=1e-8)
    assert prior.x[unrated] @ found.directions == pytest.approx(found.reach[unrated], abs=1e-6)


def test_the_approximation_for_many_images_is_near_the_exact_posterior() -> None:
    prior = make_prior()
    said = make_statements(prior, dealt(raters=12, each=18))
    exact, near = (joint_consensus(prior, said, size=WIDTH, most_exact=most) for most in (IMAGES, 0))
    assert np.corrcoef(exact.mean, near.mean)[0, 1] > 0.995
    assert near.mean == pytest.approx(exact.mean, abs=0.03)
    assert np.sqrt(near.variance) == pytest.approx(np.sqrt(exact.variance), abs=0.02)
    tastes = (np.array([person.mean for person in rater_posteriors(found, said)]) for found in (exact, near))
    assert next(tastes) == pytest.approx(next(tastes), abs=0.1)


def online(found: JointConsensus, said: Observations, mine: slice) -> TastePosterior:
    """Learn a rater's ratings one by one, knowing of the others only what their fit left."""
    size, unknown = len(said.factor), found.reach.shape[1]
    factor = np.eye(size + unknown)
    factor[:size, :size] = said.factor
    taste = TastePosterior(mean=np.zeros(size + unknown), factor=factor, shape=1e9, rate=1e9)
    for row in range(mine.start, mine.stop):
        image, own = said.image[row], said.evidence.phi[slice(row, row + 1)][0]
        rest = float(found.variance[image] - np.square(found.reach[image]).sum())
        noise = float(said.noise_of(slice(row, row + 1))[0]) + rest
        value = float(said.evidence.value[row] - found.mean[image])
        taste = taste.update(np.concatenate([own, found.reach[image]]), value, noise)
    return taste


@pytest.mark.parametrize(("size", "tolerance"), [(WIDTH, 0.004), (3, 0.03)])
def test_learning_a_new_rater_online_agrees_with_the_joint_posterior_of_the_same_data(
    size: int, tolerance: float
) -> None:
    prior, rated = make_prior(), [*dealt(raters=6, each=12), np.arange(10, 25)]
    everybody = make_statements(prior, rated)
    everybody = Observations(
        **{**vars(everybody), "spread": np.ones(len(rated)), "follow": np.ones(len(rated))}  # as of somebody new
    )
    count = len(rated[-1])
    mine = slice(len(everybody.image) - count, len(everybody.image))
    others = Observations(
        evidence=everybody.evidence.of(np.arange(6)),
        image=everybody.image[: mine.start],
        noise=NOISE,
        factor=everybody.factor,
        spread=np.ones(6),
        follow=np.ones(6),
    )
    joint = joint_consensus(prior, everybody, size=size)
    *_, last = rater_posteriors(joint, everybody)
    own = last.mean
    before = joint_consensus(prior, others, size=size)
    taste = online(before, everybody, mine)
    unrated = np.arange(IMAGES - 5, IMAGES)
    phi = DesignRows(z=everybody.evidence.phi.z, image=unrated, centred=np.zeros(5), factors=np.zeros((5, 0)))[
        slice(0, 5)
    ]
    found = before.mean[unrated] + np.column_stack([phi, before.reach[unrated]]) @ taste.mean
    assert found == pytest.approx(joint.mean[unrated] + phi @ own, abs=tolerance)
