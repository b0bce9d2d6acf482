"""Bytes that stay on disk until somebody reads them, so that a table of pictures need not fit into memory."""

import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ratings.sentences import staff_gettext


@dataclass(frozen=True, kw_only=True)
class StoredBytes:
    """A piece of an open file; the file closes, and a temporary one goes, with the last piece of it."""

    file: "IO[bytes]"
    start: int
    size: int

    def read(self) -> bytes:
        """Read the piece; any number of threads may do so at once."""
        return read_at(self.file, start=self.start, size=self.size)


def read_at(file: "IO[bytes]", *, start: int, size: int) -> bytes:
    """Read so many bytes from a place of a file; raise `EOFError` if it ends before."""
    pieces: list[bytes] = []
    left = size
    while left:
        piece = os.pread(file.fileno(), left, start + size - left)
        if not piece:
            raise EOFError(staff_gettext("the file ends before its content does"))
        pieces.append(piece)
        left -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def stored_pieces(pieces: Iterable[bytes]) -> StoredBytes:
    """Write pieces to a temporary file that has no name and goes with its last reader."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - it stays open while a piece of it is held
    for piece in pieces:
        file.write(piece)
    file.flush()
    return StoredBytes(file=file, start=0, size=file.tell())


def opened(path: Path) -> "IO[bytes]":
    """Open a file whose pieces are handed out."""
    return path.open("rb")
