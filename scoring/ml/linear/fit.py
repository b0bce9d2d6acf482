"""Fit the linear-Gaussian model: components, consensus, tastes, each by its likelihood."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from scoring.ml.data.arrays import Floats, Ints, Ratings, Snapshot, rows_by
from scoring.ml.data.mean_opinions import MeanOpinions, mean_opinions
from scoring.ml.features.feature_map import FeatureMap, Features, fit_features
from scoring.ml.features.similarity import fit_likeness
from scoring.ml.linear.backbone import (
    Consensus,
    LinearBackbone,
    Projection,
    Regression,
    SeenImages,
    fit_projection,
    fit_regression,
    seen_opinion,
)
from scoring.ml.linear.variance_components import Problem, Usual, fit_components
from scoring.ml.taste.head import TasteHead
from scoring.ml.taste.marginal_likelihood import MOST_EXACT
from scoring.ml.taste.posterior import TastePosterior
from scoring.ml.taste.prior import DesignRows, Evidence, fit_head, fit_profile_effects

MOST_RATERS = 1500  # that the prior of tastes is learned from; more change nothing
LOOSENESS = 1.5  # sd of the log of what a block explains of the consensus, around what is usual
LIKENESS = 0.4  # share of what is explained that is usually likeness of images
PRIOR_RATERS = 2  # the guess of how much raters differ counts as much as so many raters do


@dataclass(frozen=True, kw_only=True)
class LinearSettings:
    """Bound the work of the linear-Gaussian fit."""

    opinion_size: int = MOST_EXACT  # dimensions of the consensus about few images: all that there are
    many_size: int = 600  # and about many
    division_size: int = 400  # dimensions of a factor
    learned_size: int = 64  # dimensions of a taste whose covariance is learned
    taste_size: int = 128  # dimensions of a taste; beyond the learned ones it stays structured
    unknown_size: int = 24  # directions of what is unknown of the consensus
    strength: float = 100.0  # raters whose weight the structure of tastes has, added to those who rated
    component_images: int = 600  # images that the consensus variances are estimated on
    component_raters: int = 80  # raters that the taste variances are estimated on
    component_ratings: int = 120  # ratings of each of them
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class PreparedSnapshot:
    """Hold what is computed before tastes: features and opinions of the training images."""

    snapshot: Snapshot
    features: FeatureMap
    of_images: Features  # of all images of the snapshot
    opinions: MeanOpinions
    rated: Ints  # rows of images that have ratings


@dataclass(frozen=True, kw_only=True)
class ConsensusInputs:
    """Hold what the consensus about each rated image is predicted from."""

    x: Floats  # (N, m)
    left_out: Floats  # (N,), squared length


def prepare_snapshot(snapshot: Snapshot) -> PreparedSnapshot:
    """Standardise the features over the rated images and take the mean opinions."""
    rated = np.unique(snapshot.ratings.image)
    features = fit_features(snapshot.images.take(rated))
    return PreparedSnapshot(
        snapshot=snapshot,
        features=features,
        of_images=features.apply(snapshot.images),
        opinions=mean_opinions(snapshot.ratings, images=len(snapshot.images), raters=len(snapshot.raters)),
        rated=rated,
    )


def fit_linear_backbone(ground: PreparedSnapshot, settings: LinearSettings) -> tuple[LinearBackbone, ConsensusInputs]:
    """Fit the consensus as if ratings were independent; the projections for tastes and factors lack their variances."""
    rated, opinions = ground.rated, ground.opinions
    images, features = ground.snapshot.images.take(rated), ground.of_images.take(rated)
    mean, noise = opinions.mean[rated], opinions.noise / opinions.count[rated]
    rough = replace(settings, component_images=settings.component_images // 2)
    weights = _opinion_variances(features, mean, noise, rough)[:-1]
    likeness = fit_likeness(features, images, weights, seed=settings.seed)
    wide = likeness.widened(features, images)
    variances = _opinion_variances(wide, mean, noise, settings, likenesses=len(likeness.kernels))
    size = settings.opinion_size if len(rated) <= MOST_EXACT else settings.many_size
    opinion = fit_projection(wide, variances[:-1], size=size)
    x, left_out = opinion.apply(wide)
    regression = fit_regression(x, mean, noise, image_variance=float(variances[-1]))
    values = seen_opinion(regression.explain(x), mean, noise, image_variance=regression.image_variance)
    none = np.zeros((len(rated), 0))
    seen = SeenImages(keys=images.keys, mean=values[0], variance=values[1], reach=none)
    division = Projection(variances=np.zeros(len(features.widths)), rotation=np.zeros((features.values.shape[1], 0)))
    backbone = LinearBackbone(
        features=ground.features,
        likeness=likeness,
        opinion=opinion,
        consensus=Consensus(regression=regression, directions=np.zeros((x.shape[1], 0)), seen=seen),
        taste=division,
        division=division,
    )
    return backbone, ConsensusInputs(x=x, left_out=left_out)


def _opinion_variances(
    features: Features, mean: Floats, noise: Floats, settings: LinearSettings, *, likenesses: int = 0
) -> Floats:
    """Return the variance that each block explains, and last that of the image itself; likenesses are the last blocks.

    Of few images the likelihood alone gives nearly everything to a few blocks that happen to fit: of 77 portraits a
    consensus so found ranked new ones worse than a ridge regression. So variances stay near what is usual.
    """
    rng = np.random.default_rng(settings.seed)
    rows = rng.permutation(len(mean))[: settings.component_images]
    kernels = [*features.kernels(rows), np.eye(len(rows))]
    residual = mean[rows] - np.average(mean, weights=1.0 / noise)
    total = max(float(residual.var()), 1e-4)
    usual = Usual(variances=total * _usual_shares(features.widths, likenesses), looseness=LOOSENESS)
    problem = Problem(kernels=np.array(kernels), residual=residual, fixed=noise[rows])
    return fit_components([problem], np.full(len(kernels), total / len(kernels)), usual).variances


def _usual_shares(widths: Sequence[int], likenesses: int) -> Floats:
    """Return which share of opinions each block usually explains, and last the image itself, (B + 1,).

    Every dimension of the features as much as another; likeness, where there is some, `LIKENESS` of it all, within a
    column half as much as over all images.
    """
    own = np.maximum(np.array(widths[: len(widths) - likenesses], np.float64), 1.0)
    found = own / own.sum()
    if likenesses:
        alike = np.array([1.0, *[0.5] * (likenesses - 1)])
        found = np.concatenate([(1.0 - LIKENESS) * found, LIKENESS * alike / alike.sum()])
    image = 1.0 / (len(found) + 1)
    return np.append((1.0 - image) * found, image)


def opinions_of_others(
    ground: PreparedSnapshot, regression: Regression, basis: ConsensusInputs, ratings: Ratings
) -> tuple[Floats, Floats]:
    """Return consensus and variance for each rating, as if it had not been given, (R,) each."""
    mean, count = ground.opinions.without(ratings)
    rows = np.searchsorted(ground.rated, ratings.image)
    predicted, uncertain = regression.explain(basis.x)
    noise = ground.opinions.noise / np.maximum(count, 1e-9)
    return seen_opinion(
        (predicted[rows], uncertain[rows]),
        mean,
        noise,
        image_variance=regression.image_variance,
    )


def fit_taste_prior(
    ground: PreparedSnapshot, backbone: LinearBackbone, basis: ConsensusInputs, settings: LinearSettings
) -> tuple[LinearBackbone, TasteHead]:
    """Estimate how much raters differ in each block; z then has the identity as prior."""
    ratings = ground.snapshot.ratings
    regression = backbone.consensus.regression
    consensus, variance = opinions_of_others(ground, regression, basis, ratings)
    offset = regression.intercept
    problems = [
        _taste_problem(ground, rows, consensus - offset, variance) for rows in _sampled_raters(ratings, settings)
    ]
    blocks = len(ground.of_images.widths)
    start = np.full(blocks + 3, 0.3 * ground.opinions.noise / blocks)
    start[-3:] = 0.2 * ground.opinions.noise, 0.1, 0.7 * ground.opinions.noise
    found = fit_components(problems, start).variances
    # a dozen raters can by chance seem equal; a prior at zero would then never learn a new one's taste
    known = len(np.unique(ratings.rater))
    found[:blocks] = np.maximum(found[:blocks], start[:blocks] * PRIOR_RATERS / (PRIOR_RATERS + known))
    rated = ground.of_images.take(ground.rated)
    division = fit_projection(rated, found[:blocks], size=settings.division_size)
    taste = replace(division, rotation=division.rotation[:, : settings.learned_size])
    size = 2 + taste.rotation.shape[1]
    root = np.concatenate([np.sqrt(found[blocks : blocks + 2]), np.ones(size - 2)])
    head = TasteHead(
        mean=np.concatenate([[offset, 1.0], np.zeros(size - 2)]),
        factor=np.diag(root),
        noise=float(found[-1]),
        shape=10.0,
        offset=offset,
    )
    return replace(backbone, taste=taste, division=division), head


def _taste_problem(ground: PreparedSnapshot, rows: Ints, centred: Floats, variance: Floats) -> Problem:
    ratings = ground.snapshot.ratings.take(rows)
    kernels = ground.of_images.kernels(ratings.image)
    kernels.append(np.ones((len(rows), len(rows))))
    kernels.append(np.outer(centred[rows], centred[rows]))
    kernels.append(np.diag(1.0 / ratings.weight))
    residual = ratings.value - centred[rows] - np.average(ground.snapshot.ratings.value)
    return Problem(kernels=np.array(kernels), residual=residual, fixed=variance[rows])


def _sampled_raters(ratings: Ratings, settings: LinearSettings) -> list[Ints]:
    """Draw raters, and ratings of each, that are enough to estimate variances."""
    rng = np.random.default_rng(settings.seed)
    found = rows_by(ratings.rater)
    chosen = rng.permutation(np.array(list(found)))[: settings.component_raters]
    rows = [found[rater] for rater in chosen.tolist()]
    return [rng.permutation(row)[: settings.component_ratings] for row in rows]


def gather_evidence(
    ground: PreparedSnapshot, backbone: LinearBackbone, basis: ConsensusInputs, head: TasteHead
) -> tuple[Ints, Evidence, Floats]:
    """Return the raters, their ratings in order of rater with each one's design row, and what is unknown of it."""
    ratings = ground.snapshot.ratings
    order = np.argsort(ratings.rater, kind="stable")
    ratings = ratings.take(order)
    consensus, variance = opinions_of_others(ground, backbone.consensus.regression, basis, ratings)
    z, rest = backbone.taste.apply(ground.of_images)
    raters, starts = np.unique(ratings.rater, return_index=True)
    evidence = Evidence(
        phi=DesignRows(
            z=z, image=ratings.image, centred=consensus - head.offset, factors=np.zeros((len(order), 0), np.float64)
        ),
        value=ratings.value,
        extra=variance + rest[ratings.image],
        weight=ratings.weight,
        edges=np.append(starts, len(order)),
    )
    return raters, evidence, variance


@dataclass(frozen=True, kw_only=True)
class LinearDraft:
    """Hold a model whose taste prior has its structure but has not yet learned from raters."""

    ground: PreparedSnapshot
    settings: LinearSettings
    backbone: LinearBackbone
    basis: ConsensusInputs
    head: TasteHead
    raters: Ints  # who has ratings
    evidence: Evidence
    consensus_variance: Floats  # (R,), the part of `evidence.extra` that is unknown of the consensus


def draft_linear(snapshot: Snapshot, settings: LinearSettings) -> LinearDraft:
    """Fit all that comes before the raters' covariance: features, consensus as if ratings were independent, taste."""
    ground = prepare_snapshot(snapshot)
    backbone, basis = fit_linear_backbone(ground, settings)
    backbone, head = fit_taste_prior(ground, backbone, basis, settings)
    raters, evidence, consensus_variance = gather_evidence(ground, backbone, basis, head)
    return LinearDraft(
        ground=ground,
        settings=settings,
        backbone=backbone,
        basis=basis,
        head=head,
        raters=raters,
        evidence=evidence,
        consensus_variance=consensus_variance,
    )


def learned_head(draft: LinearDraft) -> TasteHead:
    """Learn from raters how they differ."""
    places = np.arange(len(draft.raters))
    if len(places) > MOST_RATERS:
        places = places[np.linspace(0, len(places) - 1, MOST_RATERS).astype(int)]
    return fit_head(draft.head, draft.evidence.of(places), strength=draft.settings.strength)


def profile_effects(draft: LinearDraft, head: TasteHead, tastes: list[TastePosterior]) -> dict[str, dict[str, Floats]]:
    """Learn how profile answers shift tastes."""
    profile = draft.ground.snapshot.raters.profile
    columns = {name: tuple(column[rater] for rater in draft.raters) for name, column in profile.items()}
    return fit_profile_effects(head, tastes, columns)
