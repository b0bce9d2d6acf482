"""Scores worked out by hand: a mean and its lower bound on the study's scale, and where pictures stand for a rater."""

from dataclasses import replace

import numpy as np

from scoring.ml.data.arrays import Floats, Images
from scoring.ml.reward import RepresentedImages, RewardModel, Shares
from scoring.ml.scores import Scale, percentiles, score_raters
from scoring.ml.taste.head import TasteHead


class NoBackbone:
    """Sees nothing: the pictures are represented already."""

    def represent(self, images: Images) -> RepresentedImages:
        raise NotImplementedError

    def share(self, images: Images, weights: Floats) -> Shares:
        raise NotImplementedError


def seen(z: list[float], consensus: list[float]) -> RepresentedImages:
    """Represent pictures by one direction of taste; all opinions vary by 0.01 beside the noise of 0.03."""
    return RepresentedImages(z=np.array(z)[:, None], consensus=np.array(consensus), variance=np.full(len(z), 0.01))


HEAD = TasteHead(mean=np.array([0.5, 1.0, 0.0]), factor=np.zeros((3, 3)), noise=0.03, shape=10.0, offset=0.5)
MODEL = RewardModel(encoder_key="by hand", backbone=NoBackbone(), head=HEAD)
EVERYBODY = MODEL.prior()
FOND = replace(EVERYBODY, mean=np.array([0.5, 1.0, 0.2]))


def test_scores_are_on_the_scale_of_the_study_and_the_lower_bound_lies_k_deviations_below() -> None:
    found = score_raters(MODEL, seen([1.0, -1.0], [0.5, 0.75]), [EVERYBODY, FOND], scale=Scale(low=1, high=5), k=0.5)
    # everybody: the consensus; the other adds 0.2 z; sd = sqrt(0.03 + 0.01) = 0.2; the scale is 4 long and starts at 1
    np.testing.assert_allclose(found.mean, [[3.0, 4.0], [3.8, 3.2]])
    np.testing.assert_allclose(found.sd, 0.8)
    np.testing.assert_allclose(found.lower, [[2.6, 3.6], [3.4, 2.8]])
    assert np.isnan(found.percentile).all()  # there is nothing to compare with


def test_a_mean_beyond_the_scale_keeps_its_order_and_the_rating_stays_on_the_scale() -> None:
    found = score_raters(MODEL, seen([4.0, 3.0, 0.0, -4.0], [0.5] * 4), [FOND], scale=Scale(low=1, high=5))
    # 0.5 + 0.2 z: 1.3, 1.1, 0.5 and -0.3 of a scale that is 4 long and starts at 1
    np.testing.assert_allclose(found.mean, [[6.2, 5.4, 3.0, -0.2]])
    np.testing.assert_allclose(found.rating, [[5.0, 5.0, 3.0, 1.0]])
    np.testing.assert_allclose(found.lower, found.mean - 0.8)  # of the mean, so that it orders them, too
    reference = seen([4.5, 3.5, -3.5], [0.5] * 3)  # beyond the scale as well
    found = score_raters(MODEL, seen([4.0], [0.5]), [FOND], scale=Scale(low=1, high=5), reference=reference)
    np.testing.assert_allclose(found.percentile, [[200 / 3]])


def test_a_percentile_is_taken_among_pictures_as_this_rater_is_expected_to_like_them() -> None:
    reference = seen([1.0, -1.0], [0.5, 0.6])  # everybody prefers the second, the other the first
    found = score_raters(MODEL, seen([0.0], [0.55]), [EVERYBODY, FOND], scale=Scale(low=0, high=1), reference=reference)
    np.testing.assert_allclose(found.percentile, [[50.0], [50.0]])
    found = score_raters(MODEL, seen([1.0], [0.5]), [EVERYBODY, FOND], scale=Scale(low=0, high=1), reference=reference)
    np.testing.assert_allclose(found.percentile, [[25.0], [75.0]])  # alike by half, with one above or one below


def test_a_percentile_counts_what_lies_below_and_half_of_what_is_alike() -> None:
    found = percentiles(np.array([0.0, 2.0, 2.5, 9.0]), np.array([2.0, 1.0, 3.0, 2.0]))
    assert found.tolist() == [0.0, 50.0, 75.0, 100.0]  # 2.0: one below and two alike of four
