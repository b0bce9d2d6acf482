"""What workers leave behind: a sign of life in the cache that expires, and a row for each task that failed."""

import logging
from typing import Any

from celery import Task
from django.core.cache import cache
from django.db import DatabaseError
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

SIGN = "worker-seen"
FADES_AFTER = 60  # s


def leave_sign(**_signal: object) -> None:
    """Say that a worker lives; called with each of its heartbeats."""
    cache.set(SIGN, 1, timeout=FADES_AFTER)


def note_failure(*, sender: Task[Any, Any], exception: BaseException, **_signal: object) -> None:
    """Write down that a task failed; called for each that gave up. Jobs say so in their own rows as well."""
    from ratings.services.failures import record_failure  # models, which are there only once Django is set up

    try:
        record_failure(task=sender.name, error=exception)
    except DatabaseError:
        logger.exception("That %s failed could not be written down", sender.name)


def warm_up(**_signal: object) -> None:
    """Load what learning needs as a worker's process starts, so that the first rater after that does not wait."""
    from scoring.pipeline.serving import learn  # noqa: F401 - NumPy and SciPy, which the web side does not need


def is_worker_up() -> bool:
    """Tell whether any worker was seen in the last minute; none is known of while the cache is away."""
    try:
        return cache.get(SIGN) is not None
    except RedisError:  # pages say that no worker is known of, and stay up
        return False
