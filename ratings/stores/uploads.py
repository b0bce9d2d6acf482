"""The store of what people upload: it grows piece by piece on one machine or several, until a worker takes it in."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol, cast

from django.core.files.storage import storages


class UploadStore(Protocol):
    """Folders of files that grow; what the disk or the bucket refuses is an OSError."""

    def write_piece(self, path: str, *, offset: int, chunks: Iterable[bytes]) -> None:
        """Write a piece of a file where the pieces before it end; what came after that place before is void."""
        ...

    def lengths(self, folder: str) -> dict[str, int]:
        """Give how long each file below a folder is, by its relative name, counted from its beginning to a gap."""
        ...

    def has_folder(self, folder: str) -> bool:
        """Tell whether there is such a folder."""
        ...

    def copy_to_work_on(self, folder: str) -> AbstractContextManager[Path]:
        """Give a folder on this machine with the files whole, which may be moved about."""
        ...

    def remove_file(self, path: str) -> None:
        """Delete a file; one that never arrived is no matter."""
        ...

    def remove(self, folder: str) -> None:
        """Delete a folder; one that is gone already is no matter."""
        ...

    def ages(self) -> dict[str, float]:
        """Give how many seconds ago each folder was last written to."""
        ...

    def room(self) -> int | None:
        """Give how many bytes there is room for; none where nobody knows a limit."""
        ...


def upload_store() -> UploadStore:
    """Give the store of uploads."""
    return cast("UploadStore", storages["deliveries"])
