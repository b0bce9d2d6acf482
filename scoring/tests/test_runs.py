"""Training runs as rows: one at a time, cancelled, revived, given up, and started by number and by hand."""

import re
import threading
from datetime import timedelta
from importlib import import_module
from io import StringIO
from typing import Any, cast

import pytest
from celery import Task
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from ratings.choices import AssignmentKind, JobState, StudyState
from ratings.exceptions import ConflictError, JobStoppedError
from ratings.models import Study
from ratings.queueing import CircuitBreaker
from ratings.services.jobs import lifecycle
from ratings.services.jobs.lifecycle import revive_jobs
from ratings.tests.factories import make_participation, make_rating, make_study
from scoring.exceptions import ModelConflictError, TrainingInProgressError
from scoring.models import Embedding, ModelState, ModelVersion, TrainingRun
from scoring.pipeline.training import train
from scoring.selectors.training import studies_wanting_training
from scoring.services import request_training, runs
from scoring.services.versions import VersionCandidate, add_candidate, promote, roll_back
from scoring.tests.factories import make_version, save_stub
from scoring.tests.learning import make_world, trained

pytestmark = pytest.mark.django_db

LONG_AGO = timedelta(minutes=10)


def requested(study: Study | None = None) -> TrainingRun:
    """Queue a run."""
    return request_training(study=study or make_study(), reason="test", requested_by=None)


def reread(run: TrainingRun) -> TrainingRun:
    """Read a run's row again."""
    return TrainingRun.objects.get(pk=run.pk)


def fall_silent(run: TrainingRun) -> None:
    """Let a run look as if its worker had died a while ago."""
    TrainingRun.objects.filter(pk=run.pk).update(heartbeat_at=timezone.now() - LONG_AGO)


def abandoned() -> list[int]:
    """Give the runs that nobody seems to work on."""
    return [run.pk for run in lifecycle.abandoned_jobs(kind=TrainingRun)]


def add_ratings(study: Study, count: int, **assignment: Any) -> None:
    """Let one rater rate so many images."""
    participation = make_participation(study=study)
    for _ in range(count):
        make_rating(participation=participation, assignment=assignment)


def test_a_study_has_one_run_at_a_time_by_the_database_itself() -> None:
    study = make_study()
    requested(study)
    with pytest.raises(TrainingInProgressError, match="is being trained already"):
        requested(study)
    with pytest.raises(IntegrityError), transaction.atomic():
        TrainingRun.objects.create(study=study, reason="behind the service's back")
    requested(make_study())


@pytest.mark.django_db(transaction=True)
def test_of_many_who_ask_at_once_one_gets_a_run() -> None:
    study, outcomes = make_study(), []
    gate = threading.Barrier(6)

    def ask() -> None:
        gate.wait()
        try:
            requested(study)
            outcomes.append("run")
        except TrainingInProgressError:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused"] * 5 + ["run"]


def test_a_run_is_taken_up_by_one_worker_only() -> None:
    run = requested()
    assert lifecycle.start_job(kind=TrainingRun, job_id=run.pk) is not None
    assert lifecycle.start_job(kind=TrainingRun, job_id=run.pk) is None


def test_a_run_whose_worker_was_killed_is_found_and_taken_up_again() -> None:
    run = requested()
    lifecycle.start_job(kind=TrainingRun, job_id=run.pk)
    assert abandoned() == []
    fall_silent(run)
    assert abandoned() == [run.pk]
    again = lifecycle.start_job(kind=TrainingRun, job_id=run.pk)
    assert again is not None
    assert (again.state, again.attempts) == (JobState.RUNNING, 2)


def test_a_run_that_was_queued_but_never_delivered_is_found_too() -> None:
    run = requested()
    fall_silent(run)
    assert abandoned() == [run.pk]


def test_a_run_that_keeps_killing_its_workers_is_given_up_with_a_sentence() -> None:
    run = requested()
    for _ in range(lifecycle.MOST_ATTEMPTS):
        assert lifecycle.start_job(kind=TrainingRun, job_id=run.pk) is not None
        fall_silent(run)
    assert lifecycle.start_job(kind=TrainingRun, job_id=run.pk) is None
    assert reread(run).state == JobState.FAILED
    assert "give it more memory" in reread(run).error


def test_a_cancelled_run_ends_at_the_next_word_of_its_worker_and_is_not_taken_up() -> None:
    run = requested()
    held = lifecycle.start_job(kind=TrainingRun, job_id=run.pk)
    assert held is not None
    lifecycle.report_progress(job=held, stage="fitting", share=0.4)
    runs.cancel_run(run=run, actor=None)
    with pytest.raises(JobStoppedError):
        lifecycle.report_progress(job=held, stage="fitting", share=0.5)
    assert not lifecycle.finish_job(job=held)
    assert reread(run).state == JobState.CANCELLED
    assert lifecycle.start_job(kind=TrainingRun, job_id=run.pk) is None
    with pytest.raises(ConflictError, match="has ended already"):
        runs.cancel_run(run=run, actor=None)


def test_training_stops_where_it_is_cancelled_and_leaves_no_version() -> None:
    world = make_world(raters=3, each=14)
    run = requested(world.study)
    stages: list[str] = []

    def cancel_in_the_fit(stage: str, share: float) -> None:
        stages.append(stage)
        if stage.startswith("fitting") and share > 0:
            runs.cancel_run(run=reread(run), actor=None)

    train.train(run_id=run.pk, on_progress=cancel_in_the_fit)
    assert reread(run).state == JobState.CANCELLED
    assert [stage.startswith("fitting") for stage in stages].count(True) == 1
    assert not ModelVersion.objects.exists()


def test_too_few_ratings_are_no_failure_and_the_run_says_how_many_it_takes() -> None:
    world = make_world(raters=1, each=8)
    run = trained(world.study)
    assert (run.state, run.stage, run.error) == (JobState.SKIPPED, "too few ratings to learn from", "")
    assert re.search(
        r"There are 7 ratings of 7 images to learn from: collect at least 30 ratings of 10 images\b", run.log
    )


def test_ratings_of_images_that_no_encoder_can_read_fail_a_run_with_a_sentence() -> None:
    world = make_world(raters=5, each=12)
    Embedding.objects.all().delete()  # the files are not there
    run = trained(world.study)
    assert run.state == JobState.FAILED
    assert re.match(r"Of \d+ ratings only 0, of 0 images, are of files that the encoder can read", run.error)


def test_a_run_that_was_skipped_is_not_started_again_for_its_encoder() -> None:
    study = make_study(encoder_key="another")
    make_version(study=study, state=ModelState.LIVE)
    assert studies_wanting_training() == [study]
    assert trained(study).state == JobState.SKIPPED
    assert studies_wanting_training() == []


def test_an_unknown_encoder_fails_a_run_with_a_sentence() -> None:
    world = make_world(raters=5, each=12, encoder_key="nonsense")
    run = trained(world.study)
    assert run.state == JobState.FAILED
    assert run.error.startswith("Encoder: 'nonsense' is unknown; use")


def test_so_many_new_ratings_start_a_run_and_practice_and_repeats_do_not_count() -> None:
    study = make_study(retrain_every=5, target=100)
    add_ratings(study, 4)
    add_ratings(study, 5, kind=AssignmentKind.PRACTICE)
    add_ratings(study, 5, kind=AssignmentKind.REPEAT)
    assert studies_wanting_training() == []
    add_ratings(study, 1)
    assert studies_wanting_training() == [study]


@pytest.mark.parametrize("state", [JobState.SUCCEEDED, JobState.SKIPPED, JobState.FAILED, JobState.CANCELLED])
def test_a_run_that_ended_in_any_way_is_not_followed_by_another_until_more_ratings_came(state: JobState) -> None:
    study = make_study(retrain_every=5, target=100)
    add_ratings(study, 6)
    run = requested(study)
    assert studies_wanting_training() == []
    lifecycle.finish_job(job=run, state=state)
    assert studies_wanting_training() == []
    add_ratings(study, 5)
    assert studies_wanting_training() == [study]


def test_switching_the_encoder_starts_one_run_while_the_old_model_serves() -> None:
    study = make_study(encoder_key="one")
    make_version(study=study, state=ModelState.LIVE, encoder_key="one")
    assert studies_wanting_training() == []
    study.encoder_key = "two"
    study.save()
    assert studies_wanting_training() == [study]
    run = requested(study)
    lifecycle.describe_job(job=run, encoder_key="two")
    lifecycle.finish_job(job=run, state=JobState.FAILED)
    assert studies_wanting_training() == []


def test_closed_studies_are_not_trained_by_number() -> None:
    study = make_study(retrain_every=1, state=StudyState.CLOSED)
    add_ratings(study, 2)
    assert studies_wanting_training() == []


def test_a_repeated_attempt_takes_the_place_of_what_the_first_left_behind() -> None:
    run = requested()
    first = add_candidate(run=run, candidate=VersionCandidate(encoder_key="k", data_digest="a" * 64), save=save_stub)
    second = add_candidate(run=run, candidate=VersionCandidate(encoder_key="k", data_digest="b" * 64), save=save_stub)
    assert list(ModelVersion.objects.all()) == [second]
    assert second.number == first.number
    assert second.folder != first.folder


def test_rolling_back_brings_the_one_before_back_and_says_when_there_is_none() -> None:
    study = make_study()
    one, two = (make_version(study=study) for _ in range(2))
    promote(version=one, actor=None)
    with pytest.raises(ModelConflictError, match="no earlier model"):
        roll_back(study=study, actor=None)
    promote(version=two, actor=None)
    assert roll_back(study=study, actor=None) == one
    assert [version.state for version in ModelVersion.objects.order_by("number")] == ["live", "retired"]


def test_the_command_says_why_it_trains_nothing_and_names_a_failure_in_one_line() -> None:
    study, said = make_study(), StringIO()
    call_command("retrain", "--study", study.slug, "--wait", stdout=said)
    assert "collect at least 30 ratings" in said.getvalue()
    failing = make_world(raters=5, each=12, encoder_key="nonsense").study
    with pytest.raises(CommandError, match=r"Encoder: 'nonsense' is unknown") as failure:
        call_command("retrain", "--study", failing.slug, "--wait")
    assert failure.value.returncode == 1
    with pytest.raises(CommandError, match="nowhere") as failure:
        call_command("retrain", "--study", "nowhere")
    assert failure.value.returncode == 2


@pytest.mark.django_db(transaction=True)
def test_a_run_that_is_asked_for_while_the_broker_is_away_waits_for_the_sweep(caplog: pytest.LogCaptureFixture) -> None:
    study = make_study()

    class TaskWithoutBroker:
        name = "train"

        def apply_async(self, *, args: tuple[Any, ...]) -> None:
            raise OSError(f"the broker is away, and {args} waits")

    with transaction.atomic():
        run = requested(study)
        CircuitBreaker(pause=5).send_on_commit(cast("Task[Any, Any]", TaskWithoutBroker()), run.pk)
    assert "the broker is away" in caplog.text
    assert reread(run).state == JobState.QUEUED
    fall_silent(run)
    assert revive_jobs(kind=TrainingRun) == [run.pk]


def test_asking_for_several_studies_leaves_those_alone_that_are_being_trained() -> None:
    busy, free = make_study(), make_study()
    requested(busy)
    (run,) = runs.request_each(studies=[busy, free], reason="the clock")
    assert (run.study, run.state, run.reason) == (free, JobState.QUEUED, "the clock")


def test_every_entry_of_the_schedule_names_a_task_that_workers_know(settings: LazySettings) -> None:
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        app, module, name = str(entry["task"]).split(".")
        assert callable(getattr(import_module(f"{app}.{module}"), name))
