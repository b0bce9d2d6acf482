"""Many raters at once, each with a connection of their own, against real Postgres."""

import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from functools import partial
from typing import TypeVar
from uuid import UUID

import psycopg
import pytest
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.utils import timezone

from ratings.choices import AssignmentKind, AssignmentState, Policy, SkipReason
from ratings.exceptions import AssignmentNotFoundError, RecordError
from ratings.models import Assignment, Participation, Rating, StudyImage
from ratings.registry import ONE_IMAGE
from ratings.services.assign import QueueItem, drop_stale_queues, enqueue, lease_images
from ratings.services.collect import record_answer, undo_answer
from ratings.services.collection import Submission
from ratings.services.give_back import leave, skip_item
from ratings.services.participation_lock import lock_participation
from ratings.tests.factories import make_images, make_participation, make_study

pytestmark = pytest.mark.django_db(transaction=True)

T = TypeVar("T")
RATERS = 20
CUT = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> ALL(%s) ORDER BY random() LIMIT 1
"""

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def skip(participation: Participation, assignment: Assignment, reason: SkipReason) -> None:
    skip_item(family=ONE_IMAGE, rater_id=participation.rater_id, assignment_id=assignment.pk, reason=reason)


def run_at_once(work: list[Callable[[], None]]) -> list[BaseException]:
    """Run each piece of work in a thread of its own, all starting together; give what they raised."""
    gate = threading.Barrier(len(work))
    raised: list[BaseException] = []

    def run(piece: Callable[[], None]) -> None:
        try:
            gate.wait()
            piece()
        except BaseException as error:  # noqa: BLE001 - handed to the test
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(piece,)) for piece in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def rate_until_done(participation: Participation, sent: list[UUID], seed: int) -> None:
    """Rate what is handed out, now and then skipping, undoing, repeating a request or leaving."""
    rng = random.Random(seed)
    for _ in range(60):
        held = lease_images(participation_id=participation.pk, count=3, rng=rng).assignments
        if not held:
            return
        for assignment in held:
            act_on(participation, assignment, sent, rng)


def act_on(participation: Participation, assignment: Assignment, sent: list[UUID], rng: random.Random) -> None:
    dice = rng.random()
    if dice < 0.1:
        skip_item(
            family=ONE_IMAGE, rater_id=participation.rater_id, assignment_id=assignment.pk, reason=SkipReason.OTHER
        )
        return
    if dice < 0.15:
        leave(family=ONE_IMAGE, participation_id=participation.pk)
        lease_images(participation_id=participation.pk, count=1, rng=rng)
    submission = Submission(nonce=uuid.uuid4(), assignment_id=assignment.pk, value=float(rng.randint(1, 5)))
    try:
        record_answer(rater_id=participation.rater_id, submission=submission)
    except RecordError as error:
        if error.code in {"lease_expired", "not_leased"}:
            return
        raise
    if dice > 0.9:
        undo_answer(family=ONE_IMAGE, participation_id=participation.pk, nonce=submission.nonce)
        submission = Submission(nonce=uuid.uuid4(), assignment_id=assignment.pk, value=1.0)
        record_answer(rater_id=participation.rater_id, submission=submission)
    if dice > 0.8:
        assert not record_answer(rater_id=participation.rater_id, submission=submission).is_new
    sent.append(submission.nonce)


def test_twenty_raters_at_once_never_pass_a_target_share_an_assignment_or_lose_a_rating() -> None:
    study = make_study(target=3, quota=12, repeat_gap=3, repeat_share=0.1)
    make_images(study=study, count=40)
    participations = [make_participation(study=study) for _ in range(RATERS)]
    sent: list[UUID] = []
    raised = run_at_once(
        [
            lambda participation=participation, seed=seed: rate_until_done(participation, sent, seed)  # type: ignore[misc]
            for seed, participation in enumerate(participations)
        ]
    )
    assert raised == []
    assert_books_balance()
    current = set(Rating.objects.current().values_list("nonce", flat=True))
    assert current == set(sent)
    assert sum(participation.done for participation in Participation.objects.all()) == len(current)


def assert_books_balance() -> None:
    """Count places from the assignments and compare: none over target, none lost, none twice."""
    holding = Assignment.objects.filter(
        kind=AssignmentKind.FRESH, state__in=(AssignmentState.LEASED, AssignmentState.RATED)
    )
    held = Counter(holding.values_list("study_image_id", flat=True))
    for place in StudyImage.objects.all():
        assert place.taken == held[place.pk]
    assert not StudyImage.objects.filter(taken__gt=F("target")).exists()
    fresh = Counter(holding.values_list("participation_id", "image_id"))
    assert set(fresh.values()) <= {1}


def test_the_last_place_goes_to_exactly_one_of_many() -> None:
    study = make_study(target=1)
    make_images(study=study, count=1)
    participations = [make_participation(study=study) for _ in range(RATERS)]
    got: list[int] = []
    raised = run_at_once(
        [
            lambda participation=participation: got.append(  # type: ignore[misc]
                len(lease_images(participation_id=participation.pk, count=5).assignments)
            )
            for participation in participations
        ]
    )
    assert raised == []
    assert sorted(got) == [0] * (RATERS - 1) + [1]
    assert_books_balance()


def test_the_same_click_sent_many_times_at_once_is_one_rating() -> None:
    study = make_study()
    make_images(study=study, count=1)
    participation = make_participation(study=study)
    (assignment,) = lease_images(participation_id=participation.pk, count=1).assignments
    submission = Submission(nonce=uuid.uuid4(), assignment_id=assignment.pk, value=4)
    new: list[bool] = []
    raised = run_at_once(
        [
            lambda: new.append(record_answer(rater_id=participation.rater_id, submission=submission).is_new)
            for _ in range(RATERS)
        ]
    )
    assert raised == []
    assert sorted(new) == [False] * (RATERS - 1) + [True]
    assert Participation.objects.get().done == 1


def test_connections_cut_at_any_moment_lose_no_acknowledged_rating_and_leave_the_books_balanced() -> None:
    study = make_study(target=3, quota=15, repeat_gap=3, repeat_share=0.1)
    make_images(study=study, count=40)
    participations = [make_participation(study=study) for _ in range(RATERS)]
    sent: list[UUID] = []
    is_over, answers = threading.Event(), threading.Semaphore(0)
    cutter = threading.Thread(target=cut_connections, args=(is_over, answers, connection.connection.info))
    cutter.start()
    raised = run_at_once(
        [
            partial(rate_in_spite_of_it, participation, sent, seed, answers)
            for seed, participation in enumerate(participations)
        ]
    )
    is_over.set()
    cutter.join()
    assert raised == []
    assert_books_balance()
    current = set(Rating.objects.current().values_list("nonce", flat=True))
    assert current == set(sent)
    assert sum(participation.done for participation in Participation.objects.all()) == len(current)


def cut_connections(is_over: threading.Event, answers: threading.Semaphore, mine: psycopg.ConnectionInfo) -> None:
    """Cut a connection to the test's database for each answer that anybody got, other than the test's own.

    Cuts by the clock would come faster than answers on a machine that is busy enough.
    """
    with psycopg.connect(mine.dsn, password=mine.password, autocommit=True) as knife:
        while not is_over.is_set():
            if answers.acquire(timeout=0.1):
                knife.execute(CUT, [[mine.backend_pid, knife.info.backend_pid]])


def rate_in_spite_of_it(
    participation: Participation, sent: list[UUID], seed: int, answers: threading.Semaphore
) -> None:
    """Rate a dozen images, asking again after each cut as a browser does: with the same nonce."""
    rng, insist = random.Random(seed), partial(ask_until_answered, answers)
    while True:
        held = insist(lambda: lease_images(participation_id=participation.pk, count=3, rng=rng).assignments)
        if not held:
            return
        for assignment in held:
            submission = Submission(nonce=uuid.uuid4(), assignment_id=assignment.pk, value=float(rng.randint(1, 5)))
            insist(partial(record_answer, rater_id=participation.rater_id, submission=submission))
            sent.append(submission.nonce)


def ask_until_answered(answers: threading.Semaphore, ask: Callable[[], T]) -> T:
    """Ask until there is an answer, and count it."""
    while True:
        try:
            answer = ask()
        except (OperationalError, InterfaceError):
            connection.close()
        else:
            answers.release()
            return answer


def somebody_with_a_queue() -> Participation:
    """Make a rater for whom one image waits."""
    participation = make_participation(study=make_study(random_share=0))  # which would be drawn past the queue
    (place,) = make_images(study=participation.study, count=1)
    item = QueueItem(study_image_id=place.pk, image_id=place.image_id, policy=Policy.ACTIVE, propensity=0.5)
    enqueue(participation_id=participation.pk, items=[item], model_version="v1")
    return participation


def test_an_image_dropped_from_the_queue_while_its_rating_waits_is_refused_in_words() -> None:
    participation = somebody_with_a_queue()
    submission = Submission(nonce=uuid.uuid4(), assignment_id=Assignment.objects.get().pk, value=3)

    def rate() -> None:
        record_answer(rater_id=participation.rater_id, submission=submission)

    raised: list[BaseException] = []
    beside = threading.Thread(target=lambda: raised.extend(run_at_once([rate])))
    with transaction.atomic():
        lock_participation(participation_id=participation.pk)
        beside.start()
        wait_until_somebody_waits()
        Assignment.objects.all().delete()
    beside.join()
    assert [type(error) for error in raised] == [AssignmentNotFoundError]


def wait_until_somebody_waits() -> None:
    """Return once another connection to this database waits for a row; asked outside the test's own transaction."""
    with closing(connection.copy()) as beside, beside.cursor() as cursor:
        for _ in range(6000):
            cursor.execute(WAITING)
            if cursor.fetchone()[0]:
                return
            time.sleep(0.01)  # between two looks
    raise TimeoutError("nobody waits for a row")


def test_a_replaced_queue_is_left_to_whoever_is_leasing_from_it_at_that_moment() -> None:
    away = somebody_with_a_queue()
    drop = partial(drop_stale_queues, study_id=away.study_id, model_version="v2", since=timezone.now())
    with transaction.atomic():
        lock_participation(participation_id=away.pk)
        assert run_at_once([drop]) == []
        (leased,) = lease_images(participation_id=away.pk, count=1).assignments
    assert (leased.pk, leased.policy) == (Assignment.objects.get().pk, Policy.ACTIVE)
    Assignment.objects.update(state=AssignmentState.QUEUED)
    drop()  # they were seen since
    assert Assignment.objects.exists()
    drop(since=timezone.now())
    assert not Assignment.objects.exists()
