"""Post signed messages to other servers, as Standard Webhooks 1.0.0 has it, and only where they may be posted.

Source: standard-webhooks/standard-webhooks, spec/standard-webhooks.md, commit 5569aea. The signed content is
`{id}.{timestamp}.{body}`; a signature is `v1,` and the base64 of its HMAC-SHA256; a secret is `whsec_` and the base64
of 24 to 64 random bytes.

An address is https on a public host, or on a host that the operator names. How hosts are reached is handed in: it is
that of the reward server, whose code travels with released models, which the records cannot import.
"""

import base64
import hashlib
import hmac
import http.client
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import SplitResult

from ratings.sentences import staff_gettext

SECRET_PREFIX = "whsec_"  # noqa: S105 - what a secret begins with, so that scanners for leaked ones recognise it
MOST_READ = 400  # bytes of an answer


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


class HostAccess(Protocol):
    """How hosts are reached, as `scoring.server.hosts` does it."""

    def parts_of(self, address: str) -> SplitResult:
        """Take an address apart; raise ValueError, whose text goes on with "This"."""
        ...

    def host_of(self, found: SplitResult) -> str:
        """Name a host as an operator does."""
        ...

    def is_public(self, address: str) -> bool:
        """Tell whether an IP address is public."""
        ...

    def any_address(self, address: str, /) -> bool:
        """Allow every IP address."""
        ...

    def connected(
        self, found: SplitResult, *, seconds: float, may_connect: Callable[[str], bool]
    ) -> http.client.HTTPConnection:
        """Connect to what was checked; raise ValueError, whose text names the host."""
        ...


@dataclass(frozen=True, kw_only=True)
class WebhookSender:
    """Posts to https addresses on public hosts, and to any on `hosts`: names, with a port that is not the usual one."""

    access: HostAccess
    hosts: Collection[str] = ()
    timeout_s: float = 10.0  # for each step of an exchange

    def checked(self, address: str) -> SplitResult:
        """Take an address apart; raise `WebhookError` for one that is never posted to."""
        try:
            found = self.access.parts_of(address)
        except ValueError as error:
            raise WebhookError(staff_gettext("This {error}").format(error=error)) from error
        if not address.isascii() or not address.isprintable() or " " in address:
            raise WebhookError(staff_gettext("This address has characters that must be percent-encoded."))
        if found.scheme == "http" and not self.is_named(found):
            raise WebhookError(
                staff_gettext("This must be an https address: {hostname} is not among WEBHOOK_HOSTS.").format(
                    hostname=found.hostname
                )
            )
        return found

    def is_named(self, found: SplitResult) -> bool:
        """Tell whether the operator names a host."""
        return self.access.host_of(found) in self.hosts

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
            raise WebhookError(
                staff_gettext("{netloc} does not answer: {name}").format(
                    netloc=found.netloc, name=str(error) or type(error).__name__
                )
            ) from error

    def connection(self, found: SplitResult) -> http.client.HTTPConnection:
        """Connect to a host that may be posted to."""
        may_connect = self.access.any_address if self.is_named(found) else self.access.is_public
        try:
            return self.access.connected(found, seconds=self.timeout_s, may_connect=may_connect)
        except ValueError as error:
            raise WebhookError(staff_gettext("{error}, and not among WEBHOOK_HOSTS.").format(error=error)) from error
