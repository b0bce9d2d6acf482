"""Measure predictions per rater and against the mean opinion, with bootstrap intervals."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.stats import rankdata

from scoring.ml.data.arrays import Floats, Ints, Ratings, rows_by
from scoring.ml.reward import Prediction
from scoring.ml.taste.intervals import LEVELS, half_width

RESAMPLES = 2000
OPINION_RESAMPLES = 300  # each ranks all images again
COMPARED = ("srocc", "plcc", "pairwise_accuracy", "rmse", "nll")
FEWEST = 2  # ratings that a correlation needs


@dataclass(frozen=True, kw_only=True)
class Scored:
    """Hold predictions and the ratings given, on one scale."""

    rater: Ints  # (Q,)
    image: Ints  # (Q,)
    value: Floats  # (Q,)
    mean: Floats  # (Q,)
    sd: Floats  # (Q,)
    stretch: Floats | None = None  # (Q, L), of intervals; none: normal ones

    def half_width(self, level: float) -> Floats:
        """Return half the width of the intervals of this level, (Q,)."""
        return half_width(level, self.sd, self.stretches)

    @property
    def stretches(self) -> Floats:
        """Give the stretch at each level, (Q, L)."""
        return np.ones((len(self.sd), len(LEVELS))) if self.stretch is None else self.stretch

    def take(self, rows: Ints | NDArray[np.bool_]) -> "Scored":
        """Keep some rows."""
        return Scored(
            rater=self.rater[rows],
            image=self.image[rows],
            value=self.value[rows],
            mean=self.mean[rows],
            sd=self.sd[rows],
            stretch=self.stretches[rows],
        )


def score_prediction(ratings: Ratings, found: Prediction) -> Scored:
    """Put predictions beside the ratings that they are about."""
    return Scored(
        rater=ratings.rater,
        image=ratings.image,
        value=ratings.value,
        mean=found.mean,
        sd=found.sd,
        stretch=found.stretch,
    )


def joined_scores(parts: Sequence[Scored]) -> Scored:
    """Put the predicted ratings of several raters together."""
    return Scored(
        rater=np.concatenate([part.rater for part in parts]),
        image=np.concatenate([part.image for part in parts]),
        value=np.concatenate([part.value for part in parts]),
        mean=np.concatenate([part.mean for part in parts]),
        sd=np.concatenate([part.sd for part in parts]),
        stretch=np.concatenate([part.stretches for part in parts]),
    )


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """Hold a mean over raters with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float
    raters: int

    def as_json(self) -> dict[str, float | int | None]:
        """Return plain numbers; what could not be measured is null."""
        numbers = {"value": self.value, "low": self.low, "high": self.high}
        shown = {name: round(x, 5) if np.isfinite(x) else None for name, x in numbers.items()}
        return {**shown, "raters": self.raters}


def plcc(left: Floats, right: Floats) -> float:
    """Return Pearson's correlation; NaN if the ratings do not differ, 0 if predictions do not."""
    if len(left) < FEWEST or np.ptp(left) == 0:
        return float("nan")
    if np.ptp(right) == 0:
        return 0.0
    left, right = left - left.mean(), right - right.mean()
    return float((left @ right) / np.sqrt((left @ left) * (right @ right)))


def srocc(left: Floats, right: Floats) -> float:
    """Return Spearman's rank correlation of ratings (left) and predictions (right)."""
    return plcc(rankdata(left), rankdata(right))


def pairwise_accuracy(value: Floats, mean: Floats) -> float:
    """Return the share of pairs in the right order; pairs of tied ratings are left out."""
    right, pairs = 0.0, 0
    for start in range(0, len(value), 512):  # bounds the memory of a rater with many ratings
        truth = np.sign(value[start : start + 512, None] - value[None, :])
        guess = np.sign(mean[start : start + 512, None] - mean[None, :])
        counted = truth != 0
        right += float(((truth == guess) & counted).sum() + 0.5 * ((guess == 0) & counted).sum())
        pairs += int(counted.sum())
    return right / pairs if pairs else float("nan")


def group_accuracy(scored: Scored, group: Ints) -> dict[str, float | int | None] | None:
    """Return the share of pairs of one group (Q,) in the right order, mean over raters; None where there is no pair.

    Ratings of group -1 are in no pair; pairs of tied ratings are left out. All pairs of one rater count alike.
    """
    shares, pairs = [], 0
    for mine in rows_by(scored.rater).values():
        right, counted = 0.0, 0
        for place, of_group in rows_by(group[mine]).items():
            if place >= 0:
                rows = mine[of_group]
                untied = int((np.sign(scored.value[rows, None] - scored.value[rows]) > 0).sum())
                right += untied * pairwise_accuracy(scored.value[rows], scored.mean[rows]) if untied else 0.0
                counted += untied
        pairs += counted
        shares.append(right / counted if counted else float("nan"))
    return bootstrap_mean(np.array(shares)).as_json() | {"pairs": pairs} if pairs else None


def group_codes(names: Sequence[str]) -> Ints:
    """Return the number of each group by name, -1 for a blank one."""
    code = {name: place for place, name in enumerate(dict.fromkeys(names)) if name}
    return np.array([code.get(name, -1) for name in names], np.int64)


def gaussian_log_likelihood(value: Floats, mean: Floats, sd: Floats) -> Floats:
    """Return log N(value; mean, sd), in nats."""
    return np.asarray(-0.5 * np.square((value - mean) / sd) - np.log(sd) - 0.5 * np.log(2 * np.pi))


def per_rater(scored: Scored) -> dict[str, Floats]:
    """Return each metric for each rater, in order of rater index; NaN where undefined."""
    order = np.argsort(scored.rater, kind="stable")
    edges = np.flatnonzero(np.diff(scored.rater[order])) + 1
    rows = [one_rater(scored, part) for part in np.split(order, edges)]
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def one_rater(scored: Scored, rows: Ints) -> dict[str, float]:
    """Return every metric of these rows, all by one rater."""
    own = scored.take(rows)
    value, mean, sd = own.value, own.mean, own.sd
    found = {
        "srocc": srocc(value, mean),
        "plcc": plcc(value, mean),
        "pairwise_accuracy": pairwise_accuracy(value, mean),
        "rmse": float(np.sqrt(np.mean(np.square(value - mean)))),
        "nll": -float(gaussian_log_likelihood(value, mean, sd).mean()),
    }
    for level in LEVELS:
        found[f"coverage_{round(100 * level)}"] = float((np.abs(value - mean) <= own.half_width(level)).mean())
    return found


def against_mean_opinion(scored: Scored) -> dict[str, float]:
    """Correlate the mean prediction of each image with its mean rating."""
    _, image = np.unique(scored.image, return_inverse=True)
    count = np.bincount(image)
    value = np.bincount(image, scored.value) / count
    mean = np.bincount(image, scored.mean) / count
    return {"mean_opinion_srocc": srocc(value, mean), "mean_opinion_plcc": plcc(value, mean)}


def opinion_intervals(scored: Scored, *, seed: int = 0) -> dict[str, tuple[float, float]]:
    """Resample raters, take the means of each image again, and return the 95 % interval of each correlation."""
    raters, rater = np.unique(scored.rater, return_inverse=True)
    images, image = np.unique(scored.image, return_inverse=True)
    shape = len(raters), len(images)
    columns = (np.ones(len(rater)), scored.value, scored.mean)
    tables = [csr_array((column, (rater, image)), shape=shape) for column in columns]
    often = np.full(len(raters), 1.0 / len(raters))
    draws = np.random.default_rng(seed).multinomial(len(raters), often, size=OPINION_RESAMPLES).astype(np.float64)
    found: dict[str, list[float]] = {"mean_opinion_srocc": [], "mean_opinion_plcc": []}
    for times in draws:
        count, value, mean = (times @ table for table in tables)
        rated = count > 0
        left, right = value[rated] / count[rated], mean[rated] / count[rated]
        found["mean_opinion_srocc"].append(srocc(left, right))
        found["mean_opinion_plcc"].append(plcc(left, right))
    known = {name: np.array(values)[np.isfinite(values)] for name, values in found.items()}
    return {
        name: (float(np.quantile(values, 0.025)), float(np.quantile(values, 0.975)))
        for name, values in known.items()
        if len(values)
    }


def bootstrap_mean(values: Floats, *, seed: int = 0, resamples: int = RESAMPLES) -> Estimate:
    """Resample raters; those whose metric is undefined are left out."""
    known = values[np.isfinite(values)]
    if not len(known):
        return Estimate(value=float("nan"), low=float("nan"), high=float("nan"), raters=0)
    draws = np.random.default_rng(seed).integers(len(known), size=(resamples, len(known)))
    low, high = np.quantile(known[draws].mean(axis=1), (0.025, 0.975))
    return Estimate(value=float(known.mean()), low=float(low), high=float(high), raters=len(known))


def paired_difference(left: Floats, right: Floats, *, seed: int = 0) -> Estimate:
    """Return left - right over the same raters; an interval above zero says left is better."""
    return bootstrap_mean(left - right, seed=seed)


def summarise(scored: Scored, *, seed: int = 0) -> dict[str, dict[str, float | int | None]]:
    """Return every metric as mean over raters with interval, JSON-able."""
    table = {name: bootstrap_mean(values, seed=seed).as_json() for name, values in per_rater(scored).items()}
    images, intervals = len(np.unique(scored.image)), opinion_intervals(scored, seed=seed)
    for name, value in against_mean_opinion(scored).items():
        low, high = intervals.get(name, (float("nan"), float("nan")))
        numbers = {"value": value, "low": low, "high": high}
        table[name] = {key: round(x, 5) if np.isfinite(x) else None for key, x in numbers.items()} | {"images": images}
    return table


def compare(
    models: Mapping[str, Scored], reference: str, metric: str = "srocc"
) -> dict[str, dict[str, float | int | None]]:
    """Return reference minus each other model in one metric, paired by rater."""
    return {name: table[metric] for name, table in compare_all(models, reference, (metric,)).items()}


def compare_all(
    models: Mapping[str, Scored], reference: str, metrics: Sequence[str] = COMPARED
) -> dict[str, dict[str, dict[str, float | int | None]]]:
    """Return reference minus each other model in several metrics, paired by rater."""
    best = per_rater(models[reference])
    found: dict[str, dict[str, dict[str, float | int | None]]] = {}
    for name, scored in models.items():
        if name != reference:
            other = per_rater(scored)
            found[name] = {metric: paired_difference(best[metric], other[metric]).as_json() for metric in metrics}
    return found


def noise_ceiling(
    first: Scored, counts: Sequence[int] = (1,), metric: Callable[[Floats, Floats], float] = srocc
) -> Estimate:
    """Estimate from first (value) and repeated (mean) ratings what a perfect model could reach.

    With r the correlation of two ratings, the mean of k correlates with a noiseless opinion as the root of
    k r / (1 + (k - 1) r) (Spearman 1910, Brown 1910); `counts` are the k of the answers that are predicted. Each
    rater repeats few images, so the root is taken of the mean over raters, not of each.
    """
    order = np.argsort(first.rater, kind="stable")
    edges = np.flatnonzero(np.diff(first.rater[order])) + 1
    pairs = [metric(first.value[part], first.mean[part]) for part in np.split(order, edges)]
    found = bootstrap_mean(np.array(pairs))
    sizes = np.array(counts, np.float64)
    known = [max(number, 0.0) for number in (found.value, found.low, found.high)]
    roots = [float(np.sqrt(sizes * one / (1.0 + (sizes - 1.0) * one)).mean()) for one in known]
    return Estimate(value=roots[0], low=roots[1], high=roots[2], raters=found.raters)
