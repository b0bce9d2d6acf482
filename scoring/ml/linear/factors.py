"""Give a model collaborative factors: what others who rated an image tell of its appeal to one rater.

Each factor is a value per image like the consensus: a regression on features, so that an image
nobody has rated has factors as well, and the opinions that have been given of it. A factor model
whose factors are regressed on features: Agarwal & Chen 2009 (RLFM).
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scoring.ml.data.arrays import Floats, Ints
from scoring.ml.linear.backbone import Impression, Regression, fit_regression
from scoring.ml.linear.factor_fit import (
    TINY,
    Marks,
    State,
    Table,
    begin,
    free_round,
    improved_raters,
    keep_known,
    raters_given_images,
    said_of_images,
    with_noise,
    without_own,
)
from scoring.ml.linear.fit import Draft
from scoring.ml.linear.variance_components import Problem, fit_components
from scoring.ml.taste.prior import Evidence

MOST_RATINGS = 1_000_000  # that factors are learned from
FREE_ROUNDS = 20  # before factors are regressed on features
TIED_ROUNDS = 6
COMPONENT_IMAGES = 500  # images that the variances of a regression are estimated on


def with_factors(draft: Draft, learners: Ints | None = None) -> Draft | None:
    """Add factors learned from all raters or those at these places; None where nothing divides them beyond chance."""
    learners = np.arange(len(draft.raters)) if learners is None else learners
    rater = np.repeat(np.arange(len(draft.raters)), np.diff(draft.evidence.edges))
    image = np.searchsorted(draft.ground.rated, draft.evidence.phi.image)
    used = np.isin(rater, _some(learners, draft.evidence))
    table = _table(draft, rater, image, used)
    state = _free(table, draft.head.noise)
    if state is None:
        return None
    x, _ = draft.backbone.division.apply(draft.ground.of_images.take(draft.ground.rated))
    state, regressions = _tied(table, state, x)
    rows, variance = state.marks.mean[image], state.marks.variance[image].sum(axis=1)
    rows[used], variance[used] = without_own(table, state)
    keys = [draft.ground.snapshot.images.keys[row] for row in draft.ground.rated]
    return _widened(draft, _impressions(regressions, state.marks, keys), rows, variance)


def _widened(draft: Draft, factors: tuple[Impression, ...], rows: Floats, variance: Floats) -> Draft:
    """Put the factors beside z; of the prior, likings for them are independent and have variance one."""
    head, count, width = draft.head, len(draft.head.mean), rows.shape[1]
    factor = np.eye(count + width)
    factor[:count, :count] = head.factor
    evidence = draft.evidence
    return replace(
        draft,
        backbone=replace(draft.backbone, factors=factors),
        head=replace(head, mean=np.concatenate([head.mean, np.zeros(width)]), factor=factor),
        evidence=replace(evidence, phi=replace(evidence.phi, factors=rows), extra=evidence.extra + variance),
    )


def _some(learners: Ints, evidence: Evidence) -> Ints:
    """Return as many of these raters, spread evenly, as have MOST_RATINGS ratings."""
    share = MOST_RATINGS / max(int(np.diff(evidence.edges)[learners].sum()), 1)
    if share >= 1.0:
        return learners
    return np.asarray(learners[np.linspace(0, len(learners) - 1, max(int(share * len(learners)), 1)).astype(int)])


def _table(draft: Draft, rater: Ints, image: Ints, used: NDArray[np.bool_]) -> Table:
    evidence = draft.evidence
    return Table(
        rater=rater[used],
        image=image[used],
        value=evidence.value[used],
        level=np.column_stack([np.ones(int(used.sum())), evidence.phi.centred[used]]),
        extra=evidence.extra[used],
        weight=evidence.weight[used],
        raters=len(draft.raters),
        images=len(draft.ground.rated),
        prior_mean=draft.head.mean[:2],
        prior_covariance=(draft.head.factor @ draft.head.factor.T)[:2, :2],
    )


def _free(table: Table, noise: float) -> State | None:
    state = begin(table, noise=noise)
    if state is None:
        return None
    for _ in range(FREE_ROUNDS):
        state = free_round(table, state)
    return keep_known(state)


@dataclass(frozen=True, kw_only=True)
class _Tie:
    """Hold how much of one factor the features tell, as a share of what they tell of taste, and what they do not."""

    gain: float
    image_variance: float

    @classmethod
    def estimate(cls, likeness: Floats, value: Floats, variance: Floats) -> "_Tie":
        """Estimate both by marginal likelihood; likeness (n, n), value and its variance (n,)."""
        kernels = np.array([likeness, np.eye(len(value))])
        spread = max(float(value.var() - variance.mean()), 1e-6) / 2
        start = np.array([spread / likeness.trace() * len(value), spread])
        found = fit_components([Problem(kernels=kernels, residual=value, fixed=variance)], start).variances
        return cls(gain=float(found[0]), image_variance=max(float(found[1]), TINY))

    def fit(self, x: Floats, value: Floats, variance: Floats) -> Regression:
        """Regress what is said of the factor."""
        return fit_regression(x, value, variance, image_variance=self.image_variance, gain=self.gain)


def _tied(table: Table, state: State, x: Floats) -> tuple[State, list[Regression]]:
    """Go on with a regression on features, x (images, m), as each factor's prior mean."""
    state = improved_raters(table, state)
    value, variance = said_of_images(table, state).alone(state.marks.mean)
    rows = np.random.default_rng(0).permutation(len(x))[:COMPONENT_IMAGES]
    likeness = x[rows] @ x[rows].T
    ties = [_Tie.estimate(likeness, *pair) for pair in zip(value[rows].T, variance[rows].T, strict=True)]
    unexplained = np.array([tie.image_variance for tie in ties])
    for _ in range(TIED_ROUNDS):
        state = with_noise(table, state)
        state = replace(state, likings=raters_given_images(table, state.marks, state.noise))
        said = said_of_images(table, state)
        value, variance = said.alone(state.marks.mean)
        found = [tie.fit(x, *pair) for tie, *pair in zip(ties, value.T, variance.T, strict=True)]
        expected = np.column_stack([regression.explain(x)[0] for regression in found])
        state = replace(state, marks=said.with_prior(expected, unexplained))
    return state, found


def _impressions(found: list[Regression], marks: Marks, keys: list[str]) -> tuple[Impression, ...]:
    """Put the factors in the form of a backbone."""
    return tuple(
        Impression(
            regression=regression,
            seen=dict(zip(keys, zip(mean.tolist(), variance.tolist(), strict=True), strict=True)),
        )
        for regression, mean, variance in zip(found, marks.mean.T, marks.variance.T, strict=True)
    )
