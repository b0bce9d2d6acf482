"""What monitoring reads: times of answers from the web processes, and figures of the installation from its records."""

import time
from collections.abc import Callable, Iterable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from annotate import env
from annotate.queue_states import depths, oldest_ages, workers_seen
from ratings.queueing import breaker
from scoring.selectors import operation

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
KEPT_SECONDS = 10.0  # that figures are given again, so that asking often costs the database nothing
OTHER = "other"  # pages and files, which count as one

own = CollectorRegistry()
answer_seconds = Histogram(
    "pamela_request_seconds", "Time to an answer.", ("route", "method"), buckets=SECONDS, registry=own
)
answers = Counter("pamela_requests", "Answered requests.", ("route", "method", "status"), registry=own)
lost_messages = Counter("pamela_messages_dropped", "Messages that no broker took.", ("task",), registry=own)
breaker.on_loss = lambda task: lost_messages.labels(task).inc()

FIGURES: dict[str, tuple[str, tuple[str, ...], Callable[[], operation.Facts]]] = {
    "answers_newest": ("Number of the newest answer; grows by one with each.", ("family",), operation.newest_numbers),
    "policy_share": ("Share of the newest 1000 ratings by policy.", ("policy",), operation.policy_shares),
    "model_age_seconds": ("Since when the live model serves.", ("study",), operation.model_ages),
    "coverage": ("Share of the wanted answers that are taken.", ("study",), operation.coverage),
    "raters_unlearned": ("Raters with answers not learned from.", ("study",), operation.raters_unlearned),
    "learning_delay_seconds": ("Mean time from a rating to its taste.", (), operation.learning_delay),
    "jobs": ("Jobs that wait, run, or failed within a day.", ("kind", "state"), operation.job_counts),
    "failed_tasks": ("Failures within a day of tasks without a job.", ("task",), operation.failed_tasks),
    "images_given_up": ("Images at which workers died.", (), operation.images_given_up),
    "queue_messages": ("Messages that wait in the broker.", ("queue",), depths),
    "queue_oldest_seconds": ("Age of the oldest job that waits.", ("queue",), oldest_ages),
    "queue_has_worker": ("Whether a worker was seen in the last minute.", ("queue",), workers_seen),
}


class MeasureMiddleware:
    """Measure each answer; in place only where metrics are on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep what comes after."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, and note how long it took."""
        started = time.perf_counter()
        answer = self.get_response(request)
        measure(request, answer.status_code, seconds=time.perf_counter() - started)
        return answer


def measure(request: HttpRequest, status: int, *, seconds: float) -> None:
    """Note an answer under the name of its call of the API; all else counts as one."""
    match = request.resolver_match
    route = str(match.url_name) if match is not None and match.namespaces == ["api"] else OTHER
    method = str(request.method)
    answer_seconds.labels(route, method).observe(seconds)
    answers.labels(route, method, str(status)).inc()


class FiguresCollector(Collector):
    """Gives figures of the installation; they are the same whichever web process is asked."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.kept: list[Metric] = []
        self.kept_until = 0.0

    def collect(self) -> Iterable[Metric]:
        """Give the figures, of a few seconds ago at most."""
        if time.monotonic() >= self.kept_until:
            self.kept = [gauge(name, *facts) for name, facts in FIGURES.items()]
            self.kept_until = time.monotonic() + KEPT_SECONDS
        return self.kept


def gauge(name: str, help_text: str, labels: tuple[str, ...], read: Callable[[], operation.Facts]) -> Metric:
    """Read one kind of figure."""
    family = GaugeMetricFamily(f"pamela_{name}", help_text, labels=labels)
    for key, value in read().items():
        family.add_metric(key, value)
    return family


figures = FiguresCollector()


def metrics_text() -> bytes:
    """Give all metrics of this machine's web processes and of the installation."""
    registry = CollectorRegistry()
    if env.shared_metrics():
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(own)
    registry.register(figures)
    return generate_latest(registry)
