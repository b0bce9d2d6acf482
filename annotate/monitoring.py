"""Errors to Sentry and traces by OpenTelemetry, where the environment asks for them; neither is loaded otherwise.

A trace begins in the rater's browser, which names it with each call (W3C Trace Context, the header `traceparent`),
and goes on in the web process and in the task that the call queues.
"""

from typing import Any

from django.conf import settings

from annotate.logs import request_facts

# Asked for all the time, by machines; from the address's begin on, as a host or a study may have such a name.
UNTRACED = r"^https?://[^/]+/(livez|readyz|healthz|metrics)/?$,^https?://[^/]+/static/"
# What a report may say; whatever is not listed is left out, also what later versions of Sentry's package add.
OF_A_REPORT = {
    *(
        "event_id",
        "timestamp",
        "level",
        "platform",
        "logger",
        "release",
        "environment",
        "server_name",
        "sdk",
        "modules",
    ),
    *("fingerprint", "transaction_info"),
}
OF_AN_EXCEPTION = {"type", "module", "mechanism", "stacktrace"}  # its value is a message, which may hold a row
OF_A_MECHANISM = {"type", "handled"}
OF_A_FRAME = {
    *("filename", "abs_path", "function", "module", "lineno", "pre_context", "context_line", "post_context", "in_app"),
}
OF_A_TRACE = {"trace_id", "span_id", "parent_span_id"}
ROUTES = {"route", "task", "component"}  # names of ours; of an address that fits none, the address is given
OUR_LOGGERS = ("annotate", "ratings", "scoring")  # whose messages are literals, with values as arguments

Event = dict[str, Any]


def report_errors() -> None:
    """Send what is logged as an error, and what no code caught, to Sentry: without values, bodies or addresses."""
    if not settings.SENTRY_DSN:
        return
    import sentry_sdk

    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        environment=settings.PAMELA_MODE,
        release=f"pamela@{settings.PAMELA_VERSION}",
        before_send=allowed_report,  # type: ignore[arg-type]  # a typed dictionary of theirs
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,  # they are log lines, which name addresses
    )


def allowed_report(event: Event, _hint: object) -> Event:
    """Give what may be known of an error: kind, code around it, route or task, and the rater as dumps do."""
    kept: Event = listed(event, OF_A_REPORT)
    asked, facts = event.get("request", {}), request_facts()
    if event.get("transaction_info", {}).get("source") in ROUTES:
        kept["transaction"] = event["transaction"]
    if "exception" in event:
        kept["exception"] = {"values": [allowed_exception(one) for one in event["exception"]["values"]]}
    if "logentry" in event and str(event.get("logger", "")).split(".")[0] in OUR_LOGGERS:
        kept["logentry"] = listed(event["logentry"], {"message"})
    kept["contexts"] = {"trace": listed(event.get("contexts", {}).get("trace", {}), OF_A_TRACE)}
    kept["tags"] = {"method": asked.get("method", ""), "request": facts.get("request", "")}
    kept["user"] = {"id": facts["rater"]} if "rater" in facts else {}
    return kept


def allowed_exception(exception: Event) -> Event:
    """Give kind and place of an exception."""
    kept = listed(exception, OF_AN_EXCEPTION)
    if exception.get("mechanism"):
        kept["mechanism"] = listed(exception["mechanism"], OF_A_MECHANISM)
    if exception.get("stacktrace"):
        kept["stacktrace"] = {"frames": [listed(one, OF_A_FRAME) for one in exception["stacktrace"]["frames"]]}
    return kept


def listed(found: Event, names: set[str]) -> Event:
    """Give what is listed."""
    return {name: value for name, value in found.items() if name in names}


def send_traces(*, process: str) -> None:
    """Send a span for each request and each task of a process of this kind, such as `web`, to the collector."""
    if not settings.OTEL_EXPORTER_OTLP_ENDPOINT:
        return
    from opentelemetry import trace as api
    from opentelemetry.instrumentation.celery import CeleryInstrumentor
    from opentelemetry.instrumentation.django import DjangoInstrumentor

    api.set_tracer_provider(provider_of(process))
    CeleryInstrumentor().instrument()  # type: ignore[no-untyped-call]
    if process == "web":
        DjangoInstrumentor().instrument(excluded_urls=UNTRACED)
        position = settings.MIDDLEWARE.index("annotate.browser_spans.BrowserSpansMiddleware")
        settings.MIDDLEWARE.insert(0, settings.MIDDLEWARE.pop(position))  # outside of the span of the request


def provider_of(process: str, **options: Any) -> Any:
    """Make what gives and sends spans of one kind of process; `options` are those of OpenTelemetry's class.

    Whether a trace is kept depends on its id alone, so that browser, web and workers agree.
    """
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource, get_aggregated_resources
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.sampling import TraceIdRatioBased

    from annotate.span_exporter import NamelessExporter

    about = {"service.name": f"pamela-{process}", "service.version": settings.PAMELA_VERSION}
    sampler = TraceIdRatioBased(settings.TRACED_PERCENT / 100)
    resource = get_aggregated_resources([OTELResourceDetector()], Resource(about))
    provider = TracerProvider(resource=resource, sampler=sampler, **options)
    address = f"{settings.OTEL_EXPORTER_OTLP_ENDPOINT.rstrip('/')}/v1/traces"
    provider.add_span_processor(BatchSpanProcessor(NamelessExporter(OTLPSpanExporter(endpoint=address))))
    return provider
