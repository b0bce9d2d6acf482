"""Send requests, and try again what may be tried again, saying what and why."""

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from .errors import RefusedCallError, UnreachableError
from .plans import Request

logger = logging.getLogger("pamela_client")

BUSY = (429, 502, 503, 504)
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0  # seconds
NEVER_ARRIVED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)

OnRetry = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Retries:
    """How often and how patiently a request is sent again, and what is called with each reason."""

    most: int = 5
    first_wait: float = FIRST_WAIT  # seconds; each further wait is twice as long
    report: OnRetry = logger.warning

    def wait_after(self, request: Request, outcome: httpx.Response | httpx.TransportError, *, attempt: int) -> float:
        """Give how long to wait before the next attempt; raise where there is none."""
        reason = outcome_in_words(outcome)
        if attempt >= self.most or not may_repeat(request, outcome):
            raise UnreachableError(f"{request.method} {request.path}: {reason}, {attempt + 1} times tried.")
        asked = asked_wait(outcome)
        if asked is not None and asked > LONGEST_WAIT:
            raise UnreachableError(f"{request.method} {request.path}: {reason}; try again in {asked:.0f} s.")
        drawn = random.uniform(0.5, 1.0) * self.first_wait * 2.0**attempt  # noqa: S311 - spreads callers, hides nothing
        wait = min(drawn, LONGEST_WAIT) if asked is None else asked
        self.report(f"{request.method} {request.path}: {reason}; again in {wait:.1f} s ({attempt + 1} of {self.most})")
        return wait


def may_repeat(request: Request, outcome: httpx.Response | httpx.TransportError) -> bool:
    """Tell whether a request may be sent again: it changes nothing twice, or it surely did not arrive."""
    if isinstance(outcome, httpx.Response):
        return outcome.status_code == httpx.codes.TOO_MANY_REQUESTS or request.is_repeatable
    return request.is_repeatable or isinstance(outcome, NEVER_ARRIVED)


def asked_wait(outcome: httpx.Response | httpx.TransportError) -> float | None:
    """Give the seconds after which the server wants to be asked again, if it says so."""
    asked = outcome.headers.get("Retry-After", "") if isinstance(outcome, httpx.Response) else ""
    return float(asked) if asked.isdigit() else None


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
