"""Keep folders in a bucket: each file is an object under the folder's name, and no machine needs another's disk."""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any, cast

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from storages.backends.s3 import S3Storage

SECONDS_SIGNED = 3600


class BucketError(OSError):
    """The bucket does not answer, or refuses."""


@contextmanager
def as_os_errors() -> Iterator[None]:
    """Turn what the client of the bucket raises into what a disk would."""
    try:
        yield
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:  # noqa: PLR2004
            raise FileNotFoundError(f"the bucket has no such object: {error}") from error
        raise BucketError(f"the bucket refuses: {error}") from error
    except (BotoCoreError, Boto3Error) as error:
        raise BucketError(f"the bucket does not answer: {error}") from error


class BucketFolders(S3Storage):  # type: ignore[misc]  # django-storages has no types
    """A `FolderStore` below one prefix of a bucket; drafts lie in the folder `scratch` of this machine."""

    scratch: Path

    def get_default_settings(self) -> dict[str, Any]:
        """Know one option more than the storage of single files."""
        return {**super().get_default_settings(), "scratch": None}

    @property
    def client(self) -> Any:
        """Give this thread's client."""
        return self.connection.meta.client

    def key(self, name: str) -> str:
        """Give the key of a file or a folder."""
        return str(self._normalize_name(name))

    @contextmanager
    def draft(self, name: str) -> Iterator[Path]:
        """Make a folder on this machine; those that a killed process left here go."""
        root = Path(self.scratch) / self.location
        folder = root / f"{name}.partial-{secrets.token_hex(4)}"
        for left in root.glob(f"{name}.partial*"):
            shutil.rmtree(left, ignore_errors=True)
        try:
            folder.mkdir(parents=True)
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def keep(self, draft: Path, *, name: str, last: str) -> None:
        """Upload the files; where one cannot be, none stays."""
        files = [file for file in sorted(draft.rglob("*")) if file.is_file()]
        self.remove(name)
        try:
            with as_os_errors():
                for file in sorted(files, key=lambda file: file.name == last):
                    key = self.key(f"{name}/{file.relative_to(draft).as_posix()}")
                    self.client.upload_file(str(file), self.bucket_name, key, Config=self.transfer_config)
        except BaseException:
            self.remove(name)
            raise

    def sizes(self, name: str) -> dict[str, int]:
        """List the objects under the folder's name."""
        prefix = f"{self.key(name)}/"
        with as_os_errors():
            pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket_name, Prefix=prefix)
            return {one["Key"].removeprefix(prefix): one["Size"] for page in pages for one in page.get("Contents", ())}

    def local_path(self, name: str) -> None:
        """Give none: it is in the bucket."""

    def fetch(self, name: str, *, target: Path) -> None:
        """Download the objects."""
        names = self.sizes(name)
        if not names:
            raise FileNotFoundError(f"the bucket has no folder {name}")
        for relative in names:
            path = target / relative
            path.parent.mkdir(parents=True, exist_ok=True)
            with as_os_errors():
                key = self.key(f"{name}/{relative}")
                self.client.download_file(self.bucket_name, key, str(path), Config=self.transfer_config)

    def open_file(self, name: str) -> closing[IO[bytes]]:
        """Read the object while it arrives."""
        with as_os_errors():
            return closing(self.client.get_object(Bucket=self.bucket_name, Key=self.key(name))["Body"])

    def address_of(self, name: str, *, method: str) -> str:
        """Sign an address for an hour, under which the file is saved by its own name."""
        asked = {
            "Bucket": self.bucket_name,
            "Key": self.key(name),
            "ResponseContentDisposition": f'attachment; filename="{Path(name).name}"',
        }
        address = self.client.generate_presigned_url(
            "get_object", Params=asked, ExpiresIn=SECONDS_SIGNED, HttpMethod=method
        )
        return cast("str", address)

    def remove(self, name: str) -> None:
        """Delete the objects."""
        with as_os_errors():
            self.connection.Bucket(self.bucket_name).objects.filter(Prefix=f"{self.key(name)}/").delete()
