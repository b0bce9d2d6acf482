"""Thin Celery tasks over the records: an id in, one call."""

from celery import shared_task

from ratings.selectors.dumps import abandoned_dumps
from ratings.services.deliveries.store import abandoned_deliveries, discard_unclaimed_files
from ratings.services.give_back import release_expired
from ratings.services.pairs.give_back import release_expired_pairs


@shared_task(time_limit=60)
def release_expired_leases() -> None:
    """Give back leases that ran out; running twice at once does no harm, since each call takes other rows."""
    release_expired()


@shared_task(time_limit=60)
def release_expired_pair_leases() -> None:
    """Give back leases of pairs that ran out; running twice at once does no harm, as each call takes other rows."""
    release_expired_pairs()


@shared_task(time_limit=600)
def measure_quality(study_id: int) -> None:
    """Measure a study; a second run finds its data measured already, or being measured, and leaves it alone."""
    from ratings.services.quality.lifecycle import measure_study  # brings SciPy, which the web side does not need

    measure_study(study_id=study_id)


@shared_task(time_limit=300)
def measure_due_quality() -> None:
    """Queue every study whose data changed; queueing one twice does no harm, as the second finds it done."""
    from ratings.services.quality.lifecycle import measure_due

    for study_id in measure_due():
        measure_quality.delay(study_id)


@shared_task(time_limit=6 * 3600)
def make_dump(dump_id: int) -> None:
    """Write a requested dump; a second run finds it finished, or being written, and leaves it alone."""
    from ratings.services.dumps import write_dump  # brings pyarrow: 90 MiB that the web side does not need

    write_dump(dump_id=dump_id)


@shared_task(time_limit=60)
def revive_dumps() -> None:
    """Take up dumps whose worker died; one that is written after all is not written twice."""
    for dump_id in abandoned_dumps():
        make_dump.delay(dump_id)


@shared_task(time_limit=6 * 3600)
def take_in_delivery(delivery_id: int) -> None:
    """Take in what was handed over; a delivery that is done, or in other hands, is left alone."""
    from ratings.services.deliveries.take_in import take_in  # brings pyarrow: 90 MiB that the web side does not need

    take_in(delivery_id=delivery_id)


@shared_task(time_limit=60)
def revive_deliveries() -> None:
    """Take up deliveries whose worker died, and remove files nobody handed over; twice is as good as once."""
    discard_unclaimed_files()
    for delivery_id in abandoned_deliveries():
        take_in_delivery.delay(delivery_id)
