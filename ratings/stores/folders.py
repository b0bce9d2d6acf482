"""The stores of checkpoints, dumps and shared work: folders of files, each written once, whole, and then only read."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Protocol, cast

from django.core.files.storage import storages


class FolderStore(Protocol):
    """Folders under names; what the disk or the bucket refuses is an OSError, what is absent a FileNotFoundError."""

    def draft(self, name: str) -> AbstractContextManager[Path]:
        """Give an empty folder on this machine to write in; what is left in it at the end is deleted."""
        ...

    def keep(self, draft: Path, *, name: str, last: str) -> None:
        """Put a folder that was drafted under its name, instead of what is there.

        `last` names the file that is written last: a folder in a bucket is whole where that is present.
        """
        ...

    def sizes(self, name: str) -> dict[str, int]:
        """Give how long each file below a folder is, by its relative name; empty where there is no such folder."""
        ...

    def local_path(self, name: str) -> Path | None:
        """Give where a folder or file lies on this machine, were it there; none where all lies in a bucket."""
        ...

    def fetch(self, name: str, *, target: Path) -> None:
        """Copy the files of a folder into one on this machine."""
        ...

    def open_file(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """Open one file to be read from its beginning to its end."""
        ...

    def address_of(self, name: str, *, method: str) -> str | None:
        """Give a signed address that a file is fetched from for the next hour; none where this process sends it."""
        ...

    def remove(self, name: str) -> None:
        """Delete a folder; one that is gone already is no matter."""
        ...


def checkpoint_store() -> FolderStore:
    """Give the store of checkpoints."""
    return cast("FolderStore", storages["models"])


def dump_store() -> FolderStore:
    """Give the store of dumps."""
    return cast("FolderStore", storages["dumps"])


def training_store() -> FolderStore:
    """Give the store by which machines that train one network hand it to each other; empty while none do."""
    return cast("FolderStore", storages["training"])
