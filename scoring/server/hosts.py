"""Reach hosts that an address names: which are public, and a connection to the very one that was checked.

One rule for all that leaves this machine: the reward server, which travels with released models, fetches pictures by
it, and the records post webhooks by it. They may import no model code, so the settings hand it to them.
"""

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Callable
from typing import Any
from urllib.parse import SplitResult, urlsplit

PORTS = {"http": 80, "https": 443}


class AddressError(ValueError):
    """An address that is none; the text goes on with "This"."""


class PrivateHostError(ValueError):
    """A host with an address that may not be connected to; the text names it."""


def is_public(address: str) -> bool:
    """Tell whether an IP address is public, and not of this machine or network."""
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_global and not found.is_multicast


def any_address(_address: str) -> bool:
    """Allow every IP address, of a host that the operator names."""
    return True


def parts_of(address: str) -> SplitResult:
    """Take an address apart; raise `AddressError` for all but HTTP without a user name."""
    try:
        found = urlsplit(address)
        _ = found.port
    except ValueError as error:
        raise AddressError("is no web address.") from error
    if found.scheme not in PORTS or not found.hostname or found.username or found.password:
        raise AddressError("must be an http or https address without a user name.")
    return found


def host_of(found: SplitResult) -> str:
    """Name a host as an operator does: with its port where that is not the scheme's own."""
    usual = found.port in {None, PORTS[found.scheme]}
    return (found.hostname or "") if usual else f"{found.hostname}:{found.port}"


def connected(
    found: SplitResult, *, seconds: float, may_connect: Callable[[str], bool] = is_public
) -> http.client.HTTPConnection:
    """Connect to the very address that was checked, since a name may mean another one a moment later.

    Raises `PrivateHostError` where any of the host's addresses may not be connected to, and `OSError`.
    """
    host, port = found.hostname or "", found.port or PORTS[found.scheme]
    addresses = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not addresses or not all(may_connect(address) for address in addresses):
        raise PrivateHostError(f"{host} is a private address")
    plain: Any = socket.create_connection((addresses[0], port), timeout=seconds)
    connection = http.client.HTTPConnection(found.netloc, timeout=seconds)
    secured = found.scheme == "https"
    connection.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=host) if secured else plain
    return connection
