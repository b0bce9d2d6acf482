"""Send requests, and try again what may be tried again, saying what and why."""

import logging
import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from .errors import RefusedCallError, UnreachableError
from .plans import Request

logger = logging.getLogger("pamela_client")

BUSY = (429, 502, 503, 504)
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0  # seconds
PATIENCE = 300.0  # seconds
MOST_DOUBLINGS = 30  # of a wait: far more than lead to the longest
NEVER_ARRIVED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)

OnRetry = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Retries:
    """How often and how patiently a request is sent again, and what is called with each reason.

    A server that is busy has not failed: that costs none of the attempts, but patience, so that many callers of a small
    server are all served in the end. One that names no time to come back at is asked at growing distances.
    """

    most: int = 5
    patience: float = PATIENCE  # seconds that one request waits in all for a busy server
    first_wait: float = FIRST_WAIT  # seconds; each further wait is twice as long
    report: OnRetry = logger.warning


@dataclass(kw_only=True)
class Attempts:
    """The attempts to send one request."""

    retries: Retries
    request: Request
    failed: int = 0
    refused: int = 0  # by a busy server
    waited: float = 0.0  # seconds, for a busy server

    def wait_after(self, outcome: httpx.Response | httpx.TransportError) -> float:
        """Give how long to wait before the next attempt; raise where there is none."""
        asked, reason = asked_wait(outcome), outcome_in_words(outcome)
        if asked is not None and asked > LONGEST_WAIT:
            raise UnreachableError(f"{self.name}: {reason}; try again in {asked:.0f} s.")
        if is_busy(outcome):
            return self.wait_for_room(asked, reason=reason)
        if self.failed >= self.retries.most or not may_repeat(self.request, outcome):
            raise UnreachableError(f"{self.name}: {reason}, {self.failed + 1} times tried.")
        wait = self.own_wait(self.failed) if asked is None else asked
        self.failed += 1
        self.retries.report(f"{self.name}: {reason}; again in {wait:.1f} s ({self.failed} of {self.retries.most})")
        return wait

    def wait_for_room(self, asked: float | None, *, reason: str) -> float:
        """Give how long to wait for a busy server: up to twice what it asks for, so that not all come at one moment."""
        if self.waited >= self.retries.patience:
            raise UnreachableError(f"{self.name}: {reason}, for {self.waited:.0f} s.")
        spread = random.uniform(1.0, 2.0)  # noqa: S311 - spreads callers, hides nothing
        wait = self.own_wait(self.refused) if asked is None else asked * spread
        self.refused += 1
        self.waited += wait
        self.retries.report(f"{self.name}: {reason}; again in {wait:.1f} s")
        return wait

    def own_wait(self, before: int) -> float:
        """Give how long to wait after so many attempts where the server names no time: twice as long each time."""
        longest = self.retries.first_wait * 2.0 ** min(before, MOST_DOUBLINGS)
        return min(random.uniform(0.5, 1.0) * longest, LONGEST_WAIT)  # noqa: S311 - spreads callers

    @property
    def name(self) -> str:
        """Name the request."""
        return f"{self.request.method} {self.request.path}"


def is_busy(outcome: httpx.Response | httpx.TransportError) -> bool:
    """Tell whether the server has no room just now: it has not begun with the request."""
    return isinstance(outcome, httpx.Response) and outcome.status_code == httpx.codes.TOO_MANY_REQUESTS


def may_repeat(request: Request, outcome: httpx.Response | httpx.TransportError) -> bool:
    """Tell whether a request may be sent again: it changes nothing twice, or it surely did not arrive."""
    if isinstance(outcome, httpx.Response):
        return is_busy(outcome) or request.is_repeatable
    return request.is_repeatable or isinstance(outcome, NEVER_ARRIVED)


def asked_wait(outcome: httpx.Response | httpx.TransportError) -> float | None:
    """Give the seconds after which the server wants to be asked again; none where it names no time in the future."""
    said = outcome.headers.get("Retry-After", "") if isinstance(outcome, httpx.Response) else ""
    try:
        seconds = float(said)
    except ValueError:  # no number: it may name a moment
        seconds = seconds_until(said)
    return seconds if 0.0 < seconds < math.inf else None


def seconds_until(moment: str) -> float:
    """Give the seconds until a moment as HTTP writes it; 0 for what is none."""
    try:
        return (parsedate_to_datetime(moment) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):  # no moment, or one without its time zone
        return 0.0


def outcome_in_words(outcome: httpx.Response | httpx.TransportError) -> str:
    """Say what came of an attempt, with the server's own sentence."""
    if isinstance(outcome, httpx.Response):
        message = str(error_body(outcome).get("message") or "").rstrip(".")
        return f"the server answers {outcome.status_code}" + (f" ({message})" if message else "")
    return f"no answer ({str(outcome) or type(outcome).__name__})"


def arguments_of(request: Request) -> dict[str, Any]:
    """Give a request as httpx takes it."""
    arguments: dict[str, Any] = {"headers": {"Accept": request.accept}}
    if request.files:
        arguments |= {"files": request.files, "data": dict(request.form)}
    elif request.body is not None:
        arguments["json"] = request.body
    return arguments


def checked(response: httpx.Response) -> httpx.Response:
    """Give a good answer; raise what the server says of a bad one."""
    if response.is_success:
        return response
    found = error_body(response)
    raise RefusedCallError(
        str(found.get("message") or f"{response.request.url} answered {response.status_code}."),
        status=response.status_code,
        code=str(found.get("code", "")),
        fields=found.get("fields") or {},
    )


def error_body(response: httpx.Response) -> dict[str, Any]:
    """Give the object that the server says of an error; empty where it says something else."""
    try:
        body = response.json()
    except ValueError:  # a proxy's page, say, in place of the server's own answer
        return {}
    return body if isinstance(body, dict) else {}


def address_of(url: str) -> str:
    """Give the root of the API below the address of a site."""
    root = url.rstrip("/")
    return root if root.endswith("/api/v1") else f"{root}/api/v1"


def settings_of(url: str, token: str, timeout: float) -> dict[str, Any]:
    """Give what both kinds of clients of httpx are made of."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return {
        "base_url": address_of(url),
        "headers": headers,
        "timeout": httpx.Timeout(timeout, connect=10.0),
        "follow_redirects": True,
    }
