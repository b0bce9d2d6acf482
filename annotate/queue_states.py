"""How the queues stand: how much waits in each, for how long, and which of them nobody empties."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from kombu.exceptions import OperationalError

from annotate.workers import attended_queues
from ratings.queueing import depth_of
from ratings.selectors.waiting_jobs import Waiting, waiting_jobs
from ratings.values.queues import FORMER, QUEUES

STARTING = timedelta(minutes=5)  # that workers which are there only on demand have, to be there


def queues_without_workers() -> list[tuple[str, Waiting | None]]:
    """Give the queues whose workers should have been seen in the last minute and were not, with what waits there.

    Where no worker at all was seen, all of them, whatever waits. Workers that are there on demand (`ON_DEMAND_QUEUES`)
    are missed once work has waited for them for a while.
    """
    attended = attended_queues()
    if not attended:
        return [(queue, None) for queue in QUEUES]
    silent = [queue for queue in QUEUES if queue not in attended]
    waiting = waiting_jobs(queues=silent)
    since = timezone.now() - STARTING
    late = {queue for queue, found in waiting.items() if found.oldest < since}
    missed = [queue for queue in silent if queue not in settings.ON_DEMAND_QUEUES or queue in late]
    return [(queue, waiting.get(queue)) for queue in missed]


def depths() -> dict[tuple[str, ...], float]:
    """Count the messages in each queue of the broker; nothing is known while that is away."""
    try:
        return {(queue,): float(depth_of(queue)) for queue in (*QUEUES, FORMER)}
    except (OperationalError, OSError):  # the figure is missing then, which an alert names
        return {}


def oldest_ages() -> dict[tuple[str, ...], float]:
    """Give for how many seconds the oldest job of each queue waits; 0 where none does."""
    waiting, now = waiting_jobs(queues=QUEUES), timezone.now()
    return {(queue,): (now - waiting[queue].oldest).total_seconds() if queue in waiting else 0.0 for queue in QUEUES}


def workers_seen() -> dict[tuple[str, ...], float]:
    """Tell of each queue, by 1 or 0, whether a worker was seen in the last minute."""
    attended = attended_queues()
    return {(queue,): float(queue in attended) for queue in QUEUES}
