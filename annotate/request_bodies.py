"""Read request bodies at the pace of their clients, within a time that grows with what has come."""

import io
import time
from collections.abc import Callable, Mapping
from typing import Any

GRACE_SECONDS = 30.0  # that any body may take
SLOWEST = 1000  # bytes a second, on the average, that more may take; a phone on a bad network sends faster
CAME_TOO_SLOWLY = "annotate.came_too_slowly"  # of a request whose body was given up before anything read it
FIRST_PIECE = 64  # bytes; the server gives a piece once all of it is there, and only then do we see the time


class SlowBodyError(OSError):
    """A body arrives too slowly; Django takes any `OSError` for one that will not arrive."""


class PacedBody(io.RawIOBase):
    """A body of an announced length, as it comes."""

    def __init__(self, source: Any, *, size: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with nothing read."""
        self.source = source
        self.clock = clock
        self.left = size
        self.received = 0
        self.began = clock()

    def piece(self, size: int) -> bytes:
        """Give at most so many bytes, none at the end; raises `SlowBodyError`."""
        if self.clock() - self.began > GRACE_SECONDS + self.received / SLOWEST:
            raise SlowBodyError
        most = min(size, self.left, max(FIRST_PIECE, self.received))  # ever larger, so that a large body takes few
        found: bytes = self.source.read(most) if most else b""
        self.received += len(found)
        self.left = self.left - len(found) if found else 0
        return found

    def readable(self) -> bool:
        """Say that it may be read as a file."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer as far as the next bytes go."""
        found = self.piece(len(buffer))
        buffer[: len(found)] = found
        return len(found)

    def whole(self) -> bytes:
        """Give all of it, or what came before the client went."""
        parts = []
        while part := self.piece(self.left):
            parts.append(part)
        return b"".join(parts)


def announced_bytes(environ: Mapping[str, Any]) -> int:
    """Give the length that a request announces; one that announces none has no body for Django."""
    announced = environ.get("CONTENT_LENGTH") or ""
    return int(announced) if announced.isdecimal() else 0
