"""What was measured of a version is stored as before, and rows of former versions are read."""

from typing import Any

import numpy as np

from scoring.metrics import MeasuredFigure, ModelFigures, VersionMetrics
from scoring.ml.evaluation.metrics import Scored, summarise


def estimate(value: float) -> dict[str, Any]:
    return {"value": value, "low": value - 0.1, "high": value + 0.1, "raters": 6}


TABLE = {"srocc": estimate(0.5), "coverage_80": estimate(0.75), "mean_opinion_srocc": {**estimate(0.5), "images": 9}}
del TABLE["mean_opinion_srocc"]["raters"]
# The shape of the rows that version 0.9 stored: every part that a training run measures.
STORED: dict[str, Any] = {
    "fit": {"chosen": {"factors": 0}, "training_curve": [[10, 0.5, 0.25]]},
    "ratings": 300,
    "raters": 6,
    "images": 50,
    "test_ratings": 40,
    "noise_ceiling": {**estimate(0.75), "repeats": 12},
    "personal": TABLE,
    "global": {"srocc": estimate(0.25)},
    "baselines": {"image-mean": {"srocc": estimate(0.25)}},
    "lead": {"global": estimate(0.25)},
    "personal_minus_global": estimate(0.25),
    "calibration": [{"level": 0.5, "inside": estimate(0.5)}],
    "parts": {"others": 0.75, "rater: mean": 0.25},
    "live": {"version": "v1", "srocc": estimate(0.25)},
    "rmse_minus_live": {"value": None, "low": None, "high": None, "raters": 0},
    "k_shot": {"0": TABLE, "5": TABLE},
    "unseen_raters": TABLE,
    "selection": {"1": {"chosen": estimate(0.25), "drawn": estimate(0.5), "gain": estimate(0.25)}},
    "scale": "beauty",
    "software": {"torch": "2.13.0"},
    "dividing": [{"image": "0c3f7a86-4f2d-4a7e-9f0e-5d4f6b2a1c3d", "spread": 0.5, "low": 1.5, "high": 4.5}],
}


def test_metrics_are_stored_as_before() -> None:
    measured = VersionMetrics.from_json(STORED)
    assert measured.as_json() == STORED
    assert measured.personal is not None
    assert measured.personal.srocc == MeasuredFigure(value=0.5, low=0.4, high=0.6, raters=6)
    assert measured.live is not None
    assert measured.live.version == "v1"
    assert list(measured.tables) == ["personal", "global", "live", "unseen_raters", "image-mean"]
    assert measured.training_curve == [[10, 0.5, 0.25]]


def test_rows_of_other_versions_are_read() -> None:
    early = {
        "ratings": 30,
        "of_a_later_version": [1],
        "linear": {"srocc": estimate(0.25), "of_a_later_version": 1},
        "k_shot": {"5": estimate(0.5)},
        "baselines": None,
        "personal_minus_global": 0.25,
    }
    measured = VersionMetrics.from_json(early)
    assert (measured.ratings, measured.personal, measured.calibration) == (30, None, ())
    assert measured.tables == {"linear": ModelFigures(srocc=MeasuredFigure.from_json(estimate(0.25)))}
    assert measured.k_shot["5"].srocc == MeasuredFigure.from_json(estimate(0.5))
    assert measured.personal_minus_global == MeasuredFigure(value=0.25)
    assert VersionMetrics.from_json({}) == VersionMetrics()


def test_every_metric_of_the_model_code_has_its_field() -> None:
    rng = np.random.default_rng(0)
    value = rng.normal(size=40)
    scored = Scored(
        rater=np.repeat(np.arange(4), 10), image=np.tile(np.arange(10), 4), value=value, mean=value, sd=np.ones(40)
    )
    summary = summarise(scored)
    assert VersionMetrics(personal=ModelFigures.from_json(summary)).as_json()["personal"] == summary
