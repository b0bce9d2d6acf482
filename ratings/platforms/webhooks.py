"""Post signed messages to other servers, as Standard Webhooks 1.0.0 has it, and only where they may be posted.

Source: standard-webhooks/standard-webhooks, spec/standard-webhooks.md, commit 5569aea. The signed content is
`{id}.{timestamp}.{body}`; a signature is `v1,` and the base64 of its HMAC-SHA256; a secret is `whsec_` and the base64
of 24 to 64 random bytes.

An address is https on a public host, or on a host that the operator names. The rule for public hosts is that of
`scoring.server.fetching`, which travels with released models and so can share no code with the records.
"""

import base64
import hashlib
import hmac
import http.client
import ipaddress
import socket
import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

SECRET_PREFIX = "whsec_"  # noqa: S105 - what a secret begins with, so that scanners for leaked ones recognise it
MOST_READ = 400  # bytes of an answer
PORTS = {"http": 80, "https": 443}


class WebhookError(ValueError):
    """An address that may not be posted to, or does not answer; the text says why."""


@dataclass(frozen=True, kw_only=True)
class WebhookAnswer:
    """What a receiver answered."""

    status: int
    words: str


def signature_of(*, secret: str, message: str, timestamp: int, body: bytes) -> str:
    """Sign an attempt to deliver a message."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = f"{message}.{timestamp}.".encode() + body
    return f"v1,{base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()}"


def webhook_headers(*, secret: str, message: str, timestamp: int, body: bytes) -> Mapping[str, str]:
    """Give the headers by which a receiver knows a message, its moment and its sender."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "pamela",
        "webhook-id": message,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature_of(secret=secret, message=message, timestamp=timestamp, body=body),
    }


def is_public(address: str) -> bool:
    """Tell whether an IP address is public, and not of this machine or network."""
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_global and not found.is_multicast


@dataclass(frozen=True, kw_only=True)
class WebhookSender:
    """Posts to https addresses on public hosts, and to any on `hosts`: names, with a port that is not the usual one."""

    hosts: Collection[str] = ()
    timeout_s: float = 10.0  # for each step of an exchange

    def checked(self, address: str) -> SplitResult:
        """Take an address apart; raise `WebhookError` for one that is never posted to."""
        try:
            found = urlsplit(address)
            port = found.port
        except ValueError as error:
            raise WebhookError("This is no web address.") from error
        if found.scheme not in PORTS or not found.hostname or found.username or found.password:
            raise WebhookError("This must be an https address without a user name.")
        if not address.isascii() or not address.isprintable() or " " in address:
            raise WebhookError("This address has characters that must be percent-encoded.")
        if found.scheme == "http" and not self.is_named(found, port):
            raise WebhookError(f"This must be an https address: {found.hostname} is not among WEBHOOK_HOSTS.")
        return found

    def is_named(self, found: SplitResult, port: int | None) -> bool:
        """Tell whether the operator names a host."""
        usual = port in {None, PORTS[found.scheme]}
        return (found.hostname if usual else f"{found.hostname}:{port}") in self.hosts

    def post(self, address: str, *, body: bytes, headers: Mapping[str, str]) -> WebhookAnswer:
        """Post once, follow no redirect, read the beginning of the answer; raise `WebhookError` where none comes."""
        found = self.checked(address)
        try:
            connection = self.connection(found)
            try:
                target = found._replace(scheme="", netloc="", fragment="").geturl() or "/"
                connection.request("POST", target, body=body, headers=dict(headers))
                answer = connection.getresponse()
                return WebhookAnswer(status=answer.status, words=answer.read(MOST_READ).decode(errors="replace"))
            finally:
                connection.close()
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            raise WebhookError(f"{found.netloc} does not answer: {str(error) or type(error).__name__}") from error

    def connection(self, found: SplitResult) -> http.client.HTTPConnection:
        """Connect to the very address that was checked: a name may mean another one a moment later."""
        host, port = found.hostname or "", found.port or PORTS[found.scheme]
        addresses = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        is_allowed = self.is_named(found, found.port) or all(map(is_public, addresses))
        if not addresses or not is_allowed:
            raise WebhookError(f"{host} is a private address, and not among WEBHOOK_HOSTS.")
        plain: Any = socket.create_connection((addresses[0], port), timeout=self.timeout_s)
        connection = http.client.HTTPConnection(found.netloc, timeout=self.timeout_s)
        secured = found.scheme == "https"
        connection.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=host) if secured else plain
        return connection
