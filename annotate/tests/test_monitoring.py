"""Traces reach a collector and errors reach Sentry, by their own protocols, and name nobody.

The collector takes OTLP over HTTP (open-telemetry/opentelemetry-proto: ExportTraceServiceRequest at /v1/traces); the
Sentry takes envelopes (develop.sentry.dev, SDK data model: POST /api/PROJECT/envelope/, a JSON object a line).
"""

import gzip
import json
import threading
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import brotli
import pytest
import requests
from django.conf import LazySettings
from django.test import Client
from opentelemetry.instrumentation.django import DjangoInstrumentor
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.trace import StatusCode

from annotate.benchmarks.installation import Installation, new_installation, wait_for
from annotate.benchmarks.studies import fill_study
from annotate.browser_spans import BROWSER_SPAN
from annotate.monitoring import UNTRACED, provider_of
from annotate.tests.browser import NewVisitor, joined, make_gallery

TRACE, CALL = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"  # as W3C Trace Context writes them
SECRET = "sesame5f3c"  # what a link, a form or a row holds
BROKEN_TASK = (
    f"from annotate.celery import app; app.send_task('scoring.tasks.learn_from_raters', kwargs={{'{SECRET}': 7}})"
)
DECODED = {"": bytes, "gzip": gzip.decompress, "br": brotli.decompress}


class Receiver(BaseHTTPRequestHandler):
    """Answers what monitoring sends, and keeps it."""

    def do_POST(self) -> None:
        """Take one parcel."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        body = DECODED[self.headers.get("Content-Encoding", "")](body)
        self.server.parcels.append((self.path, body))  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[Any]:
    """Run a collector and a Sentry on one port."""
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.parcels = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def spans(receiver: Any) -> list[tuple[str, str, Any]]:
    """List the spans that came: service, trace, and the span."""
    found = []
    for path, body in list(receiver.parcels):
        if path == "/v1/traces":
            for group in ExportTraceServiceRequest.FromString(body).resource_spans:
                about = {item.key: item.value.string_value for item in group.resource.attributes}
                here = [span for scope in group.scope_spans for span in scope.spans]
                found += [(about["service.name"], span.trace_id.hex(), span) for span in here]
    return found


def events(receiver: Any) -> list[dict[str, Any]]:
    """List the errors that came."""
    lines = [line for path, body in list(receiver.parcels) if "/envelope/" in path for line in body.splitlines()]
    return [event for event in map(json.loads, lines) if "exception" in event]


def lease_as_a_browser(installation: Installation) -> tuple[str, int]:
    """Enrol and lease one image; give token and assignment."""
    body = {"consent_version": "1", "profile": {}}
    _, answer = installation.call("POST", "/api/v1/studies/traced/participations", body)
    _, leased = installation.call("POST", "/api/v1/studies/traced/leases", {"count": 1}, answer["token"])
    return answer["token"], leased["items"][0]["assignment"]


def rate_as_a_browser(installation: Installation, token: str, assignment: int) -> None:
    """Rate it in a trace of the browser's own, telling of the call before."""
    body: Any = {"assignment": assignment, "nonce": str(uuid.uuid4()), "value": 4, "response_ms": 900}
    headers = {
        "Authorization": f"Bearer {token}",
        "traceparent": f"00-{TRACE}-{CALL}-01",
        "X-Browser-Spans": f"{TRACE}-{CALL}-120-50-201",
    }
    url = f"http://127.0.0.1:{installation.port}/api/v1/ratings"
    assert requests.post(url, json=body, headers=headers, timeout=60).status_code == 201


def ask_with_secrets(port: int) -> None:
    """Ask for addresses that hold what nobody else may know, one that exists and one that does not."""
    for path in (f"/r/{SECRET}/", f"/nothing/{SECRET}/", f"/?PROLIFIC_PID={SECRET}"):
        requests.get(f"http://127.0.0.1:{port}{path}", headers={"tracestate": f"s={SECRET}"}, timeout=60)


@pytest.mark.slow
@pytest.mark.long
def test_one_trace_goes_from_browser_to_web_to_worker_and_an_error_to_sentry(
    receiver: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"127.0.0.1:{receiver.server_address[1]}"
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://{address}")
    monkeypatch.setenv("TRACED_PERCENT", "100")
    monkeypatch.setenv("SENTRY_DSN", f"http://key@{address}/1")
    with new_installation("--only", "web", "worker") as installation:
        fill_study(installation, slug="traced", images=3)
        token, assignment = lease_as_a_browser(installation)
        rate_as_a_browser(installation, token, assignment)
        services = {"pamela-browser", "pamela-web", "pamela-worker"}
        wait_for(
            lambda: {service for service, trace, _ in spans(receiver) if trace == TRACE} >= services,
            what="one trace of browser, web and worker",
        )
        ask_with_secrets(installation.port)
        installation.command("shell", "-c", BROKEN_TASK)
        (event, *_) = wait_for(lambda: events(receiver), what="the error of a task")
        wait_for(lambda: [span for *_, span in spans(receiver) if span.events], what="the span of the task")
    mine = [(service, span) for service, trace, span in spans(receiver) if trace == TRACE]
    browser = next(span for service, span in mine if service == "pamela-browser")
    web = next(span for service, span in mine if service == "pamela-web" and span.name == "POST api/v1/ratings")
    assert browser.span_id.hex() == CALL
    assert (browser.end_time_unix_nano - browser.start_time_unix_nano) // 1_000_000 == 120
    assert web.parent_span_id == browser.span_id
    assert event["exception"]["values"][-1]["type"] == "TypeError"
    assert event["transaction"] == "scoring.tasks.learn_from_raters"
    assert "value" not in event["exception"]["values"][-1]
    assert SECRET.encode() not in b"".join(body for _, body in receiver.parcels)
    assert event["release"].startswith("pamela@")
    assert "request" not in event
    assert all("vars" not in frame for frame in event["exception"]["values"][-1]["stacktrace"]["frames"])


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_browser_names_each_call_and_tells_with_the_next_how_long_it_took(
    new_visitor: NewVisitor, settings: LazySettings
) -> None:
    settings.OTEL_EXPORTER_OTLP_ENDPOINT = "http://localhost:4318"
    visitor = joined(new_visitor, make_gallery(count=3))
    sent: list[dict[str, str]] = []
    visitor.page.on("request", lambda request: sent.append(request.headers) if "/api/" in request.url else None)
    visitor.press("4")
    visitor.expect_all_sent()
    visitor.press("2")
    visitor.expect_all_sent()
    version, trace, span, flags = sent[0]["traceparent"].split("-")
    assert (version, len(trace), len(span), flags) == ("00", 32, 16, "01")
    words = ",".join(headers.get("x-browser-spans", "") for headers in sent[1:])
    reported = [BROWSER_SPAN.fullmatch(one) for one in words.split(",") if one]
    assert [one["status"] for one in reported if one and (one["trace"], one["span"]) == (trace, span)] == ["200"]


@pytest.fixture
def traced(receiver: Any, settings: LazySettings) -> Iterator[Any]:
    """Trace the requests of this process as a web process does; give what sends the spans."""
    settings.OTEL_EXPORTER_OTLP_ENDPOINT = f"http://127.0.0.1:{receiver.server_address[1]}"
    settings.TRACED_PERCENT, settings.MIDDLEWARE = 100, list(settings.MIDDLEWARE)
    provider = provider_of("web")
    instrumentor = DjangoInstrumentor()
    instrumentor.instrument(tracer_provider=provider, excluded_urls=UNTRACED)
    yield provider
    instrumentor.uninstrument()
    provider.shutdown()


@pytest.mark.django_db
def test_a_span_holds_route_and_status_and_neither_address_nor_message(
    traced: Any, receiver: Any, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.raise_request_exception = False
    client.get(f"/r/{SECRET}/", {"PROLIFIC_PID": SECRET}, headers={"tracestate": f"s={SECRET}", "user-agent": SECRET})
    client.get(f"/nothing/{SECRET}/")
    with traced.get_tracer("library").start_as_current_span("query", attributes={"db.statement": SECRET}) as span:
        span.record_exception(ValueError(SECRET))
        span.set_status(StatusCode.ERROR, SECRET)
    traced.force_flush()
    sent = [span for *_, span in spans(receiver)]
    assert [span.name for span in sent] == ["GET r/<str:token>/", "GET", "query"]
    known = {item.key: item.value for item in sent[0].attributes}
    assert (known["http.route"].string_value, known["http.status_code"].int_value) == ("r/<str:token>/", 404)
    assert [item.value.string_value for item in sent[2].events[0].attributes if item.key == "exception.type"] == [
        "ValueError"
    ]
    assert SECRET.encode() not in b"".join(body for _, body in receiver.parcels)


@pytest.mark.django_db
def test_what_machines_ask_for_is_not_traced_and_a_study_or_host_of_that_name_is(
    traced: Any, receiver: Any, client: Client
) -> None:
    client.get("/livez")
    client.get("/static/js/missing.js")
    client.get("/s/metrics/")
    client.get("/", headers={"host": "livez.example.org"})
    traced.force_flush()
    assert [span.name for *_, span in spans(receiver)] == ["GET s/<slug:slug>/", "GET home"]
