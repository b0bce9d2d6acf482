"""Hand work to the workers once what it is about is stored, without waiting twice for a broker that is away."""

import logging
import time
from collections.abc import Callable
from typing import Any

from celery import Task, current_app
from django.db import transaction
from kombu import Queue
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

PAUSE = 5.0  # seconds in which nothing is tried after a failure: a rating never waits for a broker twice


def depth_of(queue: str) -> int:
    """Count the messages in a queue, none where there is no such queue; raise while the broker is away."""
    with current_app.connection_for_read() as connection:
        try:
            declared: Any = Queue(queue, channel=connection.channel()).queue_declare(passive=True)
            return int(declared.message_count)
        except connection.channel_errors:  # there is no such queue
            return 0
        except connection.connection_errors as error:
            raise OperationalError(str(error)) from error


class CircuitBreaker:
    """The way to the broker: open, which lets nothing through, for a while after each failure."""

    def __init__(self, *, pause: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Start closed."""
        self.pause = pause
        self.clock = clock
        self.open_until = 0.0
        self.on_loss: Callable[[str], object] | None = None  # called with the name of a task that was not queued

    def send(self, task: Task[Any, Any], *args: Any, **options: Any) -> bool:
        """Queue a task; tell whether the broker took it. What it did not take, a periodic task finds."""
        if self.clock() < self.open_until:
            return self.note_loss(task)
        try:
            task.apply_async(args=args, **options)
        except (OperationalError, OSError) as error:
            self.open_until = self.clock() + self.pause
            logger.warning("The broker does not answer, so %s waits for a periodic task: %s", task.name, error)
            return self.note_loss(task)
        return True

    def note_loss(self, task: Task[Any, Any]) -> bool:
        """Count a task that was not queued; give what `send` answers then."""
        if self.on_loss is not None:
            self.on_loss(task.name)
        return False

    def send_on_commit(self, task: Task[Any, Any], *args: Any, **options: Any) -> None:
        """Queue a task once the rows that it is about can be seen by the workers."""

        def send() -> None:  # Django logs the failure of a function with its name, which a partial has not
            self.send(task, *args, **options)

        transaction.on_commit(send, robust=True)


breaker = CircuitBreaker(pause=PAUSE)
queue_on_commit = breaker.send_on_commit
