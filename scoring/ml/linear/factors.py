"""Give a model collaborative factors: what the ratings of others predict of its appeal to one rater.

Each factor is a value per image like the consensus: a regression on features, so that an image
without ratings has factors as well, and its ratings where there are any. A factor model
whose factors are regressed on features: Agarwal & Chen 2009 (RLFM).
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scoring.ml.data.arrays import Floats, Ints
from scoring.ml.linear.backbone import Impression, Regression, fit_regression
from scoring.ml.linear.factor_fit import (
    TINY,
    FactorRatings,
    FactorState,
    ImageFactors,
    image_evidence,
    improved_raters,
    improved_state,
    initial_state,
    leave_one_out,
    rater_posteriors,
    supported_factors,
    with_noise,
)
from scoring.ml.linear.fit import LinearDraft
from scoring.ml.linear.variance_components import Problem, fit_components
from scoring.ml.taste.prior import Evidence

MOST_RATINGS = 1_000_000  # that factors are learned from
FREE_ROUNDS = 20  # before factors are regressed on features
REGRESSION_ROUNDS = 6
COMPONENT_IMAGES = 500  # images that the variances of a regression are estimated on


def with_factors(draft: LinearDraft, learners: Ints | None = None) -> LinearDraft | None:
    """Add factors learned from all raters or those at these places; None where nothing divides them beyond chance."""
    learners = np.arange(len(draft.raters)) if learners is None else learners
    rater = np.repeat(np.arange(len(draft.raters)), np.diff(draft.evidence.edges))
    image = np.searchsorted(draft.ground.rated, draft.evidence.phi.image)
    used = np.isin(rater, _raters_within_limit(learners, draft.evidence))
    table = _table(draft, rater, image, used)
    state = _initial_factors(table, draft.head.noise)
    if state is None:
        return None
    x, _ = draft.backbone.division.apply(draft.ground.of_images.take(draft.ground.rated))
    state, regressions = _regressed_on_features(table, state, x)
    rows, variance = state.image_factors.mean[image], state.image_factors.variance[image].sum(axis=1)
    rows[used], variance[used] = leave_one_out(table, state)
    keys = [draft.ground.snapshot.images.keys[row] for row in draft.ground.rated]
    return _with_factor_columns(draft, _impressions(regressions, state.image_factors, keys), rows, variance)


def _with_factor_columns(
    draft: LinearDraft, factors: tuple[Impression, ...], rows: Floats, variance: Floats
) -> LinearDraft:
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


def _raters_within_limit(learners: Ints, evidence: Evidence) -> Ints:
    """Return as many of these raters, spread evenly, as have MOST_RATINGS ratings."""
    share = MOST_RATINGS / max(int(np.diff(evidence.edges)[learners].sum()), 1)
    if share >= 1.0:
        return learners
    return np.asarray(learners[np.linspace(0, len(learners) - 1, max(int(share * len(learners)), 1)).astype(int)])


def _table(draft: LinearDraft, rater: Ints, image: Ints, used: NDArray[np.bool_]) -> FactorRatings:
    evidence = draft.evidence
    return FactorRatings(
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


def _initial_factors(table: FactorRatings, noise: float) -> FactorState | None:
    state = initial_state(table, noise=noise)
    if state is None:
        return None
    for _ in range(FREE_ROUNDS):
        state = improved_state(table, state)
    return supported_factors(state)


@dataclass(frozen=True, kw_only=True)
class _FactorRegression:
    """Hold how much of one factor the features explain, as a share of what they explain of taste, and the rest."""

    gain: float
    image_variance: float

    @classmethod
    def estimate(cls, likeness: Floats, value: Floats, variance: Floats) -> "_FactorRegression":
        """Estimate both by marginal likelihood; likeness (n, n), value and its variance (n,)."""
        kernels = np.array([likeness, np.eye(len(value))])
        spread = max(float(value.var() - variance.mean()), 1e-6) / 2
        start = np.array([spread / likeness.trace() * len(value), spread])
        found = fit_components([Problem(kernels=kernels, residual=value, fixed=variance)], start).variances
        return cls(gain=float(found[0]), image_variance=max(float(found[1]), TINY))

    def fitted(self, x: Floats, value: Floats, variance: Floats) -> Regression:
        """Regress the factor on features."""
        return fit_regression(x, value, variance, image_variance=self.image_variance, gain=self.gain)


def _regressed_on_features(table: FactorRatings, state: FactorState, x: Floats) -> tuple[FactorState, list[Regression]]:
    """Go on with a regression on features, x (images, m), as each factor's prior mean."""
    state = improved_raters(table, state)
    value, variance = image_evidence(table, state).alone(state.image_factors.mean)
    rows = np.random.default_rng(0).permutation(len(x))[:COMPONENT_IMAGES]
    likeness = x[rows] @ x[rows].T
    fits = [_FactorRegression.estimate(likeness, *pair) for pair in zip(value[rows].T, variance[rows].T, strict=True)]
    unexplained = np.array([fit.image_variance for fit in fits])
    for _ in range(REGRESSION_ROUNDS):
        state = with_noise(table, state)
        state = replace(state, rater_factors=rater_posteriors(table, state.image_factors, state.noise))
        evidence = image_evidence(table, state)
        value, variance = evidence.alone(state.image_factors.mean)
        found = [fit.fitted(x, *pair) for fit, *pair in zip(fits, value.T, variance.T, strict=True)]
        expected = np.column_stack([regression.expect(x) for regression in found])
        state = replace(state, image_factors=evidence.with_prior(expected, unexplained))
    return state, found


def _impressions(found: list[Regression], image_factors: ImageFactors, keys: list[str]) -> tuple[Impression, ...]:
    """Put the factors in the form of a backbone."""
    return tuple(
        Impression(
            regression=regression,
            seen=dict(zip(keys, zip(mean.tolist(), variance.tolist(), strict=True), strict=True)),
        )
        for regression, mean, variance in zip(found, image_factors.mean.T, image_factors.variance.T, strict=True)
    )
