"""Keep what people upload on a disk that web and worker see."""

import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ratings.stores.disk import DiskFolders


class DiskUploads(DiskFolders):
    """A `UploadStore` below one folder."""

    def write_piece(self, path: str, *, offset: int, chunks: Iterable[bytes]) -> None:
        """Write into the file, and cut off what is behind the piece."""
        file = Path(self.path(path))
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("r+b" if offset else "wb") as target:
            target.seek(offset)
            for chunk in chunks:
                target.write(chunk)
            target.truncate()

    def lengths(self, folder: str) -> dict[str, int]:
        """Look at the files."""
        return self.sizes(folder)

    def has_folder(self, folder: str) -> bool:
        """Look whether it is there."""
        return Path(self.path(folder)).is_dir()

    @contextmanager
    def copy_to_work_on(self, folder: str) -> Iterator[Path]:
        """Give the folder itself."""
        yield Path(self.path(folder))

    def remove_file(self, path: str) -> None:
        """Delete the file."""
        Path(self.path(path)).unlink(missing_ok=True)

    def ages(self) -> dict[str, float]:
        """Look at the folders."""
        root = Path(self.location)
        folders = [folder for folder in (root.iterdir() if root.is_dir() else ()) if folder.is_dir()]
        return {folder.name: time.time() - folder.stat().st_mtime for folder in folders}

    def room(self) -> int:
        """Read the free space of the disk."""
        root = Path(self.location)
        root.mkdir(parents=True, exist_ok=True)
        return shutil.disk_usage(root).free
