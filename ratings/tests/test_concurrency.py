"""Many raters at once, each with a connection of their own, against real Postgres."""

import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import psycopg
import pytest
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.utils import timezone

from ratings.choices import AssignmentState, Design, Policy, SkipReason
from ratings.exceptions import AssignmentNotFoundError, RecordError
from ratings.models import Assignment, PairAssignment, Participation, Rating, Study
from ratings.registry import ONE_IMAGE, Family, design_of
from ratings.services.assign import QueueItem, drop_stale_queues, enqueue
from ratings.services.collect import record_answer, undo_answer
from ratings.services.collection import ChoiceSubmission, Click, Submission
from ratings.services.give_back import leave, skip_item
from ratings.services.lease import lease_items
from ratings.services.participation_lock import lock_participation
from ratings.tests.factories import make_images, make_pair, make_participation, make_study

pytestmark = pytest.mark.django_db(transaction=True)

T = TypeVar("T")
RATERS = 20
CUT = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> ALL(%s) ORDER BY random() LIMIT 1
"""

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


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


def study_of(design: Design, *, items: int, **fields: Any) -> Study:
    """Make an open study of a design with so many items."""
    study = make_study(design=design, **fields)
    if design_of(study).family is ONE_IMAGE:
        make_images(study=study, count=items)
    else:
        for _ in range(items):
            make_pair(study=study)
    return study


def click(assignment: Assignment | PairAssignment, rng: random.Random) -> Click:
    """Make a click on what is held."""
    nonce = uuid.uuid4()
    if isinstance(assignment, PairAssignment):
        return ChoiceSubmission(nonce=nonce, assignment_id=assignment.pk, answer=rng.choice(["left", "right"]))
    return Submission(nonce=nonce, assignment_id=assignment.pk, value=float(rng.randint(1, 5)))


def answer_until_done(participation: Participation, sent: list[UUID], seed: int) -> None:
    """Answer what is handed out, now and then skipping, undoing, repeating a request or leaving."""
    rng = random.Random(seed)
    for _ in range(60):
        held = lease_items(participation_id=participation.pk, count=3, rng=rng).assignments
        if not held:
            return
        for assignment in held:
            act_on(participation, assignment, sent, rng)


def act_on(participation: Participation, assignment: Any, sent: list[UUID], rng: random.Random) -> None:
    family, rater = design_of(participation.study).family, participation.rater_id
    dice = rng.random()
    if dice < 0.1:
        skip_item(family=family, rater_id=rater, assignment_id=assignment.pk, reason=SkipReason.OTHER)
        return
    if dice < 0.15:
        leave(family=family, participation_id=participation.pk)
        lease_items(participation_id=participation.pk, count=1, rng=rng)
    submission = click(assignment, rng)
    try:
        record_answer(rater_id=rater, submission=submission)
    except RecordError as error:
        if error.code in {"lease_expired", "not_leased"}:
            return
        raise
    if dice > 0.9:
        undo_answer(family=family, participation_id=participation.pk, nonce=submission.nonce)
        submission = click(assignment, rng)
        record_answer(rater_id=rater, submission=submission)
    if dice > 0.8:
        assert not record_answer(rater_id=rater, submission=submission).is_new
    sent.append(submission.nonce)


@pytest.mark.parametrize("design", [Design.RATING, Design.PAIRWISE])
def test_twenty_raters_at_once_never_pass_a_target_share_an_assignment_or_lose_an_answer(design: Design) -> None:
    study = study_of(design, items=40, target=3, quota=12, repeat_gap=3, repeat_share=0.1)
    participations = [make_participation(study=study) for _ in range(RATERS)]
    sent: list[UUID] = []
    raised = run_at_once(
        [partial(answer_until_done, participation, sent, seed) for seed, participation in enumerate(participations)]
    )
    assert raised == []
    family = design_of(study).family
    assert_books_balance(family)
    answers: Any = family.answer._default_manager
    current = set(answers.current().values_list("nonce", flat=True))
    assert current == set(sent)
    assert sum(participation.done for participation in Participation.objects.all()) == len(current)


def assert_books_balance(family: Family = ONE_IMAGE) -> None:
    """Count places from the assignments and compare: none over target, none lost, none twice."""
    holding = family.first_showings().filter(state__in=(AssignmentState.LEASED, AssignmentState.RATED))
    held = Counter(holding.values_list(family.item_field, flat=True))
    items = family.item._default_manager
    for item in items.all():
        assert item.taken == held[item.pk]  # type: ignore[attr-defined]
    assert not items.filter(taken__gt=F("target")).exists()
    asked = Counter(holding.values_list("participation_id", family.item_field))
    assert set(asked.values()) <= {1}


@pytest.mark.parametrize("design", [Design.RATING, Design.PAIRWISE])
def test_the_last_place_goes_to_exactly_one_of_many(design: Design) -> None:
    study = study_of(design, items=1, target=1)
    participations = [make_participation(study=study) for _ in range(RATERS)]
    got: list[int] = []
    raised = run_at_once(
        [
            lambda participation=participation: got.append(  # type: ignore[misc]
                len(lease_items(participation_id=participation.pk, count=5).assignments)
            )
            for participation in participations
        ]
    )
    assert raised == []
    assert sorted(got) == [0] * (RATERS - 1) + [1]
    assert_books_balance(design_of(study).family)


def test_the_same_click_sent_many_times_at_once_is_one_rating() -> None:
    study = make_study()
    make_images(study=study, count=1)
    participation = make_participation(study=study)
    (assignment,) = lease_items(participation_id=participation.pk, count=1).assignments
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
        held = insist(lambda: lease_items(participation_id=participation.pk, count=3, rng=rng).assignments)
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


def test_a_replaced_queue_is_left_to_the_rater_who_is_leasing_from_it_at_that_moment() -> None:
    away = somebody_with_a_queue()
    drop = partial(drop_stale_queues, study_id=away.study_id, model_version="v2", since=timezone.now())
    with transaction.atomic():
        lock_participation(participation_id=away.pk)
        assert run_at_once([drop]) == []
        (leased,) = lease_items(participation_id=away.pk, count=1).assignments
    assert (leased.pk, leased.policy) == (Assignment.objects.get().pk, Policy.ACTIVE)
    Assignment.objects.update(state=AssignmentState.QUEUED)
    drop()  # they were seen since
    assert Assignment.objects.exists()
    drop(since=timezone.now())
    assert not Assignment.objects.exists()
