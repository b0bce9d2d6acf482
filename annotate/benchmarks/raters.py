"""Raters made of threads: each enrols over HTTP, leases, rates, tries again, and remembers what was acknowledged."""

import http.client
import json
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

PATIENCE = 30.0  # s that a request may take
PAUSE_AFTER_FAILURE = 0.3  # s
LEASED_AT_ONCE = 5


@dataclass(kw_only=True)
class Counts:
    """What a rater saw."""

    acknowledged: set[str] = field(default_factory=set)
    statuses: Counter[int] = field(default_factory=Counter)
    broken: int = 0  # requests without an answer
    slowest: float = 0.0
    seconds: dict[str, list[float]] = field(default_factory=lambda: {"lease": [], "submit": []})


@dataclass(kw_only=True)
class HttpRater:
    """One rater with one connection that is kept open."""

    port: int
    slug: str
    stop: threading.Event
    think: float = 0.0  # s between two ratings, on average
    counts: Counts = field(default_factory=Counts)
    token: str = ""
    connection: http.client.HTTPConnection | None = None

    def run(self) -> None:
        """Rate until told to stop; enrol anew when there is nothing left to rate."""
        rng = random.Random(uuid.uuid4().int)  # noqa: S311 - how long somebody thinks is no secret
        self.enrol()
        while not self.stop.is_set():
            items = self.lease()
            if not items:
                self.enrol()
            for item in items:
                if self.stop.wait(rng.expovariate(1 / self.think)) if self.think else self.stop.is_set():
                    break
                self.rate(item["assignment"], rng.randint(1, 5))
        self.hang_up()

    def enrol(self) -> None:
        """Join the study as somebody new."""
        answer = self.insist("POST", f"studies/{self.slug}/participations", {"consent_version": "1"})
        self.token = answer["token"] if answer else ""

    def lease(self) -> list[dict[str, Any]]:
        """Get images."""
        started = time.perf_counter()
        answer = self.insist("POST", f"studies/{self.slug}/leases", {"count": LEASED_AT_ONCE})
        self.counts.seconds["lease"].append(time.perf_counter() - started)
        return list(answer["items"]) if answer else []

    def rate(self, assignment: int, value: float) -> None:
        """Send one rating until it is taken or refused for good; the nonce stays the same."""
        nonce = str(uuid.uuid4())
        body = {"nonce": nonce, "assignment": assignment, "value": value, "response_ms": 900}
        started = time.perf_counter()
        if self.insist("POST", "ratings", body):
            self.counts.acknowledged.add(nonce)
        self.counts.seconds["submit"].append(time.perf_counter() - started)

    def insist(self, method: str, path: str, body: Any) -> Any:
        """Send a request again and again until something answers that is not a fault of the service."""
        while not self.stop.is_set():
            started = time.monotonic()
            try:
                status, answer = self.call(method, path, body)
            except (OSError, http.client.HTTPException, json.JSONDecodeError):
                self.hang_up()
                self.counts.broken += 1
                status, answer = 0, None
            self.counts.slowest = max(self.counts.slowest, time.monotonic() - started)
            if status:
                self.counts.statuses[status] += 1
            if 0 < status < HTTPStatus.INTERNAL_SERVER_ERROR:
                return answer if status < HTTPStatus.BAD_REQUEST else None
            self.stop.wait(PAUSE_AFTER_FAILURE)
        return None

    def call(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        """Send one request over the open connection."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        headers = {"Content-Type": "application/json"}
        if self.token and not path.endswith("participations"):
            headers["Authorization"] = f"Bearer {self.token}"
        self.connection.request(method, f"/api/v1/{path}", json.dumps(body), headers)
        answer = self.connection.getresponse()
        content = answer.read()
        return answer.status, json.loads(content or b"null")

    def hang_up(self) -> None:
        """Close the connection."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None


@dataclass(kw_only=True)
class Crowd:
    """Raters at work at the same time."""

    raters: Sequence[HttpRater]
    stop: threading.Event
    threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Let all begin."""
        self.threads = [threading.Thread(target=rater.run, daemon=True) for rater in self.raters]
        for thread in self.threads:
            thread.start()

    def finish(self) -> Counts:
        """Let all end; give what they saw together."""
        self.stop.set()
        for thread in self.threads:
            thread.join(timeout=PATIENCE)
        return self.so_far()

    def so_far(self) -> Counts:
        """Give what they saw together until now."""
        total = Counts()
        for rater in self.raters:
            total.acknowledged |= set(rater.counts.acknowledged)
            total.statuses += rater.counts.statuses
            total.broken += rater.counts.broken
            total.slowest = max(total.slowest, rater.counts.slowest)
            for name, seconds in rater.counts.seconds.items():
                total.seconds[name] += seconds
        return total


def crowd_of(*, count: int, port: int, slug: str, think: float) -> Crowd:
    """Make so many raters of a study."""
    stop = threading.Event()
    raters = [HttpRater(port=port, slug=slug, stop=stop, think=think) for _ in range(count)]
    return Crowd(raters=raters, stop=stop)
