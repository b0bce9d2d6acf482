"""Keep what people upload in a bucket: each piece is an object of its own, named after where in its file it belongs.

So the pieces of a file may arrive at several web processes that share nothing else. A piece that is sent again takes
the place of the one before.
"""

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

from django.utils import timezone

from ratings.stores.bucket import BucketFolders, as_os_errors

IN_MEMORY = 8 * 1024 * 1024  # bytes of a piece
DIGITS = 20  # of an offset, so that names sort as the offsets do


class BucketUploads(BucketFolders):
    """A `UploadStore` below one prefix of a bucket."""

    def write_piece(self, path: str, *, offset: int, chunks: Iterable[bytes]) -> None:
        """Upload the piece."""
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as content, as_os_errors():
            content.writelines(chunks)
            content.seek(0)
            key = f"{self.key(path)}@{offset:0{DIGITS}d}"
            self.client.upload_fileobj(content, self.bucket_name, key, Config=self.transfer_config)

    def lengths(self, folder: str) -> dict[str, int]:
        """Add up the sizes of the pieces."""
        sizes = self.sizes(folder)
        return {file: sum(sizes[name] for name in names) for file, names in pieces_of(sizes).items()}

    def has_folder(self, folder: str) -> bool:
        """Ask for one object of it."""
        with as_os_errors():
            found = self.client.list_objects_v2(Bucket=self.bucket_name, Prefix=f"{self.key(folder)}/", MaxKeys=1)
            return bool(found.get("Contents"))

    @contextmanager
    def copy_to_work_on(self, folder: str) -> Iterator[Path]:
        """Download the pieces and put them together; the copy goes at the end."""
        with self.draft(folder) as copy:
            for file, names in pieces_of(self.sizes(folder)).items():
                path = copy / file
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("wb") as target, as_os_errors():
                    for name in names:
                        with self.open_file(f"{folder}/{name}") as piece:
                            shutil.copyfileobj(piece, target)
            yield copy

    def remove_file(self, path: str) -> None:
        """Delete the pieces."""
        with as_os_errors():
            self.connection.Bucket(self.bucket_name).objects.filter(Prefix=f"{self.key(path)}@").delete()

    def ages(self) -> dict[str, float]:
        """List all pieces."""
        prefix, now = f"{self.location.strip('/')}/", timezone.now()
        with as_os_errors():
            pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket_name, Prefix=prefix)
            objects = chain.from_iterable(page.get("Contents", ()) for page in pages)
            found: dict[str, float] = {}
            for one in objects:
                folder = one["Key"].removeprefix(prefix).partition("/")[0]
                age = (now - one["LastModified"]).total_seconds()
                found[folder] = min(age, found.get(folder, age))
        return found

    def room(self) -> None:
        """Give none: a bucket has no limit."""


def pieces_of(sizes: Mapping[str, int]) -> dict[str, list[str]]:
    """Give the pieces of each file in their order, from its beginning to the first gap."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    reached: defaultdict[str, int] = defaultdict(int)
    for name, size in sorted(sizes.items()):
        file, _, offset = name.rpartition("@")
        if int(offset) == reached[file]:
            found[file].append(name)
            reached[file] += size
    return found
