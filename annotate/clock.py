"""The clock of the service: sends the tasks that are due, each only where there is work for it."""

import logging
from datetime import timedelta
from typing import Any

from celery.beat import ScheduleEntry
from django.db import Error, close_old_connections
from django.utils import timezone
from django_celery_beat.schedulers import DatabaseScheduler
from kombu.exceptions import OperationalError

from annotate.needs import NEEDS
from ratings.queueing import depth_of
from ratings.values.queues import EMBED

logger = logging.getLogger(__name__)
SLACK = timedelta(seconds=5)  # that clocks of two machines, one of which took over from the other, may differ
HOLDS_ONE_KIND = {"scoring.tasks.embed_new_images": EMBED}  # of which one that waits is enough


class NeedScheduler(DatabaseScheduler):  # type: ignore[misc]  # its package brings no types
    """Passes over an entry whose task would find nothing to do, or already waits; an empty queue is empty then.

    Goes on where the clock is set back: what ran by the former time would else be due only when that comes again.
    """

    def tick(self, *args: Any, **options: Any) -> float:
        """Send what is due; give the seconds until the next look."""
        if self.forget_future_runs():
            self._heap = None  # which Celery makes again, from when each entry ran
        wait: float = super().tick(*args, **options)
        return wait

    def forget_future_runs(self) -> bool:
        """Let entries that ran at a time that is still to come have run now; tell whether there were any."""
        now = timezone.now()
        ahead = [entry for entry in self.schedule.values() if entry.last_run_at and entry.last_run_at > now + SLACK]
        for entry in ahead:
            entry.last_run_at = now
        if ahead:
            logger.warning("The clock was set back: %d tasks are due by the time that it shows now", len(ahead))
        return bool(ahead)

    def apply_entry(self, entry: ScheduleEntry, producer: Any = None) -> None:
        """Send the task of an entry that is due, unless nobody needs it."""
        if is_needed(str(entry.task)) and not is_waiting(str(entry.task)):
            super().apply_entry(entry, producer=producer)


def is_needed(task: str) -> bool:
    """Tell whether a task has anything to do; one is sent where that cannot be found out."""
    need = NEEDS.get(task)
    if need is None:
        return True
    close_old_connections()
    try:
        return need()
    except (Error, OSError) as error:
        logger.warning("Whether there is work for %s is not known, so it is sent: %s", task, error)
        return True


def is_waiting(task: str) -> bool:
    """Tell whether a task that has a queue of its own waits there already; not, while the broker is away."""
    queue = HOLDS_ONE_KIND.get(task)
    try:
        return queue is not None and depth_of(queue) > 0
    except (OperationalError, OSError) as error:
        logger.warning("How much waits in the queue %s is not known: %s", queue, error)
        return False
