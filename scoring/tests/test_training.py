"""Training runs from ratings to a live model: what is learned from, what is measured, and what may serve."""

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from ratings.choices import AssignmentKind, JobState, Policy
from ratings.models import Participation, Rating
from ratings.tests.factories import make_rating, make_study
from scoring.metrics import MeasuredFigure, VersionMetrics
from scoring.models import ModelState, ModelVersion, Taste, TrainingRun
from scoring.pipeline.training import train
from scoring.pipeline.training.measure import repeat_ceiling
from scoring.pipeline.training.outcome import promote_unless_worse
from scoring.pipeline.training.unseen_raters import folds
from scoring.selectors.training import study_ratings
from scoring.services import request_training
from scoring.services.versions import VersionCandidate, add_candidate
from scoring.tests.factories import make_version, save_stub
from scoring.tests.learning import make_world, trained, trained_version

pytestmark = pytest.mark.django_db


def test_a_run_measures_the_model_beside_baselines_new_raters_and_its_own_intervals() -> None:
    world = make_world(raters=8, each=36)
    version = trained_version(world.study)
    metrics = version.metrics
    assert version.state == ModelState.LIVE
    assert metrics["personal"]["srocc"]["value"] > metrics["baselines"]["rater-mean"]["srocc"]["value"]
    assert set(metrics["baselines"]) >= {"image-mean", "both-biases", "global-ridge", "hierarchical-linear"}
    assert set(metrics["lead"]) == {"global", *metrics["baselines"]}
    assert set(metrics["k_shot"]) == {"0", "1", "5", "10", "25"}
    assert metrics["k_shot"]["25"]["srocc"]["value"] > metrics["k_shot"]["0"]["srocc"]["value"]
    assert metrics["unseen_raters"] == metrics["k_shot"]["0"]
    assert set(metrics["selection"]) >= {"1", "2", "4"}
    assert metrics["selection"]["1"]["gain"]["raters"] == 8
    inside = [point["inside"]["value"] for point in metrics["calibration"]]
    assert inside == sorted(inside)
    assert sum(metrics["parts"].values()) == pytest.approx(1.0, abs=0.01)
    assert {"rater: mean", "others"} < set(metrics["parts"])
    assert metrics["noise_ceiling"] is None
    assert version.measured.as_json() == metrics
    assert "torch" in metrics["software"]


def test_the_test_slice_is_kept_out_of_training_and_nothing_new_skips_the_next_run() -> None:
    world = make_world(raters=6, each=24)
    version = trained_version(world.study)
    ratings = study_ratings(study=world.study)
    assert version.metrics["ratings"] == len(ratings.learnable)
    assert version.metrics["test_ratings"] == len(ratings.test) > 0
    taste = Taste.objects.filter(model_version=version)
    assert sum(row.rating_count for row in taste) == len(ratings.learnable)

    world.add_rater().rate(world.rows[0], policy=Policy.RANDOM)
    run = trained(world.study)
    assert (run.state, run.stage) == (JobState.SKIPPED, "nothing new since v1")
    assert ModelVersion.objects.count() == 1


@pytest.mark.slow
def test_data_whose_model_was_found_worse_is_not_trained_on_again() -> None:
    world = make_world(raters=4, each=20)
    version = trained_version(world.study)
    ModelVersion.objects.update(state=ModelState.CANDIDATE)
    assert trained(world.study).state == JobState.SKIPPED
    world.add_rater().rate_some(world.rows[:12])
    assert trained_version(world.study).number == version.number + 1


def test_what_a_killed_attempt_left_does_not_keep_its_run_from_ending() -> None:
    world = make_world(raters=4, each=20)
    trained_version(world.study)
    ModelVersion.objects.update(state=ModelState.CANDIDATE, promoted_at=None)
    TrainingRun.objects.update(state=JobState.RUNNING, heartbeat_at=timezone.now() - timedelta(minutes=10))
    train.train(run_id=TrainingRun.objects.get().pk)
    assert TrainingRun.objects.get().state == JobState.SUCCEEDED
    assert ModelVersion.objects.get().state == ModelState.LIVE


def test_ratings_given_while_a_model_is_trained_are_learned_once_it_is_live() -> None:
    world = make_world(raters=4, each=20)
    newcomer = world.add_rater()
    run = request_training(study=world.study, reason="test", requested_by=None)
    given: list[Rating] = []

    def rate_meanwhile(stage: str, share: float) -> None:
        if stage == "saving":
            given.append(newcomer.rate(world.rows[0], value=5))

    train.train(run_id=run.pk, on_progress=rate_meanwhile)
    taste = Taste.objects.get(participation=newcomer.participation)
    assert (taste.rating_count, taste.last_rating) == (1, given[0].pk)


def test_a_candidate_that_is_worse_than_the_live_model_is_kept_but_not_promoted() -> None:
    study = make_study()
    good = make_version(study=study, state=ModelState.LIVE)
    for low, state in ((0.01, ModelState.CANDIDATE), (-0.01, ModelState.LIVE)):
        run = request_training(study=study, reason="test", requested_by=None)
        metrics = VersionMetrics(rmse_minus_live=MeasuredFigure(value=0.02, low=low, high=0.05))
        candidate = VersionCandidate(encoder_key="offline", data_digest="0" * 64, metrics=metrics)
        version = add_candidate(run=run, candidate=candidate, save=save_stub)
        promote_unless_worse(run, version)
        version.refresh_from_db()
        assert version.state == state
    good.refresh_from_db()
    assert good.state == ModelState.RETIRED


def test_a_model_is_compared_with_the_live_one_on_the_same_ratings() -> None:
    world = make_world(raters=5, each=20)
    first = trained_version(world.study)
    fresh = world.add_images(4)  # which the live model has not seen
    for _ in range(2):
        world.add_rater().rate_some([*fresh, *world.rows[:16]])
    second = trained_version(world.study)
    assert second.metrics["live"]["version"] == str(first)
    assert "rmse_minus_live" in second.metrics


def test_repeats_give_the_ceiling_that_a_perfect_model_could_reach() -> None:
    world = make_world()
    for _ in range(2):
        person = world.add_rater()
        for row, (first, again) in zip(world.rows, ((1, 1), (2, 3), (5, 4)), strict=False):
            person.rate(row, value=first)
            participation = Participation.objects.get(pk=person.participation.pk)
            repeat = {"kind": AssignmentKind.REPEAT}
            make_rating(participation=participation, study_image=row, value=again, assignment=repeat)
    ceiling = repeat_ceiling(study_ratings(study=world.study))
    assert ceiling is not None
    assert (ceiling.value, ceiling.repeats) == (1.0, 6)


def test_large_studies_hold_out_a_fifth_of_the_raters_and_small_ones_each_rater_once() -> None:
    assert [len(fold) for fold in folds(np.arange(205), 70_000)] == [41]
    small = folds(np.arange(12), 500)
    assert sorted(np.concatenate(small)) == list(range(12))
