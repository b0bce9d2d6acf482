"""A broker that is away costs a rating one try, not one each, and one that is there costs it none."""

from typing import Any, cast

import pytest
from celery import Task
from kombu.exceptions import OperationalError

from ratings.queueing import CircuitBreaker


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
def breaker(now: list[float]) -> CircuitBreaker:
    return CircuitBreaker(pause=5, clock=lambda: now[0])


def test_after_a_failure_nothing_is_tried_for_a_while(breaker: CircuitBreaker, now: list[float]) -> None:
    task = FakeTask()
    task.is_away = True
    given = [breaker.send(cast("Task[Any, Any]", task), number) for number in range(4)]
    assert (given, task.tries) == ([False] * 4, 1)
    now[0] += 5
    task.is_away = False
    assert breaker.send(cast("Task[Any, Any]", task), 1)
    assert task.tries == 2


def test_a_broker_that_answers_gets_everything(breaker: CircuitBreaker) -> None:
    task = FakeTask()
    assert all(breaker.send(cast("Task[Any, Any]", task), number) for number in range(3))
    assert task.tries == 3
