"""Limits on enrolment and login: per address and study, counted in the cache, set by the environment."""

import ipaddress
import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.utils.crypto import constant_time_compare, salted_hmac
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle, ScopedRateThrottle, SimpleRateThrottle

from ratings.selectors.studies import enrol_limits
from ratings.values.platform_links import read_link

if TYPE_CHECKING:  # REST framework loads this module while it loads its views
    from rest_framework.views import APIView

logger = logging.getLogger(__name__)

IPV6_NETWORK = 64  # bits that one connection is given; the rest is its own to choose


class AtomicThrottle(SimpleRateThrottle):
    """A count that many requests at the same moment raise one by one; while the cache is away nobody is turned away.

    REST framework reads a list of moments and writes it back longer, so that of requests at once only one counts. Here
    the cache counts, within a time that begins with the first request of it.
    """

    num_requests: int | None
    duration: int | None  # seconds
    ends_at = 0.0

    def allow_request(self, request: Any, view: Any) -> bool:
        """Tell whether this request is within the rate."""
        key = self.get_cache_key(request, view)
        if self.num_requests is None or self.duration is None or key is None:
            return True
        try:
            return self.counted(key, seconds=self.duration) <= self.num_requests
        except RedisError as error:
            logger.warning("The cache does not answer, so nothing is counted: %s", error)
            return True

    def counted(self, key: str, *, seconds: int) -> int:
        """Count a request in its time, and give how many that makes."""
        now = self.timer()
        self.cache.add(key, now + seconds, seconds)
        self.ends_at = float(self.cache.get(key, now + seconds))
        count = f"{key}:{self.ends_at}"  # of this time alone
        self.cache.add(count, 0, seconds)
        return int(self.cache.incr(count))

    def wait(self) -> float | None:
        """Give the seconds until the next request is taken."""
        return max(0.0, self.ends_at - self.timer())


class AddressThrottle(ScopedRateThrottle, AtomicThrottle):
    """The view's rate per address and study, for every asker.

    A token does not count apart: each enrolment gives a new one, and with it would begin a new count.
    """

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


INVITATION = "invitation"  # the parameter of a link that carries a study's word


class EnrolThrottle(BaseThrottle):
    """The rates of enrolling: of an address in a study, of a person in a study, and of a study in all.

    The study may set its own rate of an address, or an invitation; who brings that is not counted by address. The
    narrowest is counted first, so that a flood from one place takes nothing from others.
    """

    def __init__(self) -> None:
        self.seconds: float | None = None

    def allow_request(self, request: Any, view: Any) -> bool:
        """Tell whether this request is within all rates that concern it."""
        slug = str(getattr(view, "kwargs", {}).get("slug", ""))
        for scope, ident, rate in self.counts(request, slug):
            counter = CountedThrottle(scope=scope, ident=f"{slug}:{ident}", rate=rate)
            if not counter.allow_request(request, view):
                self.seconds = counter.wait()
                return False
        return True

    def wait(self) -> float | None:
        """Give the seconds until the next enrolment is taken."""
        return self.seconds

    def counts(self, request: Any, slug: str) -> Iterator[tuple[str, str, str | None]]:
        """Give what is counted of a request: scope, whose, and a rate where the study sets it."""
        per_hour, invitation = enrol_limits(slug=slug)
        given = request.GET.get(INVITATION, "")
        is_invited = bool(invitation) and constant_time_compare(given, invitation)
        if not is_invited:
            yield "enrol", network_of(self.get_ident(request)), f"{per_hour}/hour" if per_hour else None
        given_too = request.data if hasattr(request, "data") else request.POST
        named = given_too.items() if hasattr(given_too, "items") else ()
        texts = [(name, value) for name, value in (*request.GET.items(), *named) if value and isinstance(value, str)]
        person = read_link(texts).external_id
        if person:
            yield "enrol_person", person, None
        yield "enrol_study", "", None


class CountedThrottle(AtomicThrottle):
    """One count against one rate; without a rate nobody is turned away."""

    def __init__(self, *, scope: str, ident: str, rate: str | None) -> None:
        self.scope = scope
        self.ident = ident
        self.rate = rate or self.THROTTLE_RATES.get(scope)
        self.num_requests, self.duration = self.parse_rate(self.rate)

    def get_cache_key(self, request: Any, view: Any) -> str:  # noqa: ARG002
        """Count for whom it was made."""
        return self.cache_format % {"scope": self.scope, "ident": salted_hmac("throttle", self.ident).hexdigest()}
