"""A picture that somebody would rather not look at lies below what they usually give: near the exact posterior."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from scipy.stats import norm, spearmanr

from scoring.ml.data.arrays import Floats, Ints
from scoring.ml.data.games import Flags
from scoring.ml.evaluation.metrics import Estimate, paired_difference
from scoring.ml.reward import LINE_VARIANCE, RepresentedImages, RewardModel
from scoring.ml.taste.comparisons import ShownGames
from scoring.ml.taste.posterior import TastePosterior
from scoring.ml.training.fit import FitSettings, fit_reward
from scoring.tests.ml.sets import World, make_world

KNOWN, NEW, RATED = 30, 40, 10


@dataclass(frozen=True, kw_only=True)
class Tried:
    """Made-up raters whom a model knows nothing of, and the model."""

    world: World
    model: RewardModel
    seen: RepresentedImages


@cache
def tried() -> Tried:
    """Fit to some of the raters."""
    world = make_world(raters=KNOWN + NEW, images=120, taste=0.3, seed=4)
    known = world.snapshot.ratings.take(world.snapshot.ratings.rater < KNOWN)
    model = fit_reward(world.snapshot.with_ratings(known), encoder_key="", settings=FitSettings(factors=False)).model
    return Tried(world=world, model=model, seen=model.represent(world.snapshot.images))


def below_average(count: int) -> ShownGames:
    """Say that each picture was liked less than one of as many average ones behind them."""
    places = np.arange(count)
    return ShownGames(better=places + count, worse=places, is_tied=np.zeros(count, bool), screens=count)


def with_skips(model: RewardModel, taste: TastePosterior, skipped: RepresentedImages) -> TastePosterior:
    shown = skipped
    for _ in range(len(skipped)):
        shown = shown.joined(model.average_picture())
    return model.learn_choices(taste, shown, below_average(len(skipped)))


def test_skips_give_the_exact_posterior_of_one_weight() -> None:
    """Integrate over the only weight that is not known: pictures of average opinion, in one direction of taste."""
    model = tried().model
    width = len(model.head.mean)
    factor = np.zeros((width, width))
    factor[2, 2] = 0.5
    start = TastePosterior(mean=model.head.mean * 0.0, factor=factor, shape=5.0, rate=4.0)
    z = np.zeros((6, width - 2))
    z[:, 0] = [1.0, 0.6, -0.3, 1.5, 0.2, 0.9]
    skipped = RepresentedImages(z=z, consensus=np.full(6, model.head.offset), variance=np.full(6, 0.01))
    found = with_skips(model, start, skipped)
    weight = np.linspace(-4, 4, 4001)
    noise = 2 * model.head.noise + 0.01 + LINE_VARIANCE
    said = norm.logpdf(weight, 0.0, 0.5) + norm.logcdf(-weight[:, None] * z[:, 0] / np.sqrt(noise)).sum(axis=1)
    share = np.exp(said - said.max())
    share /= share.sum()
    mean = float(share @ weight)
    sd = float(np.sqrt(share @ np.square(weight - mean)))
    assert found.mean[2] == pytest.approx(mean, abs=0.01 * sd)
    assert np.sqrt(found.covariance[2, 2]) == pytest.approx(sd, rel=0.03)
    assert mean < -0.2
    assert np.allclose(found.mean[[0, 1]], start.mean[[0, 1]])


def test_the_order_of_skips_is_no_matter_and_they_say_nothing_of_the_spread() -> None:
    found, rows = tried(), np.array([3, 9, 4])
    start = found.model.prior()
    one = with_skips(found.model, start, found.seen.take(rows))
    other = with_skips(found.model, start, found.seen.take(rows[::-1]))
    assert np.allclose(one.mean, other.mean, atol=1e-5)
    assert (one.shape, one.rate) == (start.shape, start.rate)


def srocc_gain(*, is_skipped: "Rule") -> Estimate:
    """Give what the pictures skipped on the way to ten ratings add to the order of all others, paired by rater."""
    before, after = [], []
    for rater in range(KNOWN, KNOWN + NEW):
        rng = np.random.default_rng(rater)
        order = rng.permutation(len(tried().seen))
        away = is_skipped.of(tried().world.liking[rater], rng)[order]
        end = int(np.flatnonzero(np.cumsum(~away) == RATED)[0]) + 1
        rated, skipped = order[:end][~away[:end]], order[:end][away[:end]]
        before.append(srocc_of(rater, rated, skipped[:0], order[end:]))
        after.append(srocc_of(rater, rated, skipped, order[end:]))
    return paired_difference(np.array(after), np.array(before))


def srocc_of(rater: int, rated: Ints, skipped: Ints, asked: Ints) -> float:
    """Give how well the rest is ordered after these ratings and skips."""
    found, ratings = tried(), tried().world.snapshot.ratings
    mine = ratings.take(ratings.rater == rater)  # of every image, in their order
    taste = found.model.posterior(found.seen.take(rated), mine.value[rated])
    taste = with_skips(found.model, taste, found.seen.take(skipped))
    expected = found.model.predict(found.seen.take(asked), taste).mean
    return float(spearmanr(expected, found.world.liking[rater, asked]).statistic)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Whom it keeps from a picture: who likes it little, or anybody."""

    share: float
    by_liking: bool

    def of(self, liking: Floats, rng: np.random.Generator) -> Flags:
        """Tell which pictures somebody would rather not look at."""
        said = liking + 0.1 * rng.standard_normal(len(liking)) if self.by_liking else rng.random(len(liking))
        return np.asarray(said < np.quantile(said, self.share))


def test_ten_ratings_and_the_skips_of_what_is_disliked_order_the_rest_better_than_ten_ratings() -> None:
    assert srocc_gain(is_skipped=Rule(share=0.3, by_liking=True)).low > 0.0


def test_skips_at_random_cost_little() -> None:
    assert srocc_gain(is_skipped=Rule(share=0.3, by_liking=False)).low > -0.03
