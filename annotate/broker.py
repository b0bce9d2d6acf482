"""Hand work to the workers without ever waiting twice for a broker that is away."""

import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from celery import Task
from django.db import transaction
from kombu.exceptions import OperationalError

from ratings.models import Job
from ratings.tasks import job_message, run_job

logger = logging.getLogger(__name__)

EVERY = 0.2  # seconds between two collections of the postbox
MOST_PER_MESSAGE = 16  # so that a crowd's raters are spread over the workers
PAUSE = 5.0  # seconds in which nothing is tried after a failure: a rating never waits for a broker twice


class Door:
    """The way to the broker: closed for a while after each failure."""

    def __init__(self, *, pause: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Start open."""
        self.pause = pause
        self.clock = clock
        self.closed_until = 0.0

    def hand_over(self, task: Task[Any, Any], *args: Any, **options: Any) -> bool:
        """Queue a task; tell whether the broker took it. What it did not take, the clock catches up on."""
        if self.clock() < self.closed_until:
            return False
        try:
            task.apply_async(args=args, **options)
        except (OperationalError, OSError) as error:
            self.closed_until = self.clock() + self.pause
            logger.warning("The broker does not answer, so %s waits for the clock: %s", task.name, error)
            return False
        return True


class Postbox:
    """Collects ids for one task, and hands them over a few times a second from a thread of its own.

    A rater never waits for the broker, whose answer takes longer than most of a click, and several clicks of one
    rater within that time are one message. What is lost with the process, the clock catches up on.
    """

    def __init__(self, *, hand_over: Callable[[list[str]], object], every: float = EVERY) -> None:
        """Start empty; the thread starts with the first id, in the process that serves."""
        self.hand_over = hand_over
        self.every = every
        self.waiting: dict[str, None] = {}
        self.lock = threading.Lock()
        self.filled = threading.Event()
        self.carrier: threading.Thread | None = None

    def drop_in(self, key: str) -> None:
        """Let a message about this id leave soon."""
        with self.lock:
            self.waiting[key] = None
            if self.carrier is None or not self.carrier.is_alive():
                self.carrier = threading.Thread(target=self.carry, daemon=True)
                self.carrier.start()
        self.filled.set()

    def carry(self) -> None:
        """Collect whenever there is something, for as long as the process lives."""
        while self.filled.wait():
            self.filled.clear()
            time.sleep(self.every)
            self.collect()

    def collect(self) -> None:
        """Hand over what waits, each id once."""
        with self.lock:
            keys, self.waiting = list(self.waiting), {}
        for start in range(0, len(keys), MOST_PER_MESSAGE):
            self.hand_over(keys[start : start + MOST_PER_MESSAGE])


door = Door(pause=PAUSE)


def queue_on_commit(task: Task[Any, Any], *args: Any, **options: Any) -> None:
    """Hand work to the workers once what it is about can be seen by them."""
    transaction.on_commit(partial(door.hand_over, task, *args, **options))


def queue_job_on_commit(job: Job) -> None:
    """Hand a job to the workers once its row can be seen by them."""
    message = job_message(job)
    queue_on_commit(run_job, *message.pop("args"), **message)
