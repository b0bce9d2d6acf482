"""The metrics of the reward server, in Prometheus' format."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
SIZES = (1, 2, 4, 8, 16, 32, 64)


class Metrics:
    """Counts of one server."""

    def __init__(self) -> None:
        """Begin with zero."""
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "pamela_reward_requests", "Requests for scores, by status.", ("status",), registry=self.registry
        )
        self.seconds = Histogram(
            "pamela_reward_request_seconds", "Time to an answer.", buckets=SECONDS, registry=self.registry
        )
        self.pictures = Counter(
            "pamela_reward_pictures",
            "Pictures scored: known ones, and embedded ones.",
            ("how",),
            registry=self.registry,
        )
        self.passes = Histogram(
            "pamela_reward_pass_pictures", "Pictures in a pass of the network.", buckets=SIZES, registry=self.registry
        )
        self.waiting = Gauge(
            "pamela_reward_waiting_pictures", "Pictures waiting to be embedded.", registry=self.registry
        )
        self.bodies = Gauge("pamela_reward_body_bytes", "Memory held for bodies of requests.", registry=self.registry)

    def text(self) -> bytes:
        """Give all metrics as text."""
        return generate_latest(self.registry)
