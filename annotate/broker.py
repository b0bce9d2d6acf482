"""Hand work to the workers without ever waiting twice for a broker that is away."""

import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from celery import Task
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

PAUSE = 5.0  # seconds in which nothing is tried after a failure: a rating never waits for a broker twice


class Door:
    """The way to the broker: closed for a while after each failure."""

    def __init__(self, *, pause: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Start open."""
        self.pause = pause
        self.clock = clock
        self.closed_until = 0.0

    def hand_over(self, task: Task[Any, Any], *args: Any) -> bool:
        """Queue a task; tell whether the broker took it. What it did not take, the clock catches up on."""
        if self.clock() < self.closed_until:
            return False
        try:
            task.apply_async(args=args)
        except (OperationalError, OSError) as error:
            self.closed_until = self.clock() + self.pause
            logger.warning("The broker does not answer, so %s waits for the clock: %s", task.name, error)
            return False
        return True


door = Door(pause=PAUSE)


def queue_on_commit(task: Task[Any, Any], *args: Any) -> None:
    """Hand work to the workers once what it is about can be seen by them."""
    transaction.on_commit(partial(door.hand_over, task, *args))
