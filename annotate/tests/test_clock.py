"""The clock sends a task only where there is work for it, so that an empty queue is empty."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, cast

import pytest
from django.conf import settings
from django.utils import timezone
from kombu import Connection

from annotate.celery import app
from annotate.clock import NeedScheduler
from annotate.needs import NEEDS
from annotate.tests.test_queues import broker_of_its_own
from ratings.choices import AssignmentState, Design, JobState, StudyState
from ratings.models import Assignment, Image, QualityReport, StudyImage, Subscription
from ratings.queueing import depth_of
from ratings.services.comparisons.arena import update_rankings
from ratings.services.failures import record_failure
from ratings.services.jobs.lifecycle import SILENCE
from ratings.services.notifications.full_studies import announce_full_studies
from ratings.services.quality.requests import data_digest
from ratings.tests.factories import make_images, make_participation, make_rating, make_study
from ratings.values.queues import QUEUES
from scoring.models import Embedding, EmbeddingAttempt, TrainingRun
from scoring.pipeline.serving.learn import learn_from_raters
from scoring.selectors.encoders import given_up_work
from scoring.selectors.training import MOST_ATTEMPTS
from scoring.tests.learning import World, make_served_study

# The package of the clock closes the connection that it finds, so that no transaction can be held around a test.
pytestmark = pytest.mark.django_db(transaction=True)
MINUTES = 3


class Clock:
    """The service's clock with a broker of its own, whose queues nobody empties."""

    def __init__(self, broker: Connection) -> None:
        """Read the schedule from the database, as the process `beat` does."""
        self.broker = broker
        self.client = cast("Any", broker.default_channel).client
        self.scheduler = NeedScheduler(app=app)

    def tick(self, *, times: int = 1) -> dict[str, int]:
        """Let everything be due so many times; give how often each task waits in the queues then."""
        entries = [entry for entry in self.scheduler.schedule.values() if entry.task in NEEDS]
        assert len(entries) == len(settings.CELERY_BEAT_SCHEDULE) == len(NEEDS)
        with app.amqp.Producer(self.broker.channel()) as producer:
            for entry in entries * times:
                self.scheduler.apply_entry(entry, producer=producer)
        waiting = [json.loads(message) for queue in QUEUES for message in self.client.lrange(queue, 0, -1)]
        assert len(waiting) == sum(depth_of(queue) for queue in QUEUES)
        return dict(Counter(message["headers"]["task"].rpartition(".")[2] for message in waiting))


@pytest.fixture
def clock() -> Iterator[Clock]:
    """Give a clock whose messages end in an empty broker, and wait there."""
    conf: Any = app.conf
    before = conf.broker_read_url
    conf.broker_read_url = broker_of_its_own(8)
    with app.connection_for_read() as broker:
        clock = Clock(broker)
        clock.client.flushdb()
        yield clock
    conf.broker_read_url = before


def served_world() -> World:
    """Make an open study whose model has seen all images and all that raters said, and whose figures are known."""
    world = make_served_study(images=12)
    for row in world.rows:
        Embedding.objects.create(image=row.image, encoder_key=settings.DEFAULT_ENCODER, vector=[0.0, 1.0])
    participation = make_participation(study=world.study)
    for row in world.rows[:3]:
        make_rating(participation=participation, study_image=row)
    learn_from_raters(participation_ids=[participation.pk])
    world.study.retrain_every = 1000
    world.study.save()
    world.study.refresh_from_db()
    digest = data_digest(study=world.study)
    QualityReport.objects.create(study=world.study, state=JobState.READY, data_digest=digest)
    return world


def test_an_idle_installation_leaves_every_queue_empty(clock: Clock) -> None:
    world = served_world()
    ranked = make_study(design=Design.PAIRWISE, arena="public")
    update_rankings(study_id=ranked.pk)
    nightly = {"start_nightly_training": MINUTES}  # whether open studies are to be trained is asked once a night
    assert clock.tick(times=MINUTES) == nightly
    world.study.state = StudyState.PAUSED
    world.study.save()
    make_study(state=StudyState.DRAFT)
    ranked.state = StudyState.PAUSED
    ranked.save()
    assert clock.tick(times=MINUTES) == nightly, "nothing was added"


def test_a_new_image_asks_once_for_a_worker_that_embeds(clock: Clock) -> None:
    world = served_world()
    make_images(study=world.study, count=1)
    assert clock.tick(times=MINUTES)["embed_new_images"] == 1


def test_images_that_were_given_up_ask_for_a_worker_only_to_have_it_said(clock: Clock) -> None:
    world = served_world()
    make_images(study=world.study, count=1)
    lost = Image.objects.filter(study_images__study=world.study, embeddings=None).get()
    lapsed = timezone.now() - timedelta(minutes=1)
    attempt = {"encoder_key": settings.DEFAULT_ENCODER, "count": MOST_ATTEMPTS, "claimed_until": lapsed}
    EmbeddingAttempt.objects.create(image=lost, **attempt)
    assert clock.tick()["embed_new_images"] == 1
    clock.client.flushdb()
    record_failure(task=given_up_work(settings.DEFAULT_ENCODER), error=RuntimeError("left out"))
    assert "embed_new_images" not in clock.tick()


def test_a_full_study_and_a_due_message_ask_for_their_tasks(clock: Clock) -> None:
    study = make_study(target=1)
    Subscription.objects.create(study=study, address="https://example.org/hook", events=["study.full"])
    make_images(study=study, count=1)
    idle = clock.tick()
    assert not {"announce_full_studies", "send_due_notifications"} & set(idle)
    StudyImage.objects.update(taken=1)
    assert clock.tick()["announce_full_studies"] == 1
    clock.client.flushdb()
    announce_full_studies()
    waiting = clock.tick()
    assert (waiting["send_due_notifications"], "announce_full_studies" in waiting) == (1, False)


def test_what_is_missing_asks_for_its_task(clock: Clock) -> None:
    study = make_study(state=StudyState.PAUSED)
    assert clock.tick() == {}
    participation = make_participation(study=study)
    make_rating(participation=participation)
    assert clock.tick() == {"embed_new_images": 1, "measure_due_quality": 1}
    late = timezone.now() - timedelta(seconds=1)
    Assignment.objects.update(state=AssignmentState.LEASED, lease_expires_at=late)
    TrainingRun.objects.create(study=study, reason="by hand", heartbeat_at=timezone.now() - 2 * SILENCE)
    assert clock.tick() == {
        "embed_new_images": 1,
        "measure_due_quality": 2,
        "release_expired_leases": 1,
        "sweep_jobs": 1,
    }


def test_tasks_go_on_when_the_clock_is_set_back(clock: Clock) -> None:
    entries = list(clock.scheduler.schedule.values())
    assert not clock.scheduler.forget_future_runs()
    for entry in entries:
        entry.last_run_at = timezone.now() + timedelta(hours=1)
    release = next(entry for entry in entries if entry.task == "ratings.tasks.release_expired_leases")
    assert release.is_due().next > 3600
    clock.scheduler.tick()
    assert release.is_due().next <= 30
    assert not clock.scheduler.forget_future_runs()
