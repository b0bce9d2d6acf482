"""A dump is requested, written, retried and audited; half-made ones leave nothing behind."""

import errno
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import pyarrow as pa
import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from ratings.choices import JobState
from ratings.exceptions import ConflictError
from ratings.models import AuditEntry, Dump, Study
from ratings.services.dumps import DumpFilters, request_dump, retry_dump, write_dump
from ratings.services.dumps.writers import TableFiles, table_files
from ratings.services.jobs.lifecycle import revive_jobs
from ratings.tasks import run_job
from ratings.tests.disks import dumps_folder, small_disk
from ratings.tests.dumping import dumped, folder_of, make_birds

# A dump reads on a connection of its own, which sees committed rows only.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def study() -> Study:
    """Give the study to dump."""
    return make_birds()


class FullDisk:
    """The files of a table on a disk that is full after the first piece."""

    def __init__(self, files: TableFiles) -> None:
        self.files = files

    def write(self, rows: pa.Table) -> None:
        self.files.write(rows)
        raise OSError(errno.ENOSPC, "No space left on device")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.files.__exit__(None, None, None)

    def facts(self) -> dict[str, Any]:
        return self.files.facts()


def keep_dumps_in(folder: Path, settings: LazySettings) -> None:
    """Keep dumps elsewhere from now on."""
    store = {"BACKEND": "ratings.stores.disk.DiskFolders", "OPTIONS": {"location": folder}}
    settings.STORAGES = {**settings.STORAGES, "dumps": store}


def test_a_disk_that_fills_up_in_the_middle_is_one_sentence_and_can_be_retried(study: Study) -> None:
    dump = request_dump(study=study, format="csv", filters=DumpFilters(), requested_by=None)
    failed = write_dump(dump_id=dump.pk, open_table=lambda **table: FullDisk(table_files(**table)))
    assert failed is not None
    assert failed.state == JobState.FAILED
    assert "No space left on device" in failed.error
    assert list(dumps_folder().iterdir()) == []
    retry_dump(dump=failed, actor=None)
    written = write_dump(dump_id=dump.pk)
    assert written is not None
    assert (written.state, written.version, written.row_count) == (JobState.READY, 1, 21)
    with pytest.raises(ConflictError, match="Only a failed dump"):
        retry_dump(dump=written, actor=None)


@pytest.mark.parametrize("dump_format", ["csv", "jsonl", "parquet", "hf"])
def test_a_disk_that_takes_no_more_fails_the_dump_and_a_retry_gives_it(study: Study, dump_format: str) -> None:
    dump = request_dump(study=study, format=dump_format, filters=DumpFilters(), requested_by=None)
    with small_disk(1500):
        failed = write_dump(dump_id=dump.pk)
    assert failed is not None
    assert failed.state == JobState.FAILED
    assert "File too large" in failed.error
    assert list(dumps_folder().iterdir()) == []
    retry_dump(dump=failed, actor=None)
    written = write_dump(dump_id=dump.pk)
    assert written is not None
    assert (written.state, written.row_count) == (JobState.READY, 21)


def test_the_command_leaves_no_half_of_a_dump_in_its_target(
    study: Study, settings: LazySettings, tmp_path: Path
) -> None:
    out = tmp_path / "elsewhere" / "out"
    another_disk = Path("/dev/shm") / f"pamela-test-{uuid4().hex}"  # noqa: S108
    keep_dumps_in(another_disk, settings)
    try:
        with small_disk(1500), pytest.raises(CommandError, match=r"could not be written .*File too large"):
            call_command("export", "birds", "--format", "csv", "--out", str(out), stdout=StringIO())
        assert not out.exists()
        (tmp_path / "elsewhere").write_text("a file where a folder should be")
        with pytest.raises(CommandError, match="The dump itself is ready as version 2"):
            call_command("export", "birds", "--format", "csv", "--out", str(out), stdout=StringIO())
        (tmp_path / "elsewhere").unlink()
        call_command("export", "birds", "--format", "csv", "--out", str(out), stdout=StringIO())
        assert {path.name for path in out.parent.iterdir()} == {"out"}
    finally:
        shutil.rmtree(another_disk, ignore_errors=True)


def test_a_dump_without_a_sign_of_life_is_taken_up_again(study: Study) -> None:
    dump = request_dump(study=study, format="csv", filters=DumpFilters(), requested_by=None)
    Dump.objects.update(state=JobState.RUNNING, attempts=1)
    assert write_dump(dump_id=dump.pk) is None
    Dump.objects.update(heartbeat_at=timezone.now() - timedelta(hours=1))
    assert revive_jobs(kind=Dump) == [dump.pk]
    run_job("ratings.Dump", dump.pk)
    dump.refresh_from_db()
    assert (dump.state, dump.attempts) == (JobState.READY, 2)


def test_requests_at_once_get_different_versions_and_are_audited(study: Study) -> None:
    def request(_: int) -> int:
        try:
            return request_dump(study=study, format="csv", filters=DumpFilters(), requested_by=None).version
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(request, range(8))) == list(range(1, 9))
    assert AuditEntry.objects.filter(action="export", target="birds").count() == 8


def test_writing_twice_leaves_a_finished_dump_alone(study: Study) -> None:
    dump = dumped(study)
    before = (folder_of(dump) / "manifest.json").stat().st_mtime_ns
    run_job("ratings.Dump", dump.pk)
    assert (folder_of(dump) / "manifest.json").stat().st_mtime_ns == before
    run_job("ratings.Dump", dump.pk + 1000)  # a row that is gone ends quietly


def test_a_dump_that_was_cut_off_is_written_again(study: Study) -> None:
    dump = request_dump(study=study, format="csv", filters=DumpFilters(), requested_by=None)
    Dump.objects.update(state=JobState.RUNNING, heartbeat_at=timezone.now() - timedelta(hours=1))
    left = dumps_folder() / "birds-v1.partial"
    left.mkdir(parents=True)
    (left / "junk").write_text("x")
    written = write_dump(dump_id=dump.pk)
    assert written is not None
    assert written.state == JobState.READY
    assert not left.exists()
    assert "junk" not in {path.name for path in folder_of(written).iterdir()}


def test_a_dump_that_was_taken_over_leaves_no_files_of_its_own(study: Study) -> None:
    dump = request_dump(study=study, format="csv", filters=DumpFilters(), requested_by=None)

    def take_over(_stage: str, share: float) -> None:
        if share == 1.0:
            Dump.objects.filter(pk=dump.pk).update(owner="another worker")

    left = write_dump(dump_id=dump.pk, on_progress=take_over)
    assert left is not None
    assert (left.state, left.owner, left.folder) == (JobState.RUNNING, "another worker", "")
    assert list(dumps_folder().iterdir()) == []


def test_files_that_another_database_left_are_not_touched(study: Study) -> None:
    left = dumps_folder() / "birds-v1"
    left.mkdir(parents=True)
    (left / "ratings.csv").write_text("somebody else's")
    folder = folder_of(dumped(study, dump_format="csv"))
    assert folder != left
    assert (folder / "ratings.csv").exists()
    assert (left / "ratings.csv").read_text() == "somebody else's"


def test_a_failure_is_one_sentence_and_leaves_no_files(study: Study, settings: LazySettings, tmp_path: Path) -> None:
    dump = request_dump(study=study, format="csv", filters=DumpFilters(), requested_by=None)
    (tmp_path / "a-file").write_text("where a folder should be")
    keep_dumps_in(tmp_path / "a-file", settings)
    written = write_dump(dump_id=dump.pk)
    assert written is not None
    assert written.state == JobState.FAILED
    assert written.error.startswith("The dump could not be written (")
    assert not list(tmp_path.glob("**/*.csv"))


def test_progress_is_reported_and_ends_at_the_total(study: Study) -> None:
    reports: list[tuple[str, float]] = []
    dump = request_dump(study=study, format="csv", filters=DumpFilters(), requested_by=None)
    write_dump(dump_id=dump.pk, on_progress=lambda stage, share: reports.append((stage, share)))
    assert reports[-1] == ("21 of 21 rows", 1.0)


def test_the_command_writes_one_folder_per_format(study: Study, tmp_path: Path) -> None:
    out = StringIO()
    call_command("export", "birds", "--format", "csv,parquet", "--out", str(tmp_path / "out"), stdout=out)
    assert "birds v1 (csv): 21 ratings, 7 raters, 3 images" in out.getvalue()
    assert (tmp_path / "out" / "csv" / "ratings.csv").exists()
    assert (tmp_path / "out" / "parquet" / "ratings.parquet").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fish"], "There is no study 'fish'. Studies: birds."),
        (["birds", "--format", "xml"], "no format of dumps"),
        (["birds", "--format", ","], "Name at least one format"),
        (["birds", "--domain", "fish"], "no domains 'fish'"),
    ],
)
def test_the_command_refuses_bad_input_with_code_2(
    study: Study, tmp_path: Path, arguments: list[str], message: str
) -> None:
    with pytest.raises(CommandError, match=message) as caught:
        call_command("export", *arguments, "--out", str(tmp_path / "out"), stdout=StringIO())
    assert caught.value.returncode == 2


def test_the_command_never_mixes_two_dumps(study: Study, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    shutil.copy(__file__, tmp_path / "full" / "something")
    with pytest.raises(CommandError, match="not an empty folder"):
        call_command("export", "birds", "--out", str(tmp_path / "full"), stdout=StringIO())
