"""Request a dump, and write it: first as a draft, then put in its place, so that it is whole or not there."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
from django.contrib.auth.models import User
from django.db import DatabaseError, transaction
from django.db.models import Max

from ratings.choices import DumpFormat, JobState
from ratings.exceptions import ConflictError, InvalidInputError, StorageFailedError
from ratings.models import Dump, Study
from ratings.registry import design_of
from ratings.sentences import staff_gettext
from ratings.services.audit import log_action
from ratings.services.dumps.card import MANIFEST, make_manifest, write_card_and_manifest
from ratings.services.dumps.coarser import coarser
from ratings.services.dumps.filters import reject_filters_of_other_designs, reject_unfit_filters
from ratings.services.dumps.schema import answers_table, table_columns
from ratings.services.dumps.snapshot import DumpSnapshot, snapshot
from ratings.services.dumps.tables import Tally, make_raters_table, people_table, with_pictures
from ratings.services.dumps.writers import OpenFiles, table_files
from ratings.services.jobs.lifecycle import describe_job, requeue_job, settle_job
from ratings.services.jobs.progress import Progress, no_progress
from ratings.services.jobs.work import DATABASE_AWAY, JobReport, do_job
from ratings.stores.folders import dump_store
from ratings.values.dump_filters import DumpFilters

SECONDS_BETWEEN_REPORTS = 0.5

OpenTable = Callable[..., OpenFiles]


@transaction.atomic
def request_dump(*, study: Study, format: str, filters: DumpFilters, requested_by: User | None) -> Dump:  # noqa: A002
    """Make the row of a new dump under the study's next version."""
    if format not in DumpFormat.values:
        raise InvalidInputError(
            staff_gettext("{format} is no format of dumps; choose among {values}.").format(
                format=f"{format!r}", values=", ".join(DumpFormat.values)
            ),
            fields={"format": staff_gettext("Unknown format.")},
        )
    reject_unfit_filters(study=study, filters=filters, dump_format=format)
    reject_filters_of_other_designs(study=study, filters=filters)
    # Guards the numbering: two requests at once get two versions.
    Study.objects.select_for_update(no_key=True).get(pk=study.pk)
    last = Dump.objects.filter(study=study).aggregate(last=Max("version"))["last"] or 0
    dump = Dump.objects.create(
        study=study, version=last + 1, format=format, filters=filters.as_json(), requested_by=requested_by
    )
    log_action(action="export", target=study.slug, actor=requested_by, version=dump.version, format=format)
    return dump


@dataclass(kw_only=True)
class RowCount:
    """Counts the rows that are written, and reports the number, at most every few seconds."""

    dump: Dump
    report: JobReport
    total: int = 0
    reported_at: float = field(default=0.0)

    def tell(self, done: int) -> None:
        """Report, unless that was done just now."""
        if time.monotonic() - self.reported_at > SECONDS_BETWEEN_REPORTS:
            self.reported_at = time.monotonic()
            self.report(rows_written(done, self.total), done / self.total if self.total else 1.0)
            describe_job(job=self.dump, row_count=done)


def rows_written(done: int, total: int) -> str:
    """Say how far a dump is."""
    return staff_gettext("{done} of {total} rows").format(done=done, total=total)


def write_dump(
    *, dump_id: int, on_progress: Progress = no_progress, open_table: OpenTable = table_files
) -> Dump | None:
    """Write a requested dump; give it ready or failed, or None where there is nothing (left) to do.

    Running it twice does no harm: a finished dump is left alone, and one that somebody else is writing, too.
    What lies in a transaction that is not committed is not in the dump.
    """
    runner = partial(write_folder, open_table=open_table)
    return do_job(kind=Dump, job_id=dump_id, runner=runner, on_progress=on_progress)


@transaction.atomic
def retry_dump(*, dump: Dump, actor: User | None) -> Dump:
    """Queue a failed dump again, under its version and with its filters."""
    if not requeue_job(job=dump, ended=(JobState.FAILED,), row_count=0):
        raise ConflictError(staff_gettext("Only a failed dump can be tried again; this one is not."))
    log_action(action="export", target=dump.study.slug, actor=actor, version=dump.version, retried=True)
    dump.refresh_from_db()
    return dump


def write_folder(dump: Dump, report: JobReport, *, open_table: OpenTable = table_files) -> None:
    """Write every file of a dump and put them in their place together; on any failure nothing stays."""
    try:
        folder, manifest = write_files(dump, report, open_table=open_table)
    except DATABASE_AWAY:
        raise
    except (OSError, pa.ArrowException, psycopg.Error, DatabaseError) as error:
        reason = getattr(error, "strerror", None) or str(error).strip().split("\n")[0] or type(error).__name__
        raise StorageFailedError(
            staff_gettext("The dump could not be written ({reason}); fix that and request it again.").format(
                reason=reason
            )
        ) from error
    try:
        rows = manifest["counts"][answers_table(design=dump.study.design)]
        settle_job(job=dump, stage="", row_count=rows, folder=folder, manifest=manifest)
    except BaseException:
        dump_store().remove(folder)
        raise


def write_files(dump: Dump, report: JobReport, *, open_table: OpenTable) -> tuple[str, dict[str, Any]]:
    """Write the files of a dump whole; give the name of their folder and what the manifest says of them."""
    store = dump_store()
    name = f"{dump.study.slug}-v{dump.version}"
    if store.sizes(name):  # left by another database that used this store
        name = f"{name}-{secrets.token_hex(4)}"
    with store.draft(name) as draft:
        with snapshot() as source:
            described = write_tables(dump=dump, folder=draft, source=source, report=report, open_table=open_table)
        described["read_from"] = source.read_from.described
        manifest = write_card_and_manifest(folder=draft, manifest=described)
        store.keep(draft, name=name, last=MANIFEST)
    return name, manifest


def unchanged(rows: pa.Table) -> pa.Table:
    """Give a piece of a table as it is."""
    return rows


def write_tables(
    *, dump: Dump, folder: Path, source: DumpSnapshot, report: JobReport, open_table: OpenTable
) -> dict[str, Any]:
    """Write the answers, raters and images; give the manifest without checksums."""
    study = dump.study
    filters = DumpFilters.from_json(dump.filters)
    people = people_table(source=source, study=study)
    tally = Tally()
    held = design_of(study).dump
    dumped = held.dumped_answers(study=study, filters=filters)
    count = RowCount(dump=dump, report=report, total=source.count(dumped.values_list("pk")))
    texts = study.texts_in_dumps if filters.include_free_text else ()
    columns = table_columns(
        design=study.design,
        questions=study.questions_in_dumps,
        with_pictures=filters.include_pictures,
        scales=study.named_scales,
        texts=texts,
    )
    answers = answers_table(design=study.design)
    files = {
        name: open_table(folder=folder, name=name, columns=columns[name], dump_format=dump.format) for name in columns
    }
    shown = coarser if filters.for_publication else unchanged
    with files[answers], files["raters"], files["images"]:
        for piece in held.answer_tables(source=source, study=study, answers=dumped, people=people, tally=tally):
            files[answers].write(shown(piece))
            count.tell(tally.ratings)
        files["raters"].write(shown(make_raters_table(people=people, study=study, tally=tally, filters=filters)))
        for images in held.image_tables(source=source, study=study):
            for piece in with_pictures(images) if filters.include_pictures else [images]:
                files["images"].write(shown(piece))
                count.tell(tally.ratings)
    report(rows_written(tally.ratings, count.total), 1.0)
    return make_manifest(dump=dump, filters=filters, files=files, tally=tally)
