"""Where each kind of file is kept: on the disk under `DATA_DIR`, or in a bucket where the environment names one."""

from pathlib import Path
from typing import Any

from annotate import env

SECONDS_TO_CONNECT = 3
SECONDS_TO_ANSWER = 60
DISK = {
    "models": "disk.DiskFolders",
    "dumps": "disk.DiskFolders",
    "training": "disk.DiskFolders",
    "deliveries": "disk_uploads.DiskUploads",
}
BUCKET = {
    "models": "bucket.BucketFolders",
    "dumps": "bucket.BucketFolders",
    "training": "bucket.BucketFolders",
    "deliveries": "bucket_uploads.BucketUploads",
}
FOREVER = "public, max-age=31536000, immutable"


def storages(data: Path) -> dict[str, dict[str, Any]]:
    """Give Django's setting STORAGES for a data folder."""
    bucket = env.text("S3_BUCKET")
    return {
        "default": picture_bucket(bucket) if bucket else picture_disk(),
        "staticfiles": {"BACKEND": "annotate.storage.StaticStorage"},
        **{alias: bucket_of(alias, data=data) if bucket else disk(alias, folder=data / alias) for alias in DISK},
    }


def picture_disk() -> dict[str, Any]:
    """Keep pictures under MEDIA_ROOT."""
    return {"BACKEND": "django.core.files.storage.FileSystemStorage"}


def picture_bucket(bucket: str) -> dict[str, Any]:
    """Keep pictures in a bucket, where browsers and caches may keep them for ever."""
    return {
        "BACKEND": "ratings.stores.pictures.PictureBucket",
        "OPTIONS": {
            "bucket_name": bucket,
            "base_url": env.text("IMAGES_BASE_URL"),
            "client_config": client_config(),
            "object_parameters": {"CacheControl": FOREVER},
        },
    }


def disk(alias: str, *, folder: Path) -> dict[str, Any]:
    """Keep folders of files below one folder."""
    return {"BACKEND": f"ratings.stores.{DISK[alias]}", "OPTIONS": {"location": folder}}


def bucket_of(alias: str, *, data: Path) -> dict[str, Any]:
    """Keep folders of files under a prefix of the bucket that is for files that are not public."""
    return {
        "BACKEND": f"ratings.stores.{BUCKET[alias]}",
        "OPTIONS": {
            "bucket_name": files_bucket(),
            "location": alias,
            "scratch": data / "scratch",
            "client_config": client_config(),
        },
    }


def files_bucket() -> str:
    """Give the bucket of what is not public; it has to be named where everybody may fetch the pictures."""
    named = env.text("S3_FILES_BUCKET")
    if not named and env.text("IMAGES_BASE_URL"):
        raise env.ConfigurationError(
            "With IMAGES_BASE_URL, set S3_FILES_BUCKET as well: dumps and uploads must not lie where all can read."
        )
    return named or env.text("S3_BUCKET")


def client_config() -> Any:
    """Give up soon on a bucket that is away, sign as all servers understand today, and ask for no newer checksums."""
    from botocore.config import Config  # an installation without a bucket does without

    return Config(
        signature_version="s3v4",
        s3={"addressing_style": env.text("S3_ADDRESSING_STYLE")},
        connect_timeout=SECONDS_TO_CONNECT,
        read_timeout=SECONDS_TO_ANSWER,
        retries={"total_max_attempts": 2, "mode": "standard"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
