"""Dumps: asked for here, written by a worker, or at once for a command."""

from django.contrib.auth.models import User
from django.db import transaction

from ratings.models import Dump, Study
from ratings.services.jobs.progress import Progress
from ratings.tasks import queue_job
from ratings.values.dump_filters import DumpFilters


@transaction.atomic
def request_dump(*, study: Study, dump_format: str, filters: DumpFilters, actor: User | None) -> Dump:
    """Ask for a dump and hand it to a worker."""
    dump = add_dump(study=study, dump_format=dump_format, filters=filters, actor=actor)
    queue_job(dump)
    return dump


def refuse_unfit_filters(*, study: Study, dump_format: str, filters: DumpFilters) -> None:
    """Raise where nothing in the study can match a filter, before a dump is asked for."""
    from ratings.services.dumps.filters import reject_filters_of_other_designs, reject_unfit_filters

    reject_unfit_filters(study=study, filters=filters, dump_format=dump_format)
    reject_filters_of_other_designs(study=study, filters=filters)


@transaction.atomic
def retry_dump(*, dump: Dump, actor: User | None) -> Dump:
    """Hand a failed dump to a worker again."""
    from ratings.services.dumps import lifecycle  # brings pyarrow: 90 MiB that no rater needs

    again = lifecycle.retry_dump(dump=dump, actor=actor)
    queue_job(again)
    return again


def write_dump(
    *, study: Study, dump_format: str, filters: DumpFilters, actor: User | None, on_progress: Progress
) -> Dump:
    """Ask for a dump and write it here and now; give it ready or failed."""
    from ratings.services.dumps import lifecycle

    dump = add_dump(study=study, dump_format=dump_format, filters=filters, actor=actor)
    return lifecycle.write_dump(dump_id=dump.pk, on_progress=on_progress) or dump


def add_dump(*, study: Study, dump_format: str, filters: DumpFilters, actor: User | None) -> Dump:
    """Make the row of a new dump."""
    from ratings.services.dumps import lifecycle

    return lifecycle.request_dump(study=study, format=dump_format, filters=filters, requested_by=actor)
