"""Addresses of pictures in a bucket: stable, cacheable, and valid for longer than any lease."""

import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from annotate.env import ConfigurationError
from annotate.stores import storages
from ratings.stores.pictures import PictureBucket
from ratings.tests.factories import picture_bytes


def fetched(address: str) -> tuple[bytes, str]:
    """Fetch a picture as a browser does; give its content and how long it may be kept."""
    with urllib.request.urlopen(address) as answer:  # noqa: S310 - the local server
        return answer.read(), answer.headers["Cache-Control"]


def test_a_picture_keeps_its_address_and_may_be_kept_for_ever(bucket: str) -> None:
    content = picture_bytes()
    default_storage.save("images/ab/abc.webp", ContentFile(content))
    address = default_storage.url("images/ab/abc.webp")
    assert fetched(address) == (content, "public, max-age=31536000, immutable")
    another_process = PictureBucket(bucket_name=bucket)
    assert another_process.url("images/ab/abc.webp") == address
    assert "X-Amz-Expires=604800" in address


def test_the_signature_is_that_of_the_example_in_amazons_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    # "Authenticating Requests: Using Query Parameters (AWS Signature Version 4)" in the API reference of Amazon S3
    monkeypatch.delenv("AWS_ENDPOINT_URL_S3", raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    storage = PictureBucket(
        bucket_name="examplebucket",
        access_key="AKIAIOSFODNN7EXAMPLE",
        secret_key="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    )
    address = storage.signed_url("test.txt", moment=datetime(2013, 5, 24, tzinfo=UTC), seconds=86400)
    assert address == (
        "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
        "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
        "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
        "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    )


def test_a_public_address_is_the_base_and_the_name(bucket: str) -> None:
    storage = PictureBucket(bucket_name=bucket, base_url="https://pictures.example.org/")
    assert storage.url("images/ab/a b.webp") == "https://pictures.example.org/images/ab/a%20b.webp"


def test_pictures_for_everybody_do_not_lie_beside_dumps_unsolicited(
    bucket: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("IMAGES_BASE_URL", "https://pictures.example.org")
    with pytest.raises(ConfigurationError, match="S3_FILES_BUCKET"):
        storages(tmp_path)
    boto3.client("s3").create_bucket(Bucket=f"{bucket}-files")
    monkeypatch.setenv("S3_FILES_BUCKET", f"{bucket}-files")
    chosen = storages(tmp_path)
    assert chosen["dumps"]["OPTIONS"]["bucket_name"] == f"{bucket}-files"
    assert chosen["default"]["OPTIONS"]["bucket_name"] == bucket
