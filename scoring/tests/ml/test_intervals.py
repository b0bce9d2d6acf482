"""Intervals of predictions hold the share of ratings that they name, whatever the shape of the errors."""

import numpy as np
import pytest
from scipy.stats import norm

from scoring.ml.data.arrays import Floats
from scoring.ml.evaluation.calibration import UNCALIBRATED, calibrate
from scoring.ml.evaluation.held_out import ErrorGroup, HeldOutErrors
from scoring.ml.reward import Prediction
from scoring.ml.taste.head import TasteHead
from scoring.ml.taste.intervals import LEVELS, NORMAL

NORMAL_ERRORS = np.random.default_rng(0).standard_normal(200_000)


def make_errors(errors: Floats, *, count: int, group: ErrorGroup = ErrorGroup.NEW, sd: float = 1.0) -> HeldOutErrors:
    """Hold errors of one rater."""
    return HeldOutErrors(
        count=count, group=group, rater=np.zeros(len(errors), np.int64), error=errors, sd=np.full(len(errors), sd)
    )


def test_half_widths_of_a_normal_distribution_are_its_quantiles() -> None:
    found = Prediction(mean=np.zeros(2), sd=np.array([1.0, 2.0]))
    assert found.half_width(0.5) == pytest.approx([0.6745, 1.349], abs=1e-4)
    assert found.half_width(0.95) == pytest.approx([1.96, 3.92], abs=1e-3)
    assert found.half_width(0.1)[0] == pytest.approx(0.1257, abs=1e-4)  # between zero and the first measured level
    assert found.half_width(0.99)[0] == pytest.approx(2.5758, abs=1e-4)


def test_a_stretch_widens_its_own_level_and_those_between_in_proportion() -> None:
    found = Prediction(mean=np.zeros(1), sd=np.ones(1), stretch=np.array([[1.2, 1.0, 0.9]]))
    assert found.half_width(0.5) == pytest.approx([1.2 * 0.67449], abs=1e-4)
    assert found.half_width(0.8) == pytest.approx([1.28155], abs=1e-4)
    # 65 % lies at 0.93459 normally, (0.93459 - 0.67449) / (1.28155 - 0.67449) = 0.42846 of the way
    assert found.half_width(0.65) == pytest.approx([0.80939 + 0.42846 * (1.28155 - 0.80939)], abs=1e-3)
    assert found.half_width(0.99) == pytest.approx([0.9 * 2.57583], abs=1e-4)


def test_flat_errors_of_raters_nobody_knows_get_intervals_that_hold_at_every_level() -> None:
    # errors spread evenly over -1..1: 50, 80 and 95 % of them lie within 0.5, 0.8 and 0.95
    flat, normal = np.linspace(-1.0, 1.0, 200_001), NORMAL_ERRORS
    found = calibrate([make_errors(flat, count=0), make_errors(normal, count=50)])
    head = TasteHead(
        mean=np.zeros(2), factor=np.eye(2), noise=1.0, shape=9.0, offset=0.0,
        widths=found.widths, stretches=found.stretches,
    )  # fmt: skip
    new, known = (head.width(count) * head.stretch(count) * NORMAL for count in (0, 50))
    assert new == pytest.approx(LEVELS, abs=0.01)
    assert known == pytest.approx(NORMAL, rel=0.01)
    assert found.stretches[0][1][0] > 1.1
    assert found.stretches[0][1][2] < 0.95


def test_a_count_with_few_errors_borrows_from_all() -> None:
    few = 1.5 * norm.ppf((np.arange(300) + 0.5) / 300)  # 300 weigh as much as what holds over all counts
    found = calibrate([make_errors(few, count=0), make_errors(NORMAL_ERRORS, count=50)])
    (_, at_none), (_, later) = found.widths
    assert later == pytest.approx(1.0, abs=0.01)
    assert at_none == pytest.approx((1.5 + later) / 2, abs=0.02)


def test_known_raters_as_if_new_say_only_how_wide_intervals_without_ratings_are() -> None:
    wide = make_errors(3 * NORMAL_ERRORS, count=0, group=ErrorGroup.AS_IF_NEW)
    few = 1.2 * norm.ppf((np.arange(300) + 0.5) / 300)
    found = calibrate([wide, make_errors(few, count=5), make_errors(NORMAL_ERRORS, count=50)])
    (_, at_none), (_, at_five), _ = found.widths
    assert at_none == pytest.approx(1.8, abs=0.01)  # the widest that is tried
    assert at_five == pytest.approx((1.2 + 1.0) / 2, abs=0.02)  # half of its own, half of what is usual otherwise


def test_errors_on_images_that_the_model_has_seen_calibrate_nothing() -> None:
    assert calibrate([make_errors(NORMAL_ERRORS, count=5, group=ErrorGroup.NEW_ON_KNOWN)]) == UNCALIBRATED
    assert calibrate([]) == UNCALIBRATED
