"""Dumps in a bucket: written there whole, sent from there in whole and in part, and named gone where they are."""

import io
import json
import urllib.request
import zipfile
from pathlib import Path

import boto3
import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from ratings.choices import JobState
from ratings.models import Dump
from ratings.services.dumps import DumpFilters, request_dump, retry_dump, write_dump
from ratings.tests.disks import small_disk
from ratings.tests.factories import make_api_key, make_participation, make_rating, make_staff, make_study

pytestmark = pytest.mark.django_db(transaction=True)


def dumped() -> Dump:
    """Dump a study of one rating as CSV."""
    study = make_study(slug="harbour")
    make_rating(participation=make_participation(study=study))
    dump = request_dump(study=study, format="csv", filters=DumpFilters(), requested_by=None)
    written = write_dump(dump_id=dump.pk)
    assert written is not None
    assert (written.state, written.error) == (JobState.READY, "")
    return written


def keys(bucket: str) -> list[str]:
    """List the objects under the prefix of dumps."""
    return [
        one["Key"] for one in boto3.client("s3").list_objects_v2(Bucket=bucket, Prefix="dumps/").get("Contents", [])
    ]


def fetched(address: str, part: str = "") -> tuple[int, bytes, str]:
    """Fetch an address as a program does that knows nothing but it; give status, content and name."""
    request = urllib.request.Request(address, headers={"Range": part} if part else {})  # noqa: S310 - the local server
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        return answer.status, answer.read(), answer.headers["Content-Disposition"]


def test_a_dump_lies_in_the_bucket_and_nothing_of_it_on_the_disk_that_wrote_it(bucket: str, tmp_path: Path) -> None:
    dump = dumped()
    listed = {one["path"] for one in dump.manifest["files"]} | {"manifest.json"}
    assert set(keys(bucket)) == {f"dumps/harbour-v1/{name}" for name in listed}
    assert [path for path in (tmp_path / "data").rglob("*") if path.is_file()] == []


def test_a_script_is_sent_to_the_bucket_for_the_whole_and_for_a_part(bucket: str) -> None:
    dump = dumped()
    user = make_staff("script", group="researcher")
    script = Client(headers={"authorization": f"Bearer {make_api_key(user=user)}"})
    answer = script.get("/api/v1/studies/harbour/dumps/1/files/ratings.csv")
    assert (answer.status_code, answer["Cache-Control"]) == (302, "no-store")
    status, whole, name = fetched(answer["Location"])
    assert (status, name) == (200, 'attachment; filename="ratings.csv"')
    assert len(whole) == next(one["bytes"] for one in dump.manifest["files"] if one["path"] == "ratings.csv")
    assert fetched(answer["Location"], "bytes=5-")[:2] == (206, whole[5:])
    assert "X-Amz-Expires=3600" in answer["Location"]
    assert script.get("/api/v1/studies/harbour/dumps/1/files/else.csv").status_code == 404


def test_the_page_links_to_each_file_and_packs_all_into_one_archive(bucket: str, researcher: Client) -> None:
    dump = dumped()
    page = researcher.get(reverse("admin:ratings_dump_change", args=[dump.pk])).content.decode()
    assert "ratings.csv" in page
    address = researcher.get(reverse("admin:ratings_dump_file", args=[dump.pk, "manifest.json"]))["Location"]
    assert json.loads(fetched(address)[1])["counts"]["ratings"] == 1
    packed = researcher.get(reverse("admin:ratings_dump_download", args=[dump.pk])).getvalue()
    names = zipfile.ZipFile(io.BytesIO(packed)).namelist()
    assert {f"harbour-v1-csv/{key.rpartition('/')[2]}" for key in keys(bucket)} == set(names)


def test_files_that_the_bucket_lost_are_named_gone_on_page_and_api(bucket: str, researcher: Client) -> None:
    dump = dumped()
    for key in keys(bucket):
        boto3.client("s3").delete_object(Bucket=bucket, Key=key)
    page = researcher.get(reverse("admin:ratings_dump_change", args=[dump.pk]))
    assert "The files of this dump are gone: make a new dump." in page.content.decode()
    assert researcher.get(reverse("admin:ratings_dump_download", args=[dump.pk])).status_code == 404
    user = make_staff("script", group="researcher")
    script = Client(headers={"authorization": f"Bearer {make_api_key(user=user)}"})
    answer = script.get("/api/v1/studies/harbour/dumps/1/files/ratings.csv")
    assert (answer.status_code, answer.json()["message"]) == (409, "The files of this dump are gone: make a new dump.")


def test_a_dump_that_does_not_get_through_leaves_nothing_and_can_be_retried(
    bucket: str, settings: LazySettings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    study = make_study(slug="harbour")
    make_rating(participation=make_participation(study=study))
    dump = request_dump(study=study, format="csv", filters=DumpFilters(), requested_by=None)
    with small_disk(500):
        failed = write_dump(dump_id=dump.pk)
    assert failed is not None
    assert (failed.state, failed.error_code) == (JobState.FAILED, "storage_failed")
    assert "could not be written" in failed.error
    assert (keys(bucket), [path for path in (tmp_path / "data").rglob("*") if path.is_file()]) == ([], [])
    retry_dump(dump=failed, actor=None)
    written = write_dump(dump_id=dump.pk)
    assert written is not None
    assert (written.state, written.row_count) == (JobState.READY, 1)


def test_the_command_copies_a_dump_out_of_the_bucket(bucket: str, tmp_path: Path) -> None:
    dumped()
    call_command("export", "harbour", "--format", "csv", "--out", str(tmp_path / "out"), stdout=io.StringIO())
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        key.rpartition("/")[2] for key in keys(bucket) if key.startswith("dumps/harbour-v2/")
    }
