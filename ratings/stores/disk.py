"""Keep folders on a disk that every process of the installation sees."""

import glob
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from django.core.files.storage import FileSystemStorage


class DiskFolders(FileSystemStorage):
    """A `FolderStore` below one folder: drafts lie beside the final place and are renamed."""

    @contextmanager
    def draft(self, name: str) -> Iterator[Path]:
        """Make a folder beside the final one, and delete those that attempts on the same name left."""
        root = Path(self.location)
        for left in root.glob(f"{glob.escape(name)}.partial*"):
            shutil.rmtree(left, ignore_errors=True)
        folder = root / f"{name}.partial-{secrets.token_hex(4)}"
        try:
            folder.mkdir(parents=True)
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def keep(self, draft: Path, *, name: str, last: str) -> None:  # noqa: ARG002 - a rename is whole
        """Rename the draft."""
        target = Path(self.path(name))
        if target.exists():
            shutil.rmtree(target)
        draft.rename(target)

    def sizes(self, name: str) -> dict[str, int]:
        """Look at the files below the folder."""
        folder = Path(self.path(name))
        files = (file for file in folder.rglob("*") if file.is_file())
        return {file.relative_to(folder).as_posix(): file.stat().st_size for file in files}

    def local_path(self, name: str) -> Path:
        """Give the folder or the file itself."""
        return Path(self.path(name))

    def fetch(self, name: str, *, target: Path) -> None:
        """Copy the folder."""
        shutil.copytree(self.path(name), target, dirs_exist_ok=True)

    def open_file(self, name: str) -> IO[bytes]:
        """Open the file."""
        return Path(self.path(name)).open("rb")

    def address_of(self, name: str, *, method: str) -> None:
        """Give none: this process sends the file."""

    def remove(self, name: str) -> None:
        """Delete the folder."""
        shutil.rmtree(self.path(name), ignore_errors=True)
