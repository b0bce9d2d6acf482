"""A broker that is away costs a rating one try, not one each, and one that is there costs it none."""

import threading
from typing import Any, cast

import pytest
from celery import Task
from kombu.exceptions import OperationalError

from annotate.broker import MOST_PER_MESSAGE, Door, Postbox


class FakeTask:
    """A task whose broker can be switched off."""

    name = "fake"

    def __init__(self) -> None:
        self.is_away = False
        self.tries = 0

    def apply_async(self, *, args: tuple[Any, ...]) -> None:  # noqa: ARG002
        self.tries += 1
        if self.is_away:
            raise OperationalError("nobody listens")


@pytest.fixture
def now() -> list[float]:
    return [100.0]


@pytest.fixture
def door(now: list[float]) -> Door:
    return Door(pause=5, clock=lambda: now[0])


def test_after_a_failure_nothing_is_tried_for_a_while(door: Door, now: list[float]) -> None:
    task = FakeTask()
    task.is_away = True
    given = [door.hand_over(cast("Task[Any, Any]", task), number) for number in range(4)]
    assert (given, task.tries) == ([False] * 4, 1)
    now[0] += 5
    task.is_away = False
    assert door.hand_over(cast("Task[Any, Any]", task), 1)
    assert task.tries == 2


def test_a_broker_that_answers_gets_everything(door: Door) -> None:
    task = FakeTask()
    assert all(door.hand_over(cast("Task[Any, Any]", task), number) for number in range(3))
    assert task.tries == 3


def test_several_clicks_of_one_rater_are_one_message() -> None:
    sent: list[list[str]] = []
    box = Postbox(hand_over=sent.append, every=3600)  # its own thread never comes to collect
    for key in ("a", "b", "a", "a", "b"):
        box.drop_in(key)
    box.collect()
    box.collect()
    assert sent == [["a", "b"]]


def test_a_crowd_is_spread_over_several_messages_and_nobody_is_left_out() -> None:
    sent: list[list[str]] = []
    box = Postbox(hand_over=sent.append, every=3600)
    keys = [str(number) for number in range(2 * MOST_PER_MESSAGE + 1)]
    for key in keys:
        box.drop_in(key)
    box.collect()
    assert [key for message in sent for key in message] == keys
    assert max(len(message) for message in sent) == MOST_PER_MESSAGE


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_messages_leave_by_themselves_even_after_one_that_failed() -> None:
    arrived = threading.Event()

    def hand_over(keys: list[str]) -> None:
        if keys == ["bad"]:
            raise SystemExit
        arrived.set()

    box = Postbox(hand_over=hand_over, every=0)
    box.drop_in("bad")
    assert box.carrier is not None
    box.carrier.join(timeout=30)
    box.drop_in("good")
    assert arrived.wait(timeout=30)
