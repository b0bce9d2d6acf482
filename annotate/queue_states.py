"""Which queues nobody empties: by the signs that workers leave, and by the rows of what waits."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from annotate.workers import attended_queues
from ratings.selectors.waiting_jobs import Waiting, waiting_jobs
from ratings.values.queues import QUEUES

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
