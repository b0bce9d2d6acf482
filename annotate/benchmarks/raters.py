"""Raters made of threads: each enrols over HTTP, leases, answers, tries again, and remembers what was acknowledged."""

import json
import random
import socket
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

from ratings.registry import StudyDesign

TIMEOUT = 30.0  # s that a request may take
PAUSE_AFTER_FAILURE = 0.3  # s
LEASED_AT_ONCE = 5
ARRIVAL = 5  # thinking times over which a crowd arrives: not all in the same second
STUDY = "trial"  # that a trial is about
FURTHER_SCALES = ("calm", "warm")  # of a trial's study with several
Item = Mapping[str, Any]  # as a lease describes it


@dataclass(frozen=True, kw_only=True)
class Ways:
    """Where the raters of a design lease and answer, and what they say to an item."""

    leases: str  # below the study's address
    answers: str
    say: Callable[[Item, random.Random], dict[str, Any]]


def rate(item: Item, rng: random.Random) -> dict[str, Any]:  # noqa: ARG001 - whatever the picture is
    """Give a value of the default scale."""
    return {"value": rng.randint(1, 5)}


def rate_on_scales(item: Item, rng: random.Random) -> dict[str, Any]:
    """Give a value on every scale."""
    return {**rate(item, rng), "scales": {key: rng.randint(1, 5) for key in FURTHER_SCALES}}


def choose(item: Item, rng: random.Random) -> dict[str, Any]:
    """Choose between two pictures, or the best and the worst of several."""
    if "images" not in item:
        return {"choice": rng.choice(("left", "right", "tie"))}
    best, worst = rng.sample(range(1, len(item["images"]) + 1), 2)
    return {"choice": f"{best}>{worst}"}


RATING = Ways(leases="leases", answers="ratings", say=rate)
WAYS = {  # by what raters give
    "ratings": RATING,
    "choices": Ways(leases="pairs/leases", answers="choices", say=choose),
}


def ways_of(design: StudyDesign) -> Ways:
    """Give what the raters of a design do."""
    ways = WAYS[design.family.calls]
    return replace(ways, say=rate_on_scales) if "scales" in design.settings else ways


@dataclass(kw_only=True)
class Counts:
    """What a rater saw."""

    acknowledged: set[str] = field(default_factory=set)
    statuses: Counter[int] = field(default_factory=Counter)
    broken: int = 0  # requests without an answer
    slowest: float = 0.0
    seconds: dict[str, list[float]] = field(default_factory=lambda: {"lease": [], "submit": []})


class HttpConnection:
    """One connection that is kept open, and as little HTTP as this service speaks.

    The standard library's client takes as much of a core as the service does, which the measurements share.
    """

    def __init__(self, port: int) -> None:
        """Connect."""
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.answers = self.socket.makefile("rb")

    def call(self, method: str, path: str, body: bytes, token: str) -> tuple[int, bytes]:
        """Send one request; give status and content."""
        authorization = f"Authorization: Bearer {token}\r\n" if token else ""
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{authorization}"
        self.socket.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        status = int(self.answers.readline().split(b" ", 2)[1])
        length = 0
        while (line := self.answers.readline()) not in {b"\r\n", b""}:
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        return status, self.answers.read(length)

    def close(self) -> None:
        """Close the connection."""
        self.answers.close()
        self.socket.close()


@dataclass(kw_only=True)
class HttpRater:
    """One rater with one connection that is kept open."""

    port: int
    slug: str
    stop: threading.Event
    think: float = 0.0  # s between two answers, on average
    ways: Ways = RATING
    counts: Counts = field(default_factory=Counts)
    token: str = ""
    line: HttpConnection | None = None

    def run(self) -> None:
        """Rate until stopped; enrol again when there is nothing left to rate."""
        rng = random.Random(uuid.uuid4().int)  # noqa: S311 - how long somebody thinks is no secret
        self.stop.wait(rng.uniform(0, ARRIVAL * self.think))
        self.enrol()
        while not self.stop.is_set():
            items = self.lease()
            if not items:
                self.enrol()
            for item in items:
                if self.stop.wait(rng.expovariate(1 / self.think)) if self.think else self.stop.is_set():
                    break
                self.answer(item["assignment"], self.ways.say(item, rng))
        self.hang_up()

    def enrol(self) -> None:
        """Join the study as somebody new."""
        answer = self.insist("POST", f"studies/{self.slug}/participations", {"consent_version": "1"})
        self.token = answer["token"] if answer else ""

    def lease(self) -> list[dict[str, Any]]:
        """Get images."""
        started = time.perf_counter()
        answer = self.insist("POST", f"studies/{self.slug}/{self.ways.leases}", {"count": LEASED_AT_ONCE})
        self.counts.seconds["lease"].append(time.perf_counter() - started)
        return list(answer["items"]) if answer else []

    def answer(self, assignment: int, said: Mapping[str, Any]) -> None:
        """Send one answer until it is taken or refused for good; the nonce stays the same."""
        nonce = str(uuid.uuid4())
        body = {"nonce": nonce, "assignment": assignment, "response_ms": 900, **said}
        started = time.perf_counter()
        if self.insist("POST", self.ways.answers, body):
            self.counts.acknowledged.add(nonce)
        self.counts.seconds["submit"].append(time.perf_counter() - started)

    def insist(self, method: str, path: str, body: Any) -> Any:
        """Send a request again and again until something answers that is not a fault of the service."""
        while not self.stop.is_set():
            started = time.monotonic()
            try:
                status, answer = self.call(method, path, body)
            except (OSError, IndexError, ValueError):  # no answer, or half of one
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
        if self.line is None:
            self.line = HttpConnection(self.port)
        token = "" if path.endswith("participations") else self.token
        status, content = self.line.call(method, f"/api/v1/{path}", json.dumps(body).encode(), token)
        return status, json.loads(content or b"null")

    def hang_up(self) -> None:
        """Close the connection."""
        if self.line is not None:
            self.line.close()
            self.line = None


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
            thread.join(timeout=TIMEOUT)
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


def crowd_of(*, count: int, port: int, slug: str, think: float, ways: Ways = RATING) -> Crowd:
    """Make so many raters of a study."""
    stop = threading.Event()
    raters = [HttpRater(port=port, slug=slug, stop=stop, think=think, ways=ways) for _ in range(count)]
    return Crowd(raters=raters, stop=stop)
