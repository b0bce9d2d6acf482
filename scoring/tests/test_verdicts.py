"""The verdict on a version follows from its figures, and says what they rest on."""

from dataclasses import replace

import numpy as np

from scoring.metrics import LearningSource, LiveFigures, MeasuredFigure, ModelFigures, SelectionPoint, VersionMetrics
from scoring.ml.evaluation.metrics import Scored, group_accuracy
from scoring.verdicts import promotion, verdict_on


def figure(value: float, low: float, high: float, raters: int = 40) -> MeasuredFigure:
    return MeasuredFigure(value=value, low=low, high=high, raters=raters)


MEASURED = VersionMetrics(
    ratings=145,
    test_ratings=400,
    personal=ModelFigures(srocc=figure(0.45, 0.4, 0.5)),
    unseen_raters=ModelFigures(srocc=figure(0.3, 0.2, 0.4)),
    personal_minus_global=figure(0.05, 0.02, 0.08),
    baselines={"image-mean": ModelFigures(srocc=figure(0.3, 0.2, 0.4))},
    lead={"image-mean": figure(0.15, 0.1, 0.2)},
)


def test_a_good_version_is_called_so_with_the_figures_it_rests_on() -> None:
    verdict = verdict_on(measured=MEASURED, name="v2", model_names={"image-mean": "Mean of the image"})
    assert verdict.sentence == (
        "v2: it predicts well; for new raters as well; knowing a rater's taste pays; it is the first to be measured; "
        "better than every simpler model, of which “Mean of the image” is the best; "
        "next: use it, and retrain as ratings come in."
    )
    assert verdict.points[0].evidence == (
        "SROCC per rater 0.450 (0.400 to 0.500), 400 ratings of this study's test slice, 40 raters"
    )


def test_figures_on_few_cases_are_marked_and_the_advice_is_to_collect_more() -> None:
    few = replace(MEASURED, test_ratings=15)
    verdict = verdict_on(measured=few, name="v1", model_names={})
    assert verdict.sentence.startswith("v1 (on few cases): ")
    assert verdict.points[0].is_thin
    assert "collect until 100 ratings by 10 raters" in verdict.sentence


def test_a_verdict_says_whether_choosing_pictures_paid() -> None:
    def said(low: float, high: float) -> str:
        gain = figure((low + high) / 2, low, high)
        point = SelectionPoint(chosen=figure(0.2, 0.1, 0.3), drawn=figure(0.25, 0.2, 0.3), gain=gain)
        return verdict_on(measured=replace(MEASURED, selection={"20": point}), name="v2", model_names={}).sentence

    assert "; choosing pictures paid; " in said(0.01, 0.09)
    assert "; choosing pictures did harm; " in said(-0.09, -0.01)
    assert "; a gain by choosing pictures is not shown; " in said(-0.01, 0.09)


def test_a_version_without_a_test_slice_is_not_judged() -> None:
    verdict = verdict_on(measured=VersionMetrics(ratings=30), name="v1", model_names={})
    assert verdict.sentence.startswith("v1: nothing was measured")


def test_a_version_is_worse_where_either_paired_interval_says_so() -> None:
    live = LiveFigures(version="v1")
    worse_ranks = replace(MEASURED, live=live, srocc_minus_live=figure(-0.5, -1.0, -0.2))
    worse_errors = replace(MEASURED, live=live, rmse_minus_live=figure(0.02, 0.01, 0.03))
    no_difference = replace(MEASURED, live=live, srocc_minus_live=figure(-0.1, -0.3, 0.1))
    assert [promotion(one).is_worse for one in (worse_ranks, worse_errors, no_difference)] == [True, True, False]
    assert promotion(no_difference).point.answer == "not shown to differ from v1"


def test_what_a_version_learned_from_is_listed_by_source() -> None:
    heads = [{"name": "study", "ratings": 100, "weight": 1.0}, {"name": "avt", "ratings": 300, "weight": 1 / 3}]
    measured = VersionMetrics(ratings=100, fit={"datasets": heads})
    assert measured.sources == (
        LearningSource(name="", ratings=100, share=0.25, weight_share=0.5),
        LearningSource(name="avt", ratings=300, share=0.75, weight_share=0.5),
    )
    assert VersionMetrics(ratings=7).sources == (LearningSource(name="", ratings=7, share=1.0, weight_share=1.0),)


def test_only_pairs_of_one_prompt_count_within_prompts() -> None:
    scored = Scored(
        rater=np.zeros(5, np.int64),
        image=np.arange(5),
        value=np.array([1.0, 2.0, 1.0, 2.0, 5.0]),
        mean=np.array([1.0, 2.0, 2.0, 1.0, 9.0]),
        sd=np.ones(5),
    )
    found = group_accuracy(scored, np.array([0, 0, 1, 1, -1]))
    assert found is not None
    assert (found["value"], found["pairs"]) == (0.5, 2)  # prompt 0 in the right order, prompt 1 not
    assert group_accuracy(scored, np.full(5, -1)) is None
