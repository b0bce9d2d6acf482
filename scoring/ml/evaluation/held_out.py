"""Hold images and raters out, and measure the errors of a model on them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np

from scoring.ml.data.arrays import Floats, Ints, Ratings, Snapshot, rows_by
from scoring.ml.reward import Prediction, RepresentedImages, RewardModel
from scoring.ml.taste.intervals import LEVELS
from scoring.ml.taste.posterior import TastePosterior

HELD_OUT = 0.2  # share of the images, and of the raters
FEWEST_RATERS = 10  # below, none is held out: all are needed to learn how raters differ
FOLDS, MANY_IMAGES, MANY_RATINGS = 3, 1500, 30_000  # below, several parts are held out in turn: one is too small
SHOTS = (5, 10, 25)  # ratings known of a held-out rater
COUNTS = (0, 5, 10, 25, 50, 100)  # ratings after which the width of intervals is measured
FEW_IMAGES = 300  # up to which parts are held out in turn of more ratings as well, each with other raters
MOST_RATINGS = 1_000_000  # that the trials are made with
MOST_QUERIED = 20_000  # ratings of known raters that are predicted at most
MOST_AS_IF_NEW = 100  # known raters that are predicted as if they were new


@dataclass(frozen=True, kw_only=True)
class Fold:
    """Hold what a model may learn from, and what it predicts."""

    train: Ratings  # without held-out images and without held-out raters
    support: Ratings  # by held-out raters, of images to train on
    query: Ratings  # of held-out images, by all raters


def hold_out(snapshot: Snapshot, *, seed: int) -> list[Fold]:
    """Hold out images of the first set and, where there are enough, a fifth of its raters, new to the model.

    Of very many ratings only those of some raters are used.
    """
    folds = []
    some = snapshot.with_ratings(_ratings_of_some_raters(snapshot.ratings, seed))
    for place, (train, query) in enumerate(hold_out_images(some, seed=seed)):
        found = np.intersect1d(query.rater, train.rater)
        held_out_count = round(HELD_OUT * len(found)) if len(found) >= FEWEST_RATERS else 0
        held_out = np.random.default_rng([seed, place]).permutation(found)[:held_out_count]
        is_held_out = np.isin(train.rater, held_out)
        folds.append(Fold(train=train.take(~is_held_out), support=train.take(is_held_out), query=query))
    return folds


def _ratings_of_some_raters(ratings: Ratings, seed: int) -> Ratings:
    share = MOST_RATINGS / max(len(ratings), 1)
    if share >= 1.0:
        return ratings
    raters = np.unique(ratings.rater)
    chosen = np.random.default_rng(seed).permutation(raters)[: max(round(share * len(raters)), 1)]
    return ratings.take(np.isin(ratings.rater, chosen))


def hold_out_images(snapshot: Snapshot, *, seed: int) -> list[tuple[Ratings, Ratings]]:
    """Split the ratings by image: most to learn from, some to predict, all of these of the first set.

    Of few images, three different parts are held out in turn; where these have very many ratings of the first set, each
    part has a third of the raters, or what holds of fifteen images would be taken for what holds of all.
    """
    ratings = snapshot.ratings
    own = ratings.dataset == 0
    rated = np.unique(ratings.image[own])
    count = max(1, round(HELD_OUT * len(rated)))
    rng = np.random.default_rng(seed)
    order = rng.permutation(rated)
    can_be_parted = FOLDS * count <= len(rated) <= MANY_IMAGES
    is_small = can_be_parted and len(ratings) <= MANY_RATINGS
    shares_raters = can_be_parted and len(rated) <= FEW_IMAGES and own.sum() > MANY_RATINGS
    third = rng.permutation(len(snapshot.raters)) % FOLDS
    parts = []
    for fold in range(FOLDS if is_small or shares_raters else 1):
        away = np.isin(ratings.image, order[count * fold : count * (fold + 1)])
        asked = third[ratings.rater] == fold if shares_raters else np.ones(len(ratings), bool)
        parts.append((ratings.take(~away & asked), ratings.take(away & own & asked)))
    return parts


class ErrorGroup(IntEnum):
    """Say whose ratings were predicted, and of which images."""

    KNOWN = 0  # raters, on held-out images
    NEW = 1  # held-out raters, on held-out images
    NEW_ON_KNOWN = 2  # held-out raters, on images that the model has seen
    AS_IF_NEW = 3  # known raters, as if nothing were known of them, on held-out images


@dataclass(frozen=True, kw_only=True)
class HeldOutErrors:
    """Hold errors of predicted ratings by raters of whom so many ratings are known."""

    count: int
    group: ErrorGroup
    rater: Ints
    error: Floats
    sd: Floats


def held_out_errors(model: RewardModel, snapshot: Snapshot, fold: Fold) -> list[HeldOutErrors]:
    """Predict known raters, and held-out raters after a few of their ratings and after all."""
    images = model.represent(snapshot.images)
    keys = snapshot.raters.keys
    known = _sampled(fold.query.take(~np.isin(fold.query.rater, fold.support.rater)))
    raters = [rater for rater in np.unique(known.rater).tolist() if keys[rater] in model.known_raters]
    tastes = {rater: model.known_raters[keys[rater]] for rater in raters}
    found = []
    typical = int(np.median([taste.count for taste in tastes.values()])) if tastes else 0
    if tastes:
        found.append(_errors_of(model, images, known, tastes, (typical, ErrorGroup.KNOWN)))
    found += _errors_of_new_raters(model, snapshot, images, fold)
    return found + list(_errors_as_if_new(model, snapshot, images, fold))


def _sampled(ratings: Ratings) -> Ratings:
    if len(ratings) <= MOST_QUERIED:
        return ratings
    return ratings.take(np.sort(np.random.default_rng(0).permutation(len(ratings))[:MOST_QUERIED]))


def _errors_of_new_raters(
    model: RewardModel, snapshot: Snapshot, images: RepresentedImages, fold: Fold
) -> Iterator[HeldOutErrors]:
    """Learn so many ratings of each held-out rater, and predict the others."""
    rng = np.random.default_rng(0)
    order = {rater: rng.permutation(rows) for rater, rows in rows_by(fold.support.rater).items()}
    for count in (*COUNTS, None):
        enough = {rater: rows for rater, rows in order.items() if count is None or len(rows) > count}
        if not enough:
            continue
        learned = {rater: rows[:count] for rater, rows in enough.items()}
        tastes = _few_shot_tastes(model, snapshot, images, fold.support, learned)
        label = int(np.median([len(rows) for rows in order.values()])) if count is None else count
        yield _errors_of(model, images, fold.query, tastes, (label, ErrorGroup.NEW))
        if count in SHOTS:
            left = fold.support.take(np.concatenate([rows[count:] for rows in enough.values()]))
            yield _errors_of(model, images, left, tastes, (label, ErrorGroup.NEW_ON_KNOWN))


def _few_shot_tastes(
    model: RewardModel, snapshot: Snapshot, images: RepresentedImages, ratings: Ratings, learned: dict[int, Ints]
) -> dict[int, TastePosterior]:
    """Learn these rows of each rater's ratings, from the prior."""
    tastes = {}
    for rater, rows in learned.items():
        known = ratings.take(rows)
        prior = model.prior(snapshot.raters.answers(rater))
        tastes[rater] = model.posterior(images.take(known.image), known.value, prior)
    return tastes


def _errors_as_if_new(
    model: RewardModel, snapshot: Snapshot, images: RepresentedImages, fold: Fold
) -> Iterator[HeldOutErrors]:
    """Predict known raters from the prior alone: many more than are held out, whose levels differ.

    They taught the consensus and the mean level, so an error is taken as n / (n - 1) times what it is: the error of one
    of n around the mean of the others. After some of their ratings the same would count these twice.
    """
    known = np.unique(fold.train.rater)
    asked = np.random.default_rng(1).permutation(np.intersect1d(fold.query.rater, known))[:MOST_AS_IF_NEW]
    if len(asked) > 1:
        priors = {rater: model.prior(snapshot.raters.answers(rater)) for rater in asked.tolist()}
        found = _errors_of(model, images, fold.query, priors, (0, ErrorGroup.AS_IF_NEW))
        yield replace(found, error=len(known) / (len(known) - 1) * found.error)


def _errors_of(
    model: RewardModel,
    images: RepresentedImages,
    ratings: Ratings,
    tastes: dict[int, TastePosterior],
    place: tuple[int, ErrorGroup],
) -> HeldOutErrors:
    query = ratings.take(np.isin(ratings.rater, list(tastes)))
    found = predict_rows(model, images, query, tastes)
    return HeldOutErrors(count=place[0], group=place[1], rater=query.rater, error=query.value - found.mean, sd=found.sd)


def predict_rows(
    model: RewardModel, images: RepresentedImages, ratings: Ratings, tastes: dict[int, TastePosterior]
) -> Prediction:
    """Predict ratings of these images; NaN for a rater without taste."""
    mean, sd = np.full(len(ratings), np.nan), np.full(len(ratings), np.nan)
    stretch = np.ones((len(ratings), len(LEVELS)))
    for rater, rows in rows_by(ratings.rater).items():
        if rater in tastes:
            found = model.predict(images.take(ratings.image[rows]), tastes[rater])
            mean[rows], sd[rows], stretch[rows] = found.mean, found.sd, found.stretches
    return Prediction(mean=mean, sd=sd, stretch=stretch)


def held_out_score(found: Sequence[HeldOutErrors]) -> float:
    """Return the mean log likelihood in nats of errors without each rater's mean error, N(0, v) with one v for all.

    Every model learns a rater's level equally well, and intervals are set later: the order of images decides.
    Known raters, held-out raters on held-out images and held-out raters on known images have equal weight.
    """
    groups = sorted({one.group for one in found} - {ErrorGroup.AS_IF_NEW})
    mean = np.mean([_mean_squared_error([one for one in found if one.group == group]) for group in groups])
    return -0.5 * float(np.log(2 * np.pi * max(float(mean), 1e-12)) + 1.0)


def _mean_squared_error(found: Sequence[HeldOutErrors]) -> float:
    return float(np.mean([np.square(_without_level(one.rater, one.error)).mean() for one in found if len(one.error)]))


def _without_level(rater: Ints, error: Floats) -> Floats:
    count = np.maximum(np.bincount(rater), 1)
    return np.asarray(error - (np.bincount(rater, error) / count)[rater])
