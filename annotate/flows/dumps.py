"""Dumps: asked for here, written by a worker."""

from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from annotate.broker import queue_job_on_commit
from ratings.models import Dump, Study


@transaction.atomic
def request_dump(*, study: Study, dump_format: str, filters: dict[str, Any], actor: User | None) -> Dump:
    """Ask for a dump and hand it to a worker."""
    from ratings.services.dumps import DumpFilters, lifecycle  # brings pyarrow: 90 MiB that no rater needs

    chosen: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in filters.items()
    }
    dump = lifecycle.request_dump(study=study, format=dump_format, filters=DumpFilters(**chosen), requested_by=actor)
    queue_job_on_commit(dump)
    return dump
