"""Find out what more ratings would bring: to the study, by models of parts of them; to a rater, by the posterior."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ratings.services.jobs.progress import Progress
from scoring.metrics import GainPoint, LearningPoint, MeasuredFigure, Outlook, RaterGains, VersionMetrics
from scoring.ml.data.arrays import Floats, Ratings, rows_by
from scoring.ml.evaluation.learning_curve import SHARES, LearningCurve, expected_gain, expected_last_step, part_of
from scoring.ml.evaluation.metrics import bootstrap_mean, paired_difference, per_rater, score_prediction
from scoring.ml.evaluation.simulated_raters import Trial, expected_interval, simulated_srocc
from scoring.ml.reward import RewardModel
from scoring.ml.training.fit import FitSettings, fit_reward, predict_ratings
from scoring.models import ModelVersion
from scoring.pipeline.training.measure import TrainedModel, measured
from scoring.services.rater_outlooks import save_outlooks

FEWEST_RATERS = 6
FEWEST_RATINGS = 200  # that a quarter can still be learned from
MORE = (1.25, 1.5, 2.0)  # times as many ratings
RATER_MORE = (10, 25, 50)  # further ratings of one rater
DRAWS = 12
MOST_RATERS = 2000  # whose outlook is reckoned, those with the most ratings
SEED = 0


def measure_outlook(trained: TrainedModel, metrics: VersionMetrics, *, tell: Progress) -> VersionMetrics:
    """Learn from a quarter and from half of the study's ratings, and say what more would bring; give that as well."""
    own, query = trained.data.snapshot.ratings, trained.data.ratings(trained.data.known(trained.ratings.test))
    if len(np.unique(query.rater)) < FEWEST_RATERS or len(own) < FEWEST_RATINGS:
        return metrics
    columns, points = [], []
    for place, share in enumerate(SHARES):
        tell(f"learning from {share:.0%} of the ratings", place / len(SHARES))
        part = own if share == 1.0 else part_of(own, share, seed=SEED)
        model = trained.model if share == 1.0 else fitted_to(trained, part)
        columns.append(srocc_by_rater(model, trained, query))
        points.append(LearningPoint(ratings=len(part), srocc=measured(bootstrap_mean(columns[-1]))))
    curve = LearningCurve(srocc=np.column_stack(columns))
    gains = [
        GainPoint(more=round((times - 1.0) * len(own)), srocc=measured(expected_gain(curve, times=times)))
        for times in MORE
    ]
    outlook = Outlook(
        points=tuple(points),
        gains=tuple(gains),
        expected_before=measured(expected_last_step(curve)),
        brought_before=measured(paired_difference(columns[-1], columns[-2])),
    )
    return replace(metrics, outlook=outlook)


def fitted_to(trained: TrainedModel, part: Ratings) -> RewardModel:
    """Fit to a part of the study's own ratings and all of the sets', as the model itself was."""
    joint = trained.joint.ratings
    width = len(trained.joint.images)
    rows = (joint.dataset != 0) | np.isin(joint.rater * width + joint.image, part.rater * width + part.image)
    settings = FitSettings(factors=trained.fitted.record["chosen"]["factors"])
    return fit_reward(
        trained.joint.with_ratings(joint.take(rows)), encoder_key=trained.model.encoder_key, settings=settings
    ).model


def srocc_by_rater(model: RewardModel, trained: TrainedModel, query: Ratings) -> Floats:
    """Give the SROCC of each rater on the test slice."""
    found = predict_ratings(model, trained.data.snapshot, query, model.known_raters)
    return per_rater(score_prediction(query, found))["srocc"]


def save_rater_outlooks(version: ModelVersion, trained: TrainedModel) -> None:
    """Keep what more ratings of each rater are expected to bring."""
    keys = {place: key for key, place in trained.data.rater_rows.items()}
    found = {keys[rater]: known for rater, known in rater_outlooks(trained)}
    save_outlooks(version=version, found=found)


def rater_outlooks(trained: TrainedModel) -> Iterator[tuple[int, tuple[int, RaterGains]]]:
    """Give, by rater, the number of their ratings and what further ones are expected to bring."""
    model, data = trained.model, trained.data
    seen = model.represent(data.snapshot.images)
    by_rater = rows_by(data.snapshot.ratings.rater)
    most = sorted(by_rater, key=lambda rater: -len(by_rater[rater]))[:MOST_RATERS]
    study = data.study
    step = study.scale_step / (study.scale_max - study.scale_min)
    for rater in most:
        taste = model.known_raters.get(data.snapshot.raters.keys[rater])
        if taste is None:
            continue
        unrated = np.setdiff1d(np.arange(len(seen)), data.snapshot.ratings.image[by_rater[rater]])
        rng = np.random.default_rng([SEED, rater])
        trial = Trial(counts=(0, *RATER_MORE), draws=DRAWS, step=step)
        gains = gains_of(simulated_srocc(model, seen.take(unrated), taste, trial, rng))
        if gains is not None:
            yield rater, (len(by_rater[rater]), gains)


def gains_of(drawn: Floats) -> RaterGains | None:
    """Give what is expected now and after each number of further ratings; none where too few pictures are left."""
    now = expected_interval(drawn[:, 0])
    if now is None:
        return None
    points = []
    for place, more in enumerate(RATER_MORE, start=1):
        rise = expected_interval(drawn[:, place] - drawn[:, 0])
        if rise is not None:
            points.append(GainPoint(more=more, srocc=figure_of(rise)))
    return RaterGains(now=figure_of(now), gains=tuple(points))


def figure_of(found: tuple[float, float, float]) -> MeasuredFigure:
    """Give a mean with its interval as it is stored."""
    value, low, high = found
    return MeasuredFigure(value=round(value, 4), low=round(low, 4), high=round(high, 4))
