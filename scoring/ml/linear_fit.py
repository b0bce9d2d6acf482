"""Fit the linear-Gaussian model: components, consensus, tastes, each by its likelihood."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scoring.ml.components import Problem, fit_components
from scoring.ml.data import Floats, Ints, Ratings, Snapshot, rows_by
from scoring.ml.features import FeatureMap, Features, fit_features
from scoring.ml.head import Design, Evidence, TasteForm, fit_head, fit_profile_effects, posteriors
from scoring.ml.linear import (
    Impression,
    LinearBackbone,
    fit_projection,
    fit_regression,
    seen_opinion,
)
from scoring.ml.opinions import Opinions, mean_opinions
from scoring.ml.reward import RewardModel, TasteHead

MOST_RATERS = 1500  # that the prior of tastes is learned from; more change nothing
GUESSED_RATERS = 5  # the guess of how much raters differ counts as much as so many raters do


@dataclass(frozen=True, kw_only=True)
class LinearSettings:
    """Bound the work of the linear-Gaussian fit."""

    opinion_size: int = 400  # dimensions of the consensus
    taste_size: int = 64  # dimensions of a taste
    component_images: int = 600  # images that the consensus variances are estimated on
    component_raters: int = 80  # raters that the taste variances are estimated on
    component_ratings: int = 120  # ratings of each of them
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Groundwork:
    """Hold what is computed before tastes: features and opinions of the training images."""

    snapshot: Snapshot
    features: FeatureMap
    of_images: Features  # of all images of the snapshot
    opinions: Opinions
    rated: Ints  # rows of images that have ratings
    fair: NDArray[np.bool_]  # (N,), images on which features may be weighed against each other


def lay_groundwork(snapshot: Snapshot, fair: Ints | None = None) -> Groundwork:
    """Standardise the features over the rated images and take the mean opinions.

    A feature that was itself learned from ratings explains those too well; `fair` then names
    the images that it has not seen, and variances are estimated on these alone.
    """
    rated = np.unique(snapshot.ratings.image)
    features = fit_features(snapshot.images.take(rated))
    return Groundwork(
        snapshot=snapshot,
        features=features,
        of_images=features.apply(snapshot.images),
        opinions=mean_opinions(snapshot.ratings, images=len(snapshot.images), raters=len(snapshot.raters)),
        rated=rated,
        fair=np.isin(np.arange(len(snapshot.images)), rated if fair is None else fair),
    )


def fit_linear_backbone(ground: Groundwork, settings: LinearSettings) -> LinearBackbone:
    """Fit the consensus; the projections for tastes and factors still lack their own variances."""
    rated, opinions = ground.rated, ground.opinions
    features = ground.of_images.take(rated)
    mean, noise = opinions.mean[rated], opinions.noise / opinions.count[rated]
    fair = ground.fair[rated]
    variances = _opinion_variances(features.take(fair), mean[fair], noise[fair], settings)
    opinion = fit_projection(features, variances[:-1], size=settings.opinion_size)
    x, _ = opinion.apply(features)
    regression = fit_regression(x, mean, noise, image_variance=float(variances[-1]))
    values = seen_opinion(regression.explain(x), mean, noise, image_variance=regression.image_variance)
    keys = [ground.snapshot.images.keys[row] for row in rated]
    seen = dict(zip(keys, zip(*(value.tolist() for value in values), strict=True), strict=True))
    return LinearBackbone(
        features=ground.features,
        opinion=opinion,
        consensus=Impression(regression=regression, seen=seen),
        taste=opinion,
        division=opinion,
    )


def _opinion_variances(features: Features, mean: Floats, noise: Floats, settings: LinearSettings) -> Floats:
    """Return the variance that each block explains, and last that of the image itself."""
    rng = np.random.default_rng(settings.seed)
    rows = rng.permutation(len(mean))[: settings.component_images]
    kernels = [*features.kernels(rows), np.eye(len(rows))]
    residual = mean[rows] - np.average(mean, weights=1.0 / noise)
    start = np.full(len(kernels), max(float(residual.var()), 1e-4) / len(kernels))
    problem = Problem(kernels=np.array(kernels), residual=residual, fixed=noise[rows])
    return fit_components([problem], start).variances


def opinions_of_others(ground: Groundwork, backbone: LinearBackbone, ratings: Ratings) -> tuple[Floats, Floats]:
    """Return consensus and variance for each rating, as if it had not been given, (R,) each."""
    mean, count = ground.opinions.without(ratings)
    rows = np.searchsorted(ground.rated, ratings.image)
    regression = backbone.consensus.regression
    predicted, uncertain = regression.explain(backbone.opinion.apply(ground.of_images.take(ground.rated))[0])
    noise = ground.opinions.noise / np.maximum(count, 1e-9)
    return seen_opinion(
        (predicted[rows], uncertain[rows]),
        mean,
        noise,
        image_variance=regression.image_variance,
    )


def fit_taste_prior(
    ground: Groundwork, backbone: LinearBackbone, settings: LinearSettings
) -> tuple[LinearBackbone, TasteHead]:
    """Estimate how much raters differ in each block; z then has the identity as prior."""
    ratings = ground.snapshot.ratings
    consensus, variance = opinions_of_others(ground, backbone, ratings)
    offset = backbone.consensus.regression.intercept
    problems = [
        _taste_problem(ground, rows, consensus - offset, variance)
        for rows in _some_raters(ratings, ground.fair, settings)
    ]
    blocks = len(ground.of_images.widths)
    start = np.full(blocks + 3, 0.3 * ground.opinions.noise / blocks)
    start[-3:] = 0.2 * ground.opinions.noise, 0.1, 0.7 * ground.opinions.noise
    found = fit_components(problems, start).variances
    # a dozen raters can by chance seem alike; a prior at zero would then never learn a new one's taste
    known = len(np.unique(ratings.rater))
    found[:blocks] = np.maximum(found[:blocks], start[:blocks] * GUESSED_RATERS / (GUESSED_RATERS + known))
    rated = ground.of_images.take(ground.rated)
    taste = fit_projection(rated, found[:blocks], size=settings.taste_size)
    division = fit_projection(rated, found[:blocks], size=settings.opinion_size)
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


def _taste_problem(ground: Groundwork, rows: Ints, centred: Floats, variance: Floats) -> Problem:
    ratings = ground.snapshot.ratings.take(rows)
    kernels = ground.of_images.kernels(ratings.image)
    kernels.append(np.ones((len(rows), len(rows))))
    kernels.append(np.outer(centred[rows], centred[rows]))
    kernels.append(np.diag(1.0 / ratings.weight))
    residual = ratings.value - centred[rows] - np.average(ground.snapshot.ratings.value)
    return Problem(kernels=np.array(kernels), residual=residual, fixed=variance[rows])


def _some_raters(ratings: Ratings, fair: NDArray[np.bool_], settings: LinearSettings) -> list[Ints]:
    """Draw raters, and ratings of each, that are enough to estimate variances."""
    rng = np.random.default_rng(settings.seed)
    usable = fair[ratings.image]
    known = np.unique(ratings.rater[usable])
    chosen = rng.permutation(known)[: settings.component_raters]
    found = rows_by(np.where(usable, ratings.rater, -1))
    rows = [found[rater] for rater in chosen.tolist()]
    return [rng.permutation(row)[: settings.component_ratings] for row in rows]


def gather_evidence(ground: Groundwork, backbone: LinearBackbone, head: TasteHead) -> tuple[Ints, Evidence]:
    """Return the raters, and their ratings in order of rater, with each rating's design row."""
    ratings = ground.snapshot.ratings
    order = np.argsort(ratings.rater, kind="stable")
    ratings = ratings.take(order)
    consensus, variance = opinions_of_others(ground, backbone, ratings)
    z, rest = backbone.taste.apply(ground.of_images)
    raters, starts = np.unique(ratings.rater, return_index=True)
    evidence = Evidence(
        phi=Design(
            z=z, image=ratings.image, centred=consensus - head.offset, factors=np.zeros((len(order), 0), np.float64)
        ),
        value=ratings.value,
        extra=variance + rest[ratings.image],
        weight=ratings.weight,
        edges=np.append(starts, len(order)),
    )
    return raters, evidence


@dataclass(frozen=True, kw_only=True)
class Draft:
    """Hold a model whose taste prior has its structure but has not yet learned from raters."""

    ground: Groundwork
    backbone: LinearBackbone
    head: TasteHead
    raters: Ints  # who has ratings
    evidence: Evidence


def draft_linear(snapshot: Snapshot, settings: LinearSettings, fair: Ints | None = None) -> Draft:
    """Fit all that does not depend on how strongly the structured taste prior holds."""
    ground = lay_groundwork(snapshot, fair)
    backbone, head = fit_taste_prior(ground, fit_linear_backbone(ground, settings), settings)
    raters, evidence = gather_evidence(ground, backbone, head)
    return Draft(ground=ground, backbone=backbone, head=head, raters=raters, evidence=evidence)


def finish_draft(draft: Draft, form: TasteForm, *, encoder_key: str, learners: Ints | None = None) -> RewardModel:
    """Learn the taste prior from raters, or only from those at the places of `learners`."""
    places = np.arange(len(draft.raters)) if learners is None else learners
    if len(places) > MOST_RATERS:
        places = places[np.linspace(0, len(places) - 1, MOST_RATERS).astype(int)]
    head = fit_head(draft.head, draft.evidence.of(places), form)
    tastes = posteriors(head, draft.evidence)
    known = draft.ground.snapshot.raters
    columns = {name: tuple(column[rater] for rater in draft.raters) for name, column in known.profile.items()}
    return RewardModel(
        encoder_key=encoder_key,
        backbone=draft.backbone,
        head=replace(head, profile_effects=fit_profile_effects(head, tastes, columns)),
        known_raters={known.keys[rater]: taste for rater, taste in zip(draft.raters, tastes, strict=True)},
    )
