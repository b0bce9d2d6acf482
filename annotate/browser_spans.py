"""Spans that ended in a rater's browser, which it reports with its next call: traces cost no request of their own.

Loaded only where there are traces.
"""

import re
import threading
import time
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from opentelemetry.context import Context
from opentelemetry.sdk.trace.id_generator import IdGenerator

from annotate.monitoring import provider_of

BROWSER_SPAN = re.compile(
    r"(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})-(?P<took>\d{1,7})-(?P<ago>\d{1,7})-(?P<status>\d{1,3})"
)
MOST_SPANS = 8  # of one header


class BrowserSpansMiddleware:
    """Hand on the spans that a browser reports with a call; in place only where there are traces."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep what comes after."""
        self.get_response = get_response
        self.spans = BrowserSpans()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer; what the header names is noted first."""
        for reported in request.headers.get("X-Browser-Spans", "").split(",")[:MOST_SPANS]:
            if found := BROWSER_SPAN.fullmatch(reported.strip()):
                self.spans.record(found)
        return self.get_response(request)


class GivenIds(threading.local, IdGenerator):
    """Ids of a thread's next span, which a browser has chosen."""

    trace = 0
    span = 0

    def generate_trace_id(self) -> int:
        """Give the id of the trace."""
        return self.trace

    def generate_span_id(self) -> int:
        """Give the id of the span."""
        return self.span


class BrowserSpans:
    """Records spans that ended in a browser, on this machine's clock: a phone's may be hours off."""

    def __init__(self) -> None:
        """Prepare; nothing is sent before the first span."""
        self.ids = GivenIds()
        self.tracer = provider_of("browser", id_generator=self.ids).get_tracer("pamela")

    def record(self, reported: re.Match[str]) -> None:
        """Record the one that a header tells of."""
        ended = time.time_ns() - int(reported["ago"]) * 1_000_000
        self.ids.trace, self.ids.span = int(reported["trace"], 16), int(reported["span"], 16)
        span = self.tracer.start_span(
            "call",
            context=Context(),  # of no other span
            start_time=ended - int(reported["took"]) * 1_000_000,
            attributes={"http.status_code": int(reported["status"])},
        )
        span.end(end_time=ended)
