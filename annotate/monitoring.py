"""Errors to Sentry and traces by OpenTelemetry, where the environment asks for them; neither is loaded otherwise.

A trace begins in the rater's browser, which names it with each call (W3C Trace Context, the header `traceparent`),
and goes on in the web process and in the task that the call queues.
"""

from typing import Any

from django.conf import settings

from annotate.logs import request_facts

HEALTH = "livez,readyz,metrics,static/"  # asked for all the time, by machines

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
        before_send=without_addresses,  # type: ignore[arg-type]  # a typed dictionary of theirs
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,  # they are log lines, which name addresses
    )


def without_addresses(event: Event, _hint: object) -> Event:
    """Take address and arguments out of a report, which may hold a rater's link; the name of route or task stays.

    The rater is named as dumps name them.
    """
    asked = event.pop("request", {})
    event.pop("extra", None)
    facts = request_facts()
    event["tags"] = {**event.get("tags", {}), "method": asked.get("method", ""), "request": facts.get("request", "")}
    event["user"] = {"id": facts["rater"]} if "rater" in facts else {}
    return event


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
        DjangoInstrumentor().instrument(excluded_urls=HEALTH)
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

    about = {"service.name": f"pamela-{process}", "service.version": settings.PAMELA_VERSION}
    sampler = TraceIdRatioBased(settings.TRACED_PERCENT / 100)
    resource = get_aggregated_resources([OTELResourceDetector()], Resource(about))
    provider = TracerProvider(resource=resource, sampler=sampler, **options)
    address = f"{settings.OTEL_EXPORTER_OTLP_ENDPOINT.rstrip('/')}/v1/traces"
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=address)))
    return provider
