"""Take in what somebody handed over; cut off, it goes on where it was, since both imports may run twice."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from ratings.choices import DeliveryKind, WorkState
from ratings.exceptions import RecordError
from ratings.files.texts import without_strays
from ratings.models import Delivery
from ratings.services.datasets import Source, import_ratings
from ratings.services.deliveries.store import SILENCE, deliveries_folder, kept_folder
from ratings.services.flattened import flattening_remarks
from ratings.services.ingest import ImportReport, Rejection, import_images

MOST_LISTED = 500


def take_in(*, delivery_id: int) -> Delivery | None:
    """Work on a delivery; give None where it is gone, done, or in other hands."""
    with lock_of(delivery_id) as is_ours:
        return work_on(delivery_id=delivery_id) if is_ours else None


@contextmanager
def lock_of(delivery_id: int) -> Iterator[bool]:
    """Hold a lock that goes with the worker's connection, and so with a worker that dies.

    It guards against taking up a delivery whose worker only looks silent: the ratings of a large file are one
    transaction, out of which no sign of life can be seen.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('delivery'), %s)", [delivery_id])
        row = cursor.fetchone()
    is_ours = bool(row and row[0])
    try:
        yield is_ours
    finally:
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtext('delivery'), %s)", [delivery_id])


def work_on(*, delivery_id: int) -> Delivery | None:
    """Take a delivery up unless it is done or has just been taken up, and see it through."""
    now = timezone.now()
    free = Q(state=WorkState.QUEUED) | Q(state=WorkState.RUNNING, heartbeat_at__lt=now - SILENCE)
    taken = Delivery.objects.filter(free, pk=delivery_id).update(state=WorkState.RUNNING, heartbeat_at=now)
    if not taken:
        return None
    delivery = Delivery.objects.select_related("study").get(pk=delivery_id)
    works: dict[str, Callable[[Delivery], dict[str, Any]]] = {
        DeliveryKind.PICTURES: take_pictures,
        DeliveryKind.RATINGS: take_ratings,
    }
    try:
        report = works[delivery.kind](delivery)
    except RecordError as error:
        end(delivery, state=WorkState.FAILED, error=without_strays(error.message))
    except OSError as error:
        end(delivery, state=WorkState.FAILED, error=f"The files could not be read ({error.strerror or error}).")
    else:
        end(delivery, state=WorkState.READY, report=report, done=max(delivery.total, 1), total=max(delivery.total, 1))
    delivery.refresh_from_db()
    return delivery


def end(delivery: Delivery, **fields: Any) -> None:
    """Close a delivery and remove its files: what could be used is in the records."""
    Delivery.objects.filter(pk=delivery.pk).update(finished_at=timezone.now(), stage="", **fields)
    shutil.rmtree(deliveries_folder() / delivery.folder, ignore_errors=True)


def tell(delivery: Delivery, *, stage: str, done: int, total: int = 0) -> None:
    """Show how far the work is, and that somebody works."""
    Delivery.objects.filter(pk=delivery.pk).update(stage=stage, done=done, total=total, heartbeat_at=timezone.now())


def take_pictures(delivery: Delivery) -> dict[str, Any]:
    """Import pictures, and each archive, into a study."""
    study = delivery.study
    assert study is not None  # noqa: S101 - a constraint of the table
    folder = kept_folder(name=delivery.folder)
    metadata = next((folder / "details").iterdir(), None) if (folder / "details").is_dir() else None
    total = ImportReport()
    for source in picture_sources(folder):
        part = import_images(
            path=source,
            study=study,
            metadata=metadata,
            on_progress=lambda done, of: tell(delivery, stage="reading the pictures", done=done, total=of),
        )
        add_up(total=total, part=part)
    return {
        "summary": total.summary,
        "counts": {
            "Added": total.added,
            "Known, new to this study": total.reused,
            "Duplicates skipped": total.duplicates,
            "Rejected": len(total.rejected),
        },
        "remarks": flattening_remarks(total.flattened),
        "rejected": listed(total.rejected),
    }


def picture_sources(folder: Path) -> list[Path]:
    """Set archives apart from pictures: each is a source of its own."""
    pictures, archives = folder / "pictures", folder / "archives"
    archives.mkdir(exist_ok=True)
    for path in sorted(pictures.iterdir()):
        if path.suffix.lower() == ".zip":
            path.rename(archives / path.name)
    loose = [pictures] if any(pictures.iterdir()) else []
    return loose + sorted(archives.iterdir())


def add_up(*, total: ImportReport, part: ImportReport) -> None:
    """Add one report to another."""
    total.added += part.added
    total.reused += part.reused
    total.duplicates += part.duplicates
    total.completed += part.completed
    total.rejected += part.rejected
    total.flattened += part.flattened


def listed(rejected: list[Rejection]) -> list[list[str]]:
    """Give names and reasons as a row can hold them."""
    return [[without_strays(one.name), without_strays(one.reason)] for one in rejected[:MOST_LISTED]]


def source_of(*, folder: Path, options: dict[str, Any]) -> Source:
    """Describe kept ratings as the importer takes them."""
    return Source(
        path=folder / "ratings" / options["file"],
        layout=options["layout"],
        scale_min=options["scale_min"],
        scale_max=options["scale_max"],
    )


def take_ratings(delivery: Delivery) -> dict[str, Any]:
    """Import ratings as a dataset."""
    options = delivery.options
    report = import_ratings(
        name=options["name"],
        source=source_of(folder=kept_folder(name=delivery.folder), options=options),
        on_progress=lambda stage, done: tell(delivery, stage=stage, done=done),
    )
    return {
        "summary": report.summary,
        "counts": {"Rows": report.rows, "Added": report.added, "Changed": report.changed, "Raters": report.raters},
        "rejected": listed(report.rejected),
    }
