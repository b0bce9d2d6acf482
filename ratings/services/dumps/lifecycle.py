"""Request a dump, and write it: first beside its final place, then renamed, so that it is whole or not there."""

import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pyarrow as pa
from django.conf import settings
from django.contrib.auth.models import User
from django.db import DatabaseError, transaction
from django.db.models import Max
from django.utils import timezone

from ratings.choices import Design, DumpFormat, DumpState
from ratings.exceptions import ConflictError, InvalidInputError
from ratings.models import Dump, Study
from ratings.services.audit import record_act
from ratings.services.dumps.card import make_manifest, write_card_and_manifest
from ratings.services.dumps.choices import (
    choice_tables,
    compared_image_tables,
    dumped_choices,
    reject_unfit_for_pairs,
)
from ratings.services.dumps.filters import DumpFilters, dumped_ratings, reject_unfit_filters
from ratings.services.dumps.schema import answers_table, table_columns
from ratings.services.dumps.snapshot import Snapshot, snapshot
from ratings.services.dumps.tables import (
    Tally,
    image_tables,
    people_table,
    raters_table,
    rating_tables,
    with_pictures,
)
from ratings.services.dumps.writers import OpenFiles, table_files

SECONDS_BETWEEN_REPORTS = 0.5

Progress = Callable[[int, int], None]
OpenTable = Callable[..., OpenFiles]


@transaction.atomic
def request_dump(*, study: Study, format: str, filters: DumpFilters, requested_by: User | None) -> Dump:  # noqa: A002
    """Make the row of a new dump under the study's next version."""
    if format not in DumpFormat.values:
        raise InvalidInputError(
            f"{format!r} is no format of dumps; choose among {', '.join(DumpFormat.values)}.",
            fields={"format": "Unknown format."},
        )
    reject_unfit_filters(study=study, filters=filters, dump_format=format)
    if study.design == Design.PAIRWISE:
        reject_unfit_for_pairs(filters=filters)
    # Guards the numbering: two requests at once get two versions.
    Study.objects.select_for_update(no_key=True).get(pk=study.pk)
    last = Dump.objects.filter(study=study).aggregate(last=Max("version"))["last"] or 0
    dump = Dump.objects.create(
        study=study, version=last + 1, format=format, filters=filters.as_json(), requested_by=requested_by
    )
    record_act(action="export", target=study.slug, actor=requested_by, version=dump.version, format=format)
    return dump


@dataclass(kw_only=True)
class Report:
    """Tells the dump's row, and whoever asked, how far it is."""

    dump: Dump
    total: int = 0
    on_progress: Progress | None = None
    told_at: float = field(default=0.0)

    def tell(self, done: int) -> None:
        """Report, not too often."""
        if self.on_progress is not None:
            self.on_progress(done, self.total)
        if time.monotonic() - self.told_at > SECONDS_BETWEEN_REPORTS:
            self.told_at = time.monotonic()
            progress = min(1.0, done / self.total) if self.total else 1.0
            Dump.objects.filter(pk=self.dump.pk).update(progress=progress, row_count=done, heartbeat_at=timezone.now())


def write_dump(
    *, dump_id: int, on_progress: Progress | None = None, open_table: OpenTable = table_files
) -> Dump | None:
    """Write a requested dump; give it ready or failed, or None where there is nothing (left) to do.

    Running it twice does no harm: a finished dump is left alone, and one that somebody else is writing, too.
    What lies in a transaction that is not committed is not in the dump.
    """
    dump = Dump.objects.select_related("study").filter(pk=dump_id).first()
    if dump is None or dump.state in {DumpState.READY, DumpState.FAILED}:
        return dump
    with snapshot() as source:
        if not source.is_free(key=dump.pk):
            return None
        Dump.objects.filter(pk=dump.pk).update(
            state=DumpState.RUNNING, progress=0, error="", heartbeat_at=timezone.now()
        )
        try:
            write_folder(dump=dump, source=source, on_progress=on_progress, open_table=open_table)
        except (OSError, pa.ArrowException, psycopg.Error, DatabaseError) as error:
            fail_dump(dump=dump, error=error)
    dump.refresh_from_db()
    return dump


@transaction.atomic
def retry_dump(*, dump: Dump, actor: User | None) -> Dump:
    """Queue a failed dump again, under its version and with its filters."""
    taken = Dump.objects.filter(pk=dump.pk, state=DumpState.FAILED).update(
        state=DumpState.QUEUED, error="", progress=0, row_count=0, finished_at=None, heartbeat_at=None
    )
    if not taken:
        raise ConflictError("Only a failed dump can be tried again; this one is not.")
    record_act(action="export", target=dump.study.slug, actor=actor, version=dump.version, retried=True)
    dump.refresh_from_db()
    return dump


def fail_dump(*, dump: Dump, error: Exception) -> None:
    """Say in one sentence why there is no dump; its files are gone already."""
    reason = getattr(error, "strerror", None) or str(error).strip().split("\n")[0] or type(error).__name__
    sentence = f"The dump could not be written ({reason}); mend that and request it again."
    Dump.objects.filter(pk=dump.pk).update(state=DumpState.FAILED, error=sentence, finished_at=timezone.now())


def write_folder(*, dump: Dump, source: Snapshot, on_progress: Progress | None, open_table: OpenTable) -> None:
    """Write every file into a folder beside the final one, and rename it; on any failure nothing stays."""
    name = f"{dump.study.slug}-v{dump.version}"
    if (Path(settings.DUMPS_DIR) / name).exists():  # left by another database that used this folder
        name = f"{name}-{secrets.token_hex(4)}"
    final = Path(settings.DUMPS_DIR) / name
    partial = final.with_name(f"{name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(parents=True)
        report = Report(dump=dump, on_progress=on_progress)
        described = write_tables(dump=dump, folder=partial, source=source, report=report, open_table=open_table)
        manifest = write_card_and_manifest(folder=partial, manifest=described)
        partial.rename(final)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    Dump.objects.filter(pk=dump.pk).update(
        state=DumpState.READY,
        progress=1.0,
        row_count=manifest["counts"][answers_table(design=dump.study.design)],
        folder=name,
        manifest=manifest,
        finished_at=timezone.now(),
    )


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What a dump is made of: so many answers, and where their tables and those of the images come from."""

    total: int
    answers: Iterator[pa.Table]
    images: Iterator[pa.Table]


def contents_of(*, source: Snapshot, study: Study, filters: DumpFilters, people: pa.Table, tally: Tally) -> Contents:
    """Choose by the study's design what is read."""
    if study.design == Design.PAIRWISE:
        choices = dumped_choices(study=study, filters=filters)
        return Contents(
            total=source.count(choices.values_list("pk")),
            answers=choice_tables(source=source, choices=choices, people=people, tally=tally),
            images=compared_image_tables(source=source, study=study),
        )
    ratings = dumped_ratings(study=study, filters=filters)
    return Contents(
        total=source.count(ratings.values_list("pk")),
        answers=rating_tables(source=source, study=study, ratings=ratings, people=people, tally=tally),
        images=image_tables(source=source, study=study),
    )


def write_tables(
    *, dump: Dump, folder: Path, source: Snapshot, report: Report, open_table: OpenTable
) -> dict[str, object]:
    """Write the answers, raters and images; give the manifest without checksums."""
    study = dump.study
    filters = DumpFilters.from_json(dump.filters)
    people = people_table(source=source, study=study)
    tally = Tally()
    contents = contents_of(source=source, study=study, filters=filters, people=people, tally=tally)
    report.total = contents.total
    columns = table_columns(
        design=study.design, questions=study.profile_questions, with_pictures=filters.include_pictures
    )
    answers = answers_table(design=study.design)
    files = {
        name: open_table(folder=folder, name=name, columns=columns[name], dump_format=dump.format) for name in columns
    }
    with files[answers], files["raters"], files["images"]:
        for piece in contents.answers:
            files[answers].write(piece)
            report.tell(tally.ratings)
        files["raters"].write(raters_table(people=people, study=study, tally=tally))
        for images in contents.images:
            for piece in with_pictures(images) if filters.include_pictures else [images]:
                files["images"].write(piece)
                report.tell(tally.ratings)
    return make_manifest(dump=dump, filters=filters, files=files, tally=tally)
