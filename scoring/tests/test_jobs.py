"""Every kind of long work keeps one contract: taken up once, alive while it works, three attempts, a visible end."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError
from django.utils import timezone
from django.utils.module_loading import import_string

from ratings.choices import DeliveryKind, JobState
from ratings.exceptions import ConflictError, FileRejectedError, JobStoppedError
from ratings.models import Delivery, Dump, Job, QualityReport
from ratings.selectors.waiting_jobs import job_kinds
from ratings.services.jobs.lifecycle import (
    MOST_ATTEMPTS,
    abandoned_jobs,
    append_log,
    cancel_job,
    finish_job,
    report_progress,
    requeue_job,
    revive_jobs,
    settle_job,
    start_job,
)
from ratings.services.jobs.work import JobReport, do_job
from ratings.tasks import job_options
from ratings.tests.factories import make_participation, make_study
from scoring.models import HubPush, SteeringRun, StudyPlan, TasteProfile, TrackedRun, TrainingRun, VersionComparison
from scoring.tests.factories import make_version

pytestmark = pytest.mark.django_db


def queued_training() -> Job:
    """Ask for a training run."""
    return TrainingRun.objects.create(study=make_study(), reason="test")


def queued_steering() -> Job:
    """Ask for a steering run."""
    participation = make_participation()
    terms: dict[str, Any] = {"generator": "sketch", "writer": "attributes", "iterations": 1, "variants": 1}
    return SteeringRun.objects.create(
        study=participation.study, participation=participation, prompt="a vase", model_version=None, **terms
    )


def queued_dump() -> Dump:
    """Ask for a dump."""
    return Dump.objects.create(study=make_study(), version=1, format="csv")


def queued_delivery() -> Job:
    """Hand pictures over."""
    return Delivery.objects.create(kind=DeliveryKind.PICTURES, study=make_study(), folder="a")


def queued_report() -> Job:
    """Ask for a study to be measured."""
    return QualityReport.objects.create(study=make_study())


def queued_profile() -> Job:
    """Ask for a taste to be compared."""
    return TasteProfile.objects.create(participation=make_participation())


def queued_push() -> HubPush:
    """Ask for a dump to be sent to the Hub."""
    dump = queued_dump()
    return HubPush.objects.create(study=dump.study, dump=dump, repository="lab/birds")


def queued_plan() -> StudyPlan:
    """Ask for what a wanted precision takes."""
    return StudyPlan.objects.create(study=make_study())


def queued_comparison() -> VersionComparison:
    """Ask for two versions to be measured against each other."""
    study = make_study()
    older, newer = make_version(study=study), make_version(study=study)
    return VersionComparison.objects.create(study=study, newer=newer, older=older)


def queued_tracking() -> TrackedRun:
    """Ask for a run to be logged."""
    run = TrainingRun.objects.create(study=make_study(), reason="test", state=JobState.FAILED)
    return TrackedRun.objects.create(study=run.study, run=run, tracker="mlflow")


KINDS: dict[type[Job], Callable[[], Job]] = {
    TrainingRun: queued_training,
    SteeringRun: queued_steering,
    Dump: queued_dump,
    Delivery: queued_delivery,
    QualityReport: queued_report,
    TasteProfile: queued_profile,
    HubPush: queued_push,
    StudyPlan: queued_plan,
    VersionComparison: queued_comparison,
    TrackedRun: queued_tracking,
}


@pytest.fixture(params=KINDS, ids=lambda kind: kind.__name__)
def job(request: pytest.FixtureRequest) -> Job:
    """Give a queued job of each kind."""
    return KINDS[request.param]()


def reread(job: Job) -> Job:
    """Read a job's row again."""
    return type(job)._default_manager.get(pk=job.pk)


def fall_silent(job: Job, *, minutes: float = 60) -> None:
    """Let a job look as if nobody had worked on it for so long."""
    rows = type(job)._default_manager.filter(pk=job.pk)
    rows.update(heartbeat_at=timezone.now() - timedelta(minutes=minutes))


def started(job: Job) -> Job:
    """Take a job up as a worker does."""
    held = start_job(kind=type(job), job_id=job.pk)
    assert held is not None
    return held


def done(job: Job, runner: Callable[[Any, JobReport], None]) -> Job:
    """Do a job here and now, in this way."""
    do_job(kind=type(job), job_id=job.pk, runner=runner)
    return reread(job)


def test_every_kind_of_job_is_held_to_this_contract_and_has_a_runner() -> None:
    assert set(job_kinds()) == set(KINDS)
    assert all(callable(import_string(kind.runner)) for kind in job_kinds())


def test_a_job_is_taken_up_by_one_worker_only(job: Job) -> None:
    held = started(job)
    assert (held.state, held.attempts, held.started_at is not None) == (JobState.RUNNING, 1, True)
    assert start_job(kind=type(job), job_id=job.pk) is None
    assert start_job(kind=type(job), job_id=job.pk + 1000) is None


def test_a_job_tells_how_far_it_is_and_ends_well(job: Job) -> None:
    seen: list[tuple[str, float]] = []

    def work(job: Job, report: JobReport) -> None:
        report.part(0.5, 1.0, sentence="half: {stage}")("reading", 0.5)
        append_log(job=job, line="read\x00 all")
        seen.append((reread(job).stage, reread(job).progress))

    ended = done(job, work)
    assert seen == [("half: reading", 0.75)]
    assert (ended.state, ended.progress) == (type(job).finished_state, 1.0)
    assert ended.log.endswith(" read all\n")
    assert start_job(kind=type(job), job_id=job.pk) is None


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (
            FileRejectedError("a.csv, line 3: there is no rating."),
            "file_rejected",
            "a.csv, line 3: there is no rating.",
        ),
        (ValueError("bad\x00 shape"), "unexpected", "ValueError: bad shape"),
        (MemoryError(), "unexpected", "The worker ran out of memory: give it more, or ask for less at once."),
        (SoftTimeLimitExceeded(), "unexpected", "The job took longer than"),
        (OSError(28, "No space left on device"), "unexpected", "OSError: [Errno 28] No space left on device"),
        (RecursionError("too deep"), "unexpected", "RecursionError: too deep"),
    ],
)
def test_whatever_stops_a_job_is_written_down_and_logged(
    job: Job, caplog: pytest.LogCaptureFixture, error: Exception, code: str, sentence: str
) -> None:
    def fail(_job: Job, _report: JobReport) -> None:
        raise error

    ended = done(job, fail)
    assert (ended.state, ended.error_code) == (JobState.FAILED, code)
    assert ended.error.startswith(sentence)
    assert ("Traceback" in caplog.text) is (code == "unexpected")
    assert str(error) in caplog.text


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3)])
def test_what_ends_the_process_fails_the_job_and_goes_on(job: Job, error: BaseException) -> None:
    def end(_job: Job, _report: JobReport) -> None:
        raise error

    with pytest.raises(type(error)):
        done(job, end)
    assert reread(job).state == JobState.FAILED
    assert reread(job).error


def test_a_database_that_goes_away_leaves_the_job_to_the_next_attempt_until_there_are_no_more(job: Job) -> None:
    def lose(_job: Job, _report: JobReport) -> None:
        raise OperationalError("the connection is lost")

    for attempt in range(1, MOST_ATTEMPTS + 1):
        with pytest.raises(OperationalError):
            done(job, lose)
        state = JobState.QUEUED if attempt < MOST_ATTEMPTS else JobState.FAILED
        assert (reread(job).state, reread(job).attempts) == (state, attempt)
    assert reread(job).error == "OperationalError: the connection is lost"


def test_a_job_whose_worker_died_is_queued_again_after_a_rest_that_grows(job: Job) -> None:
    started(job)
    fall_silent(job, minutes=1)
    assert revive_jobs(kind=type(job)) == []
    fall_silent(job, minutes=3)
    assert revive_jobs(kind=type(job)) == [job.pk]
    assert reread(job).state == JobState.QUEUED
    assert revive_jobs(kind=type(job)) == []
    started(job)
    fall_silent(job, minutes=3)
    assert revive_jobs(kind=type(job)) == []
    fall_silent(job, minutes=5)
    assert revive_jobs(kind=type(job)) == [job.pk]


def test_a_job_whose_message_was_lost_is_queued_again(job: Job) -> None:
    fall_silent(job)
    assert list(abandoned_jobs(kind=type(job))) == [job]
    assert revive_jobs(kind=type(job)) == [job.pk]
    assert reread(job).attempts == 0


def test_a_job_that_keeps_killing_its_workers_fails_with_a_sentence(job: Job) -> None:
    for _ in range(MOST_ATTEMPTS):
        started(job)
        fall_silent(job)
        revive_jobs(kind=type(job))
    ended = reread(job)
    assert (ended.state, ended.error_code) == (JobState.FAILED, "workers_died")
    assert "The worker died 3 times" in ended.error
    assert start_job(kind=type(job), job_id=job.pk) is None


def test_a_message_that_comes_again_to_a_job_out_of_attempts_fails_it_as_well(job: Job) -> None:
    for _ in range(MOST_ATTEMPTS):
        started(job)
        fall_silent(job)
    assert start_job(kind=type(job), job_id=job.pk) is None
    assert reread(job).state == JobState.FAILED


def test_a_worker_that_was_replaced_changes_nothing_any_more(job: Job) -> None:
    first = started(job)
    fall_silent(job)
    second = started(job)
    with pytest.raises(JobStoppedError):
        report_progress(job=first, stage="late", share=0.9)
    with pytest.raises(JobStoppedError):
        settle_job(job=first)
    append_log(job=first, line="late")
    assert not finish_job(job=first, state=JobState.FAILED, error="late")
    now = reread(job)
    assert (now.owner, now.state, now.stage, now.log, now.error) == (second.owner, JobState.RUNNING, "", "", "")


def test_a_cancelled_job_stops_at_the_next_report_and_stays_cancelled(job: Job) -> None:
    def work(job: Job, report: JobReport) -> None:
        cancel_job(job=job)
        report("further", 0.5)
        raise AssertionError("the report lets nobody work on")

    assert done(job, work).state == JobState.CANCELLED
    assert start_job(kind=type(job), job_id=job.pk) is None
    with pytest.raises(ConflictError, match="has ended already"):
        cancel_job(job=job)


def test_a_job_that_ended_can_be_queued_again_with_all_its_attempts(job: Job) -> None:
    finish_job(job=started(job), state=JobState.FAILED, error="full", error_code="storage_failed")
    assert not requeue_job(job=job, ended=(JobState.CANCELLED,))
    assert requeue_job(job=job, ended=(JobState.FAILED,))
    again = reread(job)
    assert (again.state, again.attempts, again.error, again.error_code) == (JobState.QUEUED, 0, "", "")
    assert started(job).attempts == 1


def test_a_job_whose_row_is_gone_ends_quietly(job: Job) -> None:
    def remove(job: Job, report: JobReport) -> None:
        type(job)._default_manager.filter(pk=job.pk).delete()
        report("further", 0.5)

    assert do_job(kind=type(job), job_id=job.pk, runner=remove) is None


def test_a_message_names_the_queue_of_its_kind_and_a_limit_that_leaves_time_to_say_why(job: Job) -> None:
    options = job_options(type(job))
    assert options["queue"] == type(job).queue
    assert options["soft_time_limit"] < options["time_limit"]
