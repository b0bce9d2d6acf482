"""Simpler models of the same ratings: the table that the reward model is compared in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.linear_model import RidgeCV
from sklearn.neural_network import MLPRegressor
from sklearn.preprocessing import StandardScaler

from scoring.ml.data.arrays import Floats, Ints, Ratings, Snapshot, rows_by
from scoring.ml.data.mean_opinions import mean_opinions
from scoring.ml.reward import Prediction
from scoring.ml.taste.posterior import TastePosterior
from scoring.ml.threads import one_thread

if TYPE_CHECKING:
    from scoring.ml.network.distributed_training import Launcher

PENALTIES = np.logspace(-1, 5, 13)
COMPONENTS = 48  # of the features, for models of one weight per component
FACTORS = 8  # of the matrix factorisation
STEPS = 25  # of EM
FEWEST_TO_STOP_EARLY = 20  # images, of which a tenth is set aside to stop by
FEWEST = 5  # ratings that a rater's own regression needs


@dataclass(frozen=True, kw_only=True)
class BaselineTask:
    """Hold what a baseline may know: ratings to learn from, and features of all images."""

    snapshot: Snapshot
    known: Ratings  # training and support together
    x: Floats  # (N, COMPONENTS)
    launcher: "Launcher | None" = None  # of processes that share the work; this machine's own without it

    def biases(self) -> tuple[Floats, Floats, float]:
        """Return image means (NaN if unrated), rater biases and the overall mean."""
        images, raters = len(self.snapshot.images), len(self.snapshot.raters)
        found = mean_opinions(self.known, images=images, raters=raters)
        return found.mean, found.bias, float(self.known.value.mean())


Baseline = Callable[[BaselineTask, Ratings], Floats]


@one_thread()
def fit_baseline(
    name: str, snapshot: Snapshot, support: Ratings, query: Ratings, launcher: "Launcher | None" = None
) -> Prediction:
    """Predict the query with one baseline; its sd is the spread of its error on what it learned."""
    known = Ratings(
        rater=np.concatenate([snapshot.ratings.rater, support.rater]),
        image=np.concatenate([snapshot.ratings.image, support.image]),
        value=np.concatenate([snapshot.ratings.value, support.value]),
        dataset=np.concatenate([snapshot.ratings.dataset, support.dataset]),
        weight=np.concatenate([snapshot.ratings.weight, support.weight]),
    )
    task = BaselineTask(snapshot=snapshot, known=known, x=_components(snapshot, known), launcher=launcher)
    baseline = ALL_BASELINES[name]
    both = Ratings.of(
        np.concatenate([query.rater, known.rater]),
        np.concatenate([query.image, known.image]),
        np.concatenate([query.value, known.value]),
    )
    mean = baseline(task, both)
    error = known.value - mean[len(query) :]
    sd = max(float(error.std()), 1e-3)
    return Prediction(mean=mean[: len(query)], sd=np.full(len(query), sd))


def mean_of_others(query: Ratings) -> Prediction:
    """Predict what others say of the very image, an oracle: ratings without a value are asked for and say nothing.

    An image that nobody else rated gets the mean over all ratings.
    """
    known = np.isfinite(query.value)
    value = np.where(known, query.value, 0.0)
    total, count = np.bincount(query.image, value), np.bincount(query.image, known)
    others, left = total[query.image] - value, count[query.image] - known
    usual = float(query.value[known].mean()) if known.any() else 0.0
    mean = np.where(left > 0, others / np.maximum(left, 1), usual)
    error = query.value[known] - mean[known]
    return Prediction(mean=mean, sd=np.full(len(query), max(float(error.std()), 1e-3) if known.any() else 1.0))


def _components(snapshot: Snapshot, known: Ratings) -> Floats:
    rated = np.unique(known.image)
    raw = np.hstack([snapshot.images.features, snapshot.images.prompt_features])
    scaler = StandardScaler().fit(raw[rated])
    count = min(COMPONENTS, len(rated) - 1, raw.shape[1])
    reduction = PCA(max(count, 1), random_state=0).fit(scaler.transform(raw[rated]))
    return np.asarray(reduction.transform(scaler.transform(raw)), np.float64)


def image_mean(task: BaselineTask, query: Ratings) -> Floats:
    """Predict the mean rating of the image, the overall mean of an unseen one."""
    mean, _, overall = task.biases()
    return np.asarray(np.nan_to_num(mean, nan=overall)[query.image])


def rater_mean(task: BaselineTask, query: Ratings) -> Floats:
    """Predict the rater's mean rating."""
    _, bias, overall = task.biases()
    return np.asarray(overall + bias[query.rater])


def both_biases(task: BaselineTask, query: Ratings) -> Floats:
    """Predict the image's mean and the rater's bias."""
    _, bias, _ = task.biases()
    return image_mean(task, query) + bias[query.rater]


def global_ridge(task: BaselineTask, query: Ratings) -> Floats:
    """Predict the mean opinion linearly from features, the same for everybody but the bias."""
    return _global(task, query, RidgeCV(PENALTIES))


def global_mlp(task: BaselineTask, query: Ratings) -> Floats:
    """Predict the mean opinion by a small network, the same for everybody but the bias."""
    is_enough = len(np.unique(task.known.image)) >= FEWEST_TO_STOP_EARLY
    network = MLPRegressor(hidden_layer_sizes=(64,), alpha=1.0, early_stopping=is_enough, max_iter=300, random_state=0)
    return _global(task, query, network)


def _global(task: BaselineTask, query: Ratings, regressor: Any) -> Floats:
    mean, bias, _ = task.biases()
    rated = np.flatnonzero(np.isfinite(mean))
    scale = task.x[rated].std(axis=0).max()
    regressor.fit(task.x[rated] / scale, mean[rated])
    opinion = np.asarray(regressor.predict(task.x / scale), np.float64)
    return np.asarray(opinion[query.image] + bias[query.rater])


def transformer(task: BaselineTask, query: Ratings) -> Floats:
    """Predict by the paper's transformer from image, prompt, metadata and profile, and the rater's bias.

    What it learns is the share of thresholds passed; level and spread follow by least squares.
    """
    from scoring.ml.network.distributed_training import HERE, train_network
    from scoring.ml.network.fit import NetworkSettings  # torch, which only this baseline needs

    snapshot = task.snapshot
    if len(np.unique(snapshot.ratings.image)) < FEWEST_TO_STOP_EARLY:
        return both_biases(task, query)
    network = train_network(snapshot, NetworkSettings(), _ignore_progress, task.launcher or HERE).network
    _, bias, _ = task.biases()
    known = network.expected(snapshot.images, snapshot.raters, task.known).astype(np.float64)
    away = known - known.mean()
    gain = float(away @ (task.known.value - bias[task.known.rater])) / max(float(away @ away), 1e-12)
    level = float((task.known.value - bias[task.known.rater]).mean()) - gain * float(known.mean())
    expected = network.expected(snapshot.images, snapshot.raters, query).astype(np.float64)
    return np.asarray(level + gain * expected + bias[query.rater])


def _ignore_progress(share: float) -> None:
    del share


def rater_ridge(task: BaselineTask, query: Ratings) -> Floats:
    """Predict from each rater's own ratings alone, once there are a few."""
    found = global_ridge(task, query)
    known, nothing = rows_by(task.known.rater), np.zeros(0, np.int64)
    for rater, asked in rows_by(query.rater).items():
        own = known.get(rater, nothing)
        if len(own) >= FEWEST:
            ridge = RidgeCV(PENALTIES).fit(task.x[task.known.image[own]], task.known.value[own])
            found[asked] = ridge.predict(task.x[query.image[asked]])
    return found


def matrix_factorisation(task: BaselineTask, query: Ratings) -> Floats:
    """Add a low-rank view of who rated what above expectation (PureSVD, Cremonesi 2010)."""
    shape = len(task.snapshot.raters), len(task.snapshot.images)
    left = task.known.value - both_biases(task, task.known)
    table = csr_array((left, (task.known.rater, task.known.image)), shape=shape)
    svd = TruncatedSVD(min(FACTORS, min(shape) - 1), random_state=0)
    raters = svd.fit_transform(table)
    interaction = (raters[query.rater] * svd.components_.T[query.image]).sum(axis=1)
    return np.asarray(both_biases(task, query) + interaction)


def hierarchical_linear(task: BaselineTask, query: Ratings) -> Floats:
    """Predict by weights per rater, drawn from a normal distribution fitted by EM."""
    phi = np.column_stack([np.ones(len(task.x)), task.x / task.x.std(axis=0).max()])
    known, nothing = rows_by(task.known.rater), np.zeros(0, np.int64)
    prior, noise = _em(phi, task.snapshot.ratings, rows_by(task.snapshot.ratings.rater))
    found = np.empty(len(query))
    for rater, asked in rows_by(query.rater).items():
        own = task.known.take(known.get(rater, nothing))
        taste = prior.update_many(phi[own.image], own.value, np.full(len(own), noise))
        found[asked] = phi[query.image[asked]] @ taste.mean
    return found


def _em(phi: Floats, ratings: Ratings, groups: Mapping[int, Ints]) -> tuple[TastePosterior, float]:
    """Return the distribution of weights over raters, and the noise variance."""
    width = phi.shape[1]
    mean = np.zeros(width)
    mean[0] = ratings.value.mean()
    covariance, noise = 0.05 * np.eye(width), float(ratings.value.var())
    for _ in range(STEPS):
        prior = _prior(mean, covariance)
        scatter, means, energy = np.zeros_like(covariance), [], 0.0
        for rows in groups.values():
            own = phi[ratings.image[rows]]
            value = ratings.value[rows]
            taste = prior.update_many(own, value, np.full(len(rows), noise))
            means.append(taste.mean)
            scatter += taste.factor @ taste.factor.T
            energy += np.square(value - own @ taste.mean).sum()
            energy += np.square(own @ taste.factor).sum()
        stacked = np.array(means)
        mean = stacked.mean(axis=0)
        scatter += (stacked - mean).T @ (stacked - mean)
        covariance, noise = scatter / len(groups), float(energy / len(ratings))
    return _prior(mean, covariance), noise


def _prior(mean: Floats, covariance: Floats) -> TastePosterior:
    jitter = 1e-9 * np.eye(len(mean))
    factor = np.asarray(np.linalg.cholesky(covariance + jitter), np.float64)
    return TastePosterior(mean=mean, factor=factor, shape=1e9, rate=1e9)


BASELINES: Mapping[str, Baseline] = {
    "image-mean": image_mean,
    "rater-mean": rater_mean,
    "both-biases": both_biases,
    "global-ridge": global_ridge,
    "global-mlp": global_mlp,
    "rater-ridge": rater_ridge,
    "matrix-factorisation": matrix_factorisation,
    "hierarchical-linear": hierarchical_linear,
}
PAPER = "transformer"  # takes longest, so that a training run does without it
ALL_BASELINES: Mapping[str, Baseline] = {**BASELINES, PAPER: transformer}
