"""What can go wrong, each with one sentence."""

from collections.abc import Mapping
from typing import Any


class PamelaError(Exception):
    """Anything that the client raises."""


class RefusedCallError(PamelaError):
    """The server refused a call; `code` is stable, `fields` says where the input was wrong."""

    def __init__(self, message: str, *, status: int, code: str, fields: Mapping[str, Any]) -> None:
        """Keep what the server said."""
        super().__init__(message)
        self.status, self.code, self.fields = status, code, dict(fields)


class UnreachableError(PamelaError):
    """The server did not answer, or was busy, as often as it was tried."""


class JobFailedError(PamelaError):
    """Work that the server took on did not end well."""
