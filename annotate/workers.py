"""What workers take, and what they leave behind: a sign of life per queue, and a row for each task that failed."""

import logging
from typing import Any

from celery import Task, current_app
from django.core.cache import cache
from django.db import DatabaseError
from redis.exceptions import RedisError

from ratings.values.queues import DEFAULT, QUEUES, consumed_queues

logger = logging.getLogger(__name__)

SIGN = "worker-seen"
FADES_AFTER = 60  # s


def take_related_queues(**_signal: object) -> None:
    """Let a worker that starts take what belongs to the queues that its command names."""
    queues = current_app.amqp.queues
    queues.select(consumed_queues(queues.consume_from))


def leave_signs(**_signal: object) -> None:
    """Say that a worker of these queues lives; called with each of its heartbeats."""
    try:
        cache.set_many({sign_of(queue): 1 for queue in current_app.amqp.queues.consume_from}, timeout=FADES_AFTER)
    except RedisError as error:  # the next heartbeat tries again
        logger.warning("This worker could not say that it lives: %s", error)


def sign_of(queue: str) -> str:
    """Name the sign that a queue's workers leave."""
    return f"{SIGN}:{queue}"


def note_failure(*, sender: Task[Any, Any], exception: BaseException, **_signal: object) -> None:
    """Write down that a task failed; called for each that gave up. Jobs say so in their own rows as well."""
    from ratings.services.failures import record_failure  # models, which are there only once Django is set up

    try:
        record_failure(task=sender.name, error=exception)
    except DatabaseError:
        logger.exception("That %s failed could not be written down", sender.name)


def warm_up(**_signal: object) -> None:
    """Load what learning needs as a process that learns starts, so that the first rater after that does not wait."""
    if DEFAULT in current_app.amqp.queues.consume_from:
        from scoring.pipeline.serving import learn  # noqa: F401 - NumPy and SciPy, which the web side does not need


def attended_queues() -> set[str]:
    """Give the queues whose workers were seen in the last minute; none is known of while the cache is away."""
    signs = {sign_of(queue): queue for queue in QUEUES}
    try:
        return {signs[sign] for sign in cache.get_many(list(signs))}
    except RedisError:  # pages say that no worker is known of, and stay up
        return set()
