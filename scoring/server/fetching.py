"""Fetch pictures from the hosts that the operator allows: no other host, no private address, no unbounded response."""

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

from scoring.server.limits import PICTURE_BYTES

CHUNK = 65_536
HTTP_OK = 200
REDIRECTS = frozenset({301, 302, 303, 307, 308})
MOST_REDIRECTS = 3
PORTS = {"http": 80, "https": 443}


class FetchError(ValueError):
    """An address that gives no picture, and why."""


def is_public(address: str) -> bool:
    """Tell whether an IP address is public, and not of this machine or network."""
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_global and not found.is_multicast


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
            found = urlsplit(address)
            port = found.port
        except ValueError as error:
            raise FetchError("is no web address.") from error
        if found.scheme not in PORTS or not found.hostname or found.username or found.password:
            raise FetchError("must be an http or https address without a user name.")
        name = found.hostname if port in {None, PORTS[found.scheme]} else f"{found.hostname}:{port}"
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
        """Connect to the very address that was checked: a name may mean another one a moment later."""
        host, port = found.hostname or "", found.port or PORTS[found.scheme]
        addresses = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        if not addresses or not all(self.may_connect(address) for address in addresses):
            raise FetchError(f"is on {host}, which is a private address.")
        left = max(deadline - time.monotonic(), 0.1)
        plain: Any = socket.create_connection((addresses[0], port), timeout=left)
        connection = http.client.HTTPConnection(found.netloc, timeout=left)
        secured = found.scheme == "https"
        connection.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=host) if secured else plain
        return connection


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
