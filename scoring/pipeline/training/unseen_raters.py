"""Measure how fast a model learns unseen raters, and the gain of choosing their images."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from ratings.services.jobs.progress import Progress
from scoring.metrics import VersionMetrics
from scoring.ml.data.arrays import Ints, Ratings, rows_by
from scoring.ml.evaluation.metrics import Scored, joined_scores, score_prediction
from scoring.ml.reward import RepresentedImages, RewardModel
from scoring.ml.training.fit import FitSettings, fit_reward
from scoring.pipeline.training.measure import TrainedModel, figures_of
from scoring.pipeline.training.selection_curve import SelectionPair, selection_curve, selection_pairs

SHOTS = (0, 1, 5, 10, 25, 50)
FOLDS = 3
FEWEST_RATERS = 6
FEWEST_RATINGS = 100
AFFORDABLE = 20_000  # ratings up to which every rater is held out once; beyond, one fold of them
LARGE_SHARE = 0.2  # of the raters, held out of a large study


def measure_new_raters(trained: TrainedModel, metrics: VersionMetrics, *, tell: Progress) -> VersionMetrics:
    """Fit without some raters, show the model a few ratings of each and predict their test slice; give that as well."""
    ratings = trained.data.snapshot.ratings
    query = trained.data.ratings(trained.data.known(trained.ratings.test))
    if len(np.unique(query.rater)) < FEWEST_RATERS or len(ratings) < FEWEST_RATINGS:
        return metrics
    found: dict[int, list[Scored]] = {shots: [] for shots in SHOTS}
    pairs: list[SelectionPair] = []
    away = folds(np.unique(query.rater), len(ratings))
    for place, held_out in enumerate(away):
        model = fit_without(trained, held_out, tell=partial(report_fit, tell, place / len(away)))
        for shots, answer in few_shot_predictions(model, trained, query, held_out):
            found[shots].append(answer)
        pairs += selection_pairs(model, trained, held_out)
    curve = {str(shots): figures_of(joined_scores(parts)) for shots, parts in found.items() if parts}
    return replace(metrics, k_shot=curve, unseen_raters=curve["0"], selection=selection_curve(pairs))


def report_fit(tell: Progress, done: float, *_: object) -> None:
    """Report that a fit goes on; the callback may raise to cancel."""
    tell("fitting without some raters", done)


def folds(raters: Ints, ratings: int) -> list[Ints]:
    """Split the raters into folds; in a large study only one is held out."""
    shuffled = np.random.default_rng(0).permutation(raters)
    if ratings > AFFORDABLE:
        return [np.sort(shuffled[: max(FEWEST_RATERS, round(LARGE_SHARE * len(raters)))])]
    return [np.sort(fold) for fold in np.array_split(shuffled, FOLDS)]


def fit_without(trained: TrainedModel, held_out: Ints, *, tell: Progress) -> RewardModel:
    """Fit to everybody else's ratings, with collaborative factors only if they were chosen."""
    snapshot = trained.joint  # where the study's raters keep their places
    others = snapshot.ratings.take(~np.isin(snapshot.ratings.rater, held_out))
    return fit_reward(
        snapshot.with_ratings(others),
        encoder_key=trained.model.encoder_key,
        settings=FitSettings(factors=trained.fitted.record["chosen"]["factors"]),
        progress=tell,
    ).model


def few_shot_predictions(
    model: RewardModel, trained: TrainedModel, query: Ratings, held_out: Ints
) -> Iterator[tuple[int, Scored]]:
    """Predict the test slice of held-out raters after each number of ratings that they have."""
    seen = model.represent(trained.data.snapshot.images)
    rng = np.random.default_rng(0)
    own = trained.data.snapshot.ratings
    given, asked = rows_by(own.rater), rows_by(query.rater)
    nothing = np.zeros(0, np.int64)
    order = {rater: rng.permutation(given.get(rater, nothing)) for rater in held_out.tolist()}
    for shots in SHOTS:
        enough = [rater for rater in order if len(order[rater]) >= shots]
        if enough:
            parts = [
                predicted_after(model, trained, seen, own.take(order[rater][:shots]), query.take(asked[rater]))
                for rater in enough
            ]
            yield shots, joined_scores(parts)


def predicted_after(
    model: RewardModel, trained: TrainedModel, seen: RepresentedImages, known: Ratings, query: Ratings
) -> Scored:
    """Predict one rater's held-out ratings once some of their other ratings are known."""
    prior = model.prior(trained.data.snapshot.raters.answers(int(query.rater[0])))
    taste = model.posterior(seen.take(known.image), known.value, prior)
    found = model.predict(seen.take(query.image), taste)
    return score_prediction(query, found)
