"""Uploads in a bucket: sent in pieces to any web process, put together by any worker, and gone once taken in."""

from pathlib import Path

import boto3
import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase

from ratings.choices import JobState
from ratings.exceptions import ConflictError, StorageFailedError
from ratings.models import DatasetRating, StudyImage, Upload, UploadFile
from ratings.models.upload import UploadKind
from ratings.services.uploads import parts, store
from ratings.services.uploads.imports import import_delivery
from ratings.stores.uploads import upload_store
from ratings.tests.factories import make_staff, make_study, picture_bytes

pytestmark = pytest.mark.django_db

TIDY = b"rater,image,rating\nann,red.png,1\nbob,red.png,3\n"


def keys(bucket: str) -> list[str]:
    """List the objects under the prefix of uploads."""
    found = boto3.client("s3").list_objects_v2(Bucket=bucket, Prefix="deliveries/").get("Contents", [])
    return [one["Key"] for one in found]


def announced(**files: bytes) -> tuple[Upload, list[UploadFile]]:
    """Announce pictures, each under its name with `.png`."""
    wanted = [
        parts.AnnouncedFile(key=name, kind=UploadKind.PICTURES, name=f"{name}.png", size=len(content))
        for name, content in files.items()
    ]
    return parts.announce_files(study=make_study(slug="birds"), uploader=make_staff("mira"), files=wanted)


def sent(upload: Upload, file: UploadFile, content: bytes, offset: int = 0) -> int:
    """Send a piece; give how much has arrived."""
    piece = parts.Piece(file=file.pk, offset=offset, content=SimpleUploadedFile("piece", content))
    return parts.store_pieces(upload=upload, pieces=[piece])[file.pk]


def test_pieces_become_the_picture_and_nothing_stays(bucket: str, tmp_path: Path) -> None:
    red, blue = picture_bytes(color="red", width=40), picture_bytes(color="blue", width=40)
    upload, (first, second) = announced(red=red, blue=blue)
    assert sent(upload, first, red[:50]) == 50
    assert sent(upload, first, red[20:], offset=20) == 50, "it comes too late"
    assert sent(upload, first, red[50:], offset=50) == len(red)
    with pytest.raises(ConflictError, match=r"1 files have not arrived yet, blue\.png"):
        parts.finish_upload(upload=upload)
    sent(upload, second, blue)
    folder = upload.folder
    assert upload_store().lengths(folder) == {"pictures/red.png": len(red), "pictures/blue.png": len(blue)}
    done = import_delivery(delivery_id=parts.finish_upload(upload=upload).pk)
    assert done is not None
    assert (done.state, done.report["counts"]["Added"]) == (JobState.READY, 2)
    assert set(StudyImage.objects.values_list("name", flat=True)) == {"red.png", "blue.png"}
    assert keys(bucket) == []
    assert [path for path in (tmp_path / "data").rglob("*") if path.is_file()] == []


def test_a_piece_whose_answer_was_lost_is_replaced_by_a_shorter_one_in_its_place(bucket: str) -> None:
    red = picture_bytes(color="red")
    upload, (file,) = announced(red=red)
    sent(upload, file, red[:80])
    UploadFile.objects.update(received=0)  # as where the transaction was rolled back
    assert sent(upload, file, red[:30]) == 30
    assert sent(upload, file, red[30:], offset=30) == len(red)
    with upload_store().copy_to_work_on(upload.folder) as folder:
        assert (folder / "pictures" / "red.png").read_bytes() == red


def test_what_the_bucket_lost_is_sent_again(bucket: str) -> None:
    red = picture_bytes(color="red")
    upload, (file,) = announced(red=red)
    sent(upload, file, red[:30])
    sent(upload, file, red[30:60], offset=30)
    boto3.client("s3").delete_object(Bucket=bucket, Key=keys(bucket)[1])
    again = parts.AnnouncedFile(key="red", kind=UploadKind.PICTURES, name="red.png", size=len(red))
    _, (known,) = parts.announce_files(study=upload.study, uploader=upload.uploader, files=[again])
    assert known.received == 30


def test_discarding_removes_what_has_arrived(bucket: str) -> None:
    upload, (file,) = announced(red=b"abc")
    sent(upload, file, b"ab")
    assert len(keys(bucket)) == 1
    with TestCase.captureOnCommitCallbacks(execute=True):
        parts.discard_upload(upload=upload)
    assert keys(bucket) == []


def test_ratings_sent_as_one_form_are_looked_at_and_taken_in(bucket: str) -> None:
    folder = store.keep_files(
        files={
            "ratings": [SimpleUploadedFile("ratings.csv", TIDY)],
            "pictures": [SimpleUploadedFile(name, picture_bytes()) for name in ("red.png", "a.png", "a.png")],
        }
    )
    with store.kept_files(name=folder) as files:
        found = {path.relative_to(files).as_posix() for path in files.rglob("*") if path.is_file()}
    assert found == {f"pictures/{name}" for name in ("red.png", "a.png", "namesake-2/a.png")} | {"ratings/ratings.csv"}
    options = {"name": "birds", "layout": "tidy", "scale_min": 1, "scale_max": 5, "file": "ratings.csv"}
    done = import_delivery(delivery_id=store.request_rating_import(folder=folder, options=options, actor=None).pk)
    assert done is not None
    assert (done.state, DatasetRating.objects.count()) == (JobState.READY, 2)
    assert keys(bucket) == []


def test_files_of_today_stay_and_their_age_is_known(bucket: str) -> None:
    folder = store.keep_files(files={"ratings": [SimpleUploadedFile("ratings.csv", TIDY)]})
    assert 0 <= upload_store().ages()[folder] < store.SECONDS_UNCLAIMED
    store.discard_unclaimed_files()
    assert keys(bucket) == [f"deliveries/{folder}/ratings/ratings.csv@00000000000000000000"]
    upload_store().remove(folder)
    assert upload_store().ages() == {}


def test_a_bucket_that_is_away_is_one_sentence(
    bucket: str, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")  # nobody listens there
    settings.STORAGES = {**settings.STORAGES}  # connect again
    with pytest.raises(StorageFailedError, match="the bucket does not answer"):
        store.keep_files(files={"ratings": [SimpleUploadedFile("ratings.csv", TIDY)]})
