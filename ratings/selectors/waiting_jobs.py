"""How much work waits for workers, by the rows that say so: the broker may have lost a message, a row is not lost."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.apps import apps
from django.db.models import Count, Min

from ratings.choices import JobState
from ratings.models import Job


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """The jobs of one queue that no worker has taken up."""

    count: int
    oldest: datetime


def job_kinds() -> list[type[Job]]:
    """Give every kind of job there is."""
    return [model for model in apps.get_models() if issubclass(model, Job)]


def waiting_jobs(*, queues: Collection[str]) -> dict[str, Waiting]:
    """Give what waits in each of these queues; one that is empty is left out."""
    found: dict[str, Waiting] = {}
    for kind in job_kinds():
        if kind.queue in queues:
            rows = kind._default_manager.filter(state=JobState.QUEUED)
            facts = rows.aggregate(count=Count("pk"), oldest=Min("created_at"))
            if facts["count"]:
                found[kind.queue] = added(found.get(kind.queue), Waiting(**facts))
    return found


def added(one: Waiting | None, other: Waiting) -> Waiting:
    """Give two kinds of waiting jobs as one."""
    if one is None:
        return other
    return Waiting(count=one.count + other.count, oldest=min(one.oldest, other.oldest))
