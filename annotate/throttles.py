"""Limits on enrolment and login: per address and study, counted in the cache, set by the environment."""

import ipaddress
import logging
from typing import TYPE_CHECKING

from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import ScopedRateThrottle

if TYPE_CHECKING:  # REST framework loads this module while it loads its views
    from rest_framework.views import APIView

logger = logging.getLogger(__name__)

IPV6_NETWORK = 64  # bits that one connection is given; the rest is its own to choose


class AddressThrottle(ScopedRateThrottle):
    """The view's rate per address and study, for every asker; while the cache is away nobody is turned away.

    A token does not count apart: each enrolment gives a new one, and with it would begin a new count.
    """

    def allow_request(self, request: Request, view: "APIView") -> bool:
        """Tell whether this request is within the rate."""
        try:
            return super().allow_request(request, view)
        except RedisError as error:
            logger.warning("The cache does not answer, so nothing is counted: %s", error)
            return True

    def get_cache_key(self, request: Request, view: "APIView") -> str:
        """Count per address, and where a study is asked for, per study: one that is popular closes no other."""
        place = str(getattr(view, "kwargs", {}).get("slug", ""))
        return self.cache_format % {"scope": f"{self.scope}:{place}", "ident": network_of(self.get_ident(request))}


def network_of(address: str) -> str:
    """Give the part of an address that its owner cannot change at will; what is no address stays as it is."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:  # a proxy's own word for a client
        return address
    if parsed.version == 4:  # noqa: PLR2004 - of IP
        return str(parsed)
    return str(ipaddress.ip_network((parsed, IPV6_NETWORK), strict=False).network_address)
