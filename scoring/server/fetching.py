"""Fetch pictures from the hosts that the operator allows: no other host, no private address, no unbounded response."""

import http.client
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin

from scoring.server.hosts import AddressError, PrivateHostError, connected, host_of, is_public, parts_of
from scoring.server.limits import PICTURE_BYTES

CHUNK = 65_536
HTTP_OK = 200
REDIRECTS = frozenset({301, 302, 303, 307, 308})
MOST_REDIRECTS = 3


class FetchError(ValueError):
    """An address that gives no picture, and why."""


@dataclass(frozen=True, kw_only=True)
class Fetcher:
    """Gets files by address; `hosts` are names, with a port where it is not the scheme's own."""

    hosts: Collection[str] = ()
    seconds: float = 10.0  # in all, for one file
    may_connect: Callable[[str], bool] = is_public

    def fetch(self, address: str) -> bytes:
        """Get the bytes; raise `FetchError` with a sentence. A redirect stays on its host."""
        deadline = time.monotonic() + self.seconds
        host = self.allowed(address).netloc
        for _ in range(MOST_REDIRECTS + 1):
            found = self.allowed(address)
            if found.netloc != host:
                raise FetchError(f"{host} redirects to another host, which is not followed.")
            try:
                location, content = self.answer(found, deadline)
            except (OSError, http.client.HTTPException, ValueError) as error:
                raise error if isinstance(error, FetchError) else FetchError(f"{host} does not answer.") from error
            if not location:
                return content
            address = urljoin(address, location)
        raise FetchError(f"{host} redirects more than {MOST_REDIRECTS} times.")

    def allowed(self, address: str) -> SplitResult:
        """Take an address apart; refuse all but HTTP on an allowed host."""
        try:
            found = parts_of(address)
        except AddressError as error:
            raise FetchError(str(error)) from error
        name = host_of(found)
        if name not in self.hosts:
            raise FetchError(f"is on {name}, which is not among the hosts that pictures may be fetched from.")
        return found

    def answer(self, found: SplitResult, deadline: float) -> tuple[str, bytes]:
        """Ask once; give where it redirects to, or the bytes."""
        connection = self.connection(found, deadline)
        try:
            target = found._replace(scheme="", netloc="", fragment="").geturl() or "/"
            connection.request("GET", target, headers={"Accept": "image/*", "User-Agent": "pamela"})
            answer = connection.getresponse()
            if answer.status in REDIRECTS:
                return answer.getheader("Location") or "", b""
            if answer.status != HTTP_OK:
                raise FetchError(f"{found.netloc} answers {answer.status}.")
            return "", read_all(answer, deadline)
        finally:
            connection.close()

    def connection(self, found: SplitResult, deadline: float) -> http.client.HTTPConnection:
        """Connect to a host that may be reached."""
        try:
            left = max(deadline - time.monotonic(), 0.1)
            return connected(found, seconds=left, may_connect=self.may_connect)
        except PrivateHostError as error:
            raise FetchError(f"is on {found.hostname}, which is a private address.") from error


def read_all(answer: http.client.HTTPResponse, deadline: float) -> bytes:
    """Read a body of bounded size in bounded time."""
    parts, size = [], 0
    while chunk := answer.read1(CHUNK):
        parts.append(chunk)
        size += len(chunk)
        if size > PICTURE_BYTES:
            raise FetchError(f"is larger than {PICTURE_BYTES // 2**20} MiB.")
        if time.monotonic() > deadline:
            raise FetchError("takes too long to arrive.")
    return b"".join(parts)
