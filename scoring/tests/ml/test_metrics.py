"""Metrics against numbers worked out by hand."""

import numpy as np
import pytest

from scoring.ml.evaluation import metrics
from scoring.ml.evaluation.metrics import Scored


def scored(value: list[float], mean: list[float], *, sd: float = 1.0) -> Scored:
    return Scored(
        rater=np.zeros(len(value), np.int64),
        image=np.arange(len(value)),
        value=np.array(value),
        mean=np.array(mean),
        sd=np.full(len(value), sd),
    )


def test_srocc_looks_at_ranks_only() -> None:
    assert metrics.srocc(np.array([1.0, 2, 3]), np.array([1.0, 10, 100])) == pytest.approx(1.0)
    # ranks 1 2 3 against 2 1 3: 1 - 6 * 2 / (3 * 8) = 0.5
    assert metrics.srocc(np.array([1.0, 2, 3]), np.array([2.0, 1, 3])) == pytest.approx(0.5)


def test_equal_predictions_have_no_correlation_and_equal_ratings_no_defined_one() -> None:
    assert metrics.srocc(np.array([1.0, 2, 3]), np.ones(3)) == 0.0
    assert np.isnan(metrics.srocc(np.ones(3), np.array([1.0, 2, 3])))


def test_pairwise_accuracy_leaves_out_tied_ratings_and_halves_tied_predictions() -> None:
    # pairs of 1 1 2 with different ratings: (a, c) right, (b, c) tied in prediction
    value, mean = np.array([1.0, 1.0, 2.0]), np.array([0.0, 5.0, 5.0])
    assert metrics.pairwise_accuracy(value, mean) == pytest.approx(0.75)


def test_coverage_counts_ratings_inside_the_interval() -> None:
    # at sd 1 an 80 % interval reaches 1.28: one of two inside, none inside the 50 % one at 0.674
    found = metrics.one_rater(scored([0.0, 0.0], [1.0, 2.0]), np.arange(2))
    assert (found["coverage_50"], found["coverage_80"], found["coverage_95"]) == (0.0, 0.5, 0.5)
    assert found["rmse"] == pytest.approx(np.sqrt(2.5))
    assert found["nll"] == pytest.approx(0.5 * np.log(2 * np.pi) + 0.5 * 2.5)


def test_a_paired_difference_is_narrow_where_raters_differ_but_models_agree() -> None:
    rng = np.random.default_rng(0)
    raters = rng.normal(0.4, 0.3, 60)
    gain = metrics.paired_difference(raters + 0.02, raters)
    assert gain.value == pytest.approx(0.02)
    assert gain.high - gain.low < 1e-9
    assert metrics.bootstrap_mean(raters).high - metrics.bootstrap_mean(raters).low > 0.1


def test_the_summary_measures_each_image_against_its_mean_rating() -> None:
    table = Scored(
        rater=np.array([0, 0, 0, 1, 1, 1]),
        image=np.array([0, 1, 2, 0, 1, 2]),
        value=np.array([0.0, 0.5, 1.0, 0.2, 0.5, 0.8]),
        mean=np.array([0.1, 0.5, 0.9, 0.1, 0.5, 0.9]),
        sd=np.ones(6),
    )
    found = metrics.summarise(table)
    assert found["srocc"]["value"] == 1.0
    assert found["srocc"]["raters"] == 2
    assert found["mean_opinion_srocc"]["value"] == 1.0


def test_the_interval_against_the_mean_opinion_is_over_raters() -> None:
    # one rater in three turns the order around: drawn alone it gives -1, never drawn 1
    value = np.array([0.0, 0.5, 1.0, 0.1, 0.6, 0.9, 1.0, 0.5, 0.0])
    rater, image = np.repeat([0, 1, 2], 3), np.tile([0, 1, 2], 3)
    table = Scored(rater=rater, image=image, value=value, mean=np.tile([0.1, 0.5, 0.9], 3), sd=np.ones(9))
    found = metrics.summarise(table)["mean_opinion_srocc"]
    assert (found["low"], found["value"], found["high"]) == (-1.0, 1.0, 1.0)


def test_models_are_compared_in_every_metric_over_the_same_raters() -> None:
    good, bad = (scored([0.0, 0.5, 1.0], mean) for mean in ([0.1, 0.5, 0.9], [0.9, 0.5, 0.1]))
    (found,) = metrics.compare_all({"good": good, "bad": bad}, "good").values()
    assert (found["srocc"]["value"], found["pairwise_accuracy"]["value"]) == (2.0, 1.0)
    # squared errors 0.01, 0, 0.01 against 0.81, 0, 0.81
    assert found["rmse"]["value"] == pytest.approx(np.sqrt(0.02 / 3) - np.sqrt(1.62 / 3), abs=1e-5)


def test_the_noise_ceiling_is_the_root_of_the_agreement_between_first_and_repeated_ratings() -> None:
    first = np.array([1.0, 2.0, 3.0, 1.0, 2.0, 3.0])
    again = np.array([1.0, 2.0, 3.0, 2.0, 1.0, 3.0])  # rank correlations 1 and 1/2, mean 3/4
    table = Scored(rater=np.array([0, 0, 0, 1, 1, 1]), image=np.arange(6), value=first, mean=again, sd=np.ones(6))
    found = metrics.noise_ceiling(table)
    assert found.value == pytest.approx(np.sqrt(0.75))
    assert found.raters == 2


def test_the_ceiling_of_answers_that_are_means_of_several_ratings_is_higher() -> None:
    first, again = np.array([1.0, 2.0, 3.0]), np.array([2.0, 1.0, 3.0])  # rank correlation 1/2
    table = Scored(rater=np.zeros(3, int), image=np.arange(3), value=first, mean=again, sd=np.ones(3))
    # the mean of two: 2 x 0.5 / 1.5 = 2/3; of three: 1.5 / 2 = 3/4
    assert metrics.noise_ceiling(table, [2]).value == pytest.approx(np.sqrt(2 / 3))
    assert metrics.noise_ceiling(table, [2, 3]).value == pytest.approx((np.sqrt(2 / 3) + np.sqrt(3 / 4)) / 2)
