"""What a collector may learn of a span: an allow-list, since libraries put addresses and messages of errors into it.

Loaded only where there are traces.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import SpanContext
from opentelemetry.trace.status import Status

# Names, numbers and states that we or our libraries chose; what a visitor wrote stands in none of them.
ATTRIBUTES = frozenset(
    {
        *("http.method", "http.request.method", "http.route", "http.status_code", "http.response.status_code"),
        *("celery.action", "celery.task_name", "celery.state", "celery.retries", "messaging.destination"),
        "messaging.message.id",
    }
)
OF_AN_EXCEPTION = frozenset({"exception.type", "exception.escaped"})


class NamelessExporter(SpanExporter):
    """Hands spans on without what could name a person: addresses, queries, messages, arguments, traces of calls."""

    def __init__(self, exporter: SpanExporter) -> None:
        """Keep what sends them."""
        self.exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send what may be known of each."""
        return self.exporter.export([nameless(span) for span in spans])

    def shutdown(self) -> None:
        """End the sending."""
        self.exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        """Send what waits."""
        return self.exporter.force_flush(timeout_millis)


def nameless(span: ReadableSpan) -> ReadableSpan:
    """Copy a span with the listed attributes alone; of an error its kind, and no link to another span."""
    events = [
        Event(event.name, allowed(event.attributes, OF_AN_EXCEPTION), event.timestamp)
        for event in span.events
        if event.name == "exception"
    ]
    return ReadableSpan(
        name=span.name,
        context=stateless(span.get_span_context()),
        parent=stateless(span.parent),
        resource=span.resource,
        attributes=allowed(span.attributes, ATTRIBUTES),
        events=events,
        kind=span.kind,
        status=Status(span.status.status_code),  # its description is the message of the error
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def allowed(attributes: Mapping[str, Any] | None, names: frozenset[str]) -> dict[str, Any]:
    """Give the attributes that are listed."""
    return {name: value for name, value in (attributes or {}).items() if name in names}


def stateless(context: SpanContext | None) -> SpanContext | None:
    """Give the ids of a span without its state, which is any text that a client sends as `tracestate`."""
    if context is None:
        return None
    return SpanContext(context.trace_id, context.span_id, context.is_remote, context.trace_flags)
