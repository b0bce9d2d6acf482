"""How fast the reward server scores pictures, beside the bare encoder: fresh ones, and ones that are here already.

The callers share the cores with the server. So beside pictures by the clock stand CPU seconds for each picture, of the
server's processes and of the bare network: those do not depend on who else wants the cores.
"""

import http.client
import json
import os
import subprocess
import sys
import threading
import time
import uuid
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import count
from typing import TYPE_CHECKING

import psutil

from annotate import env
from annotate.benchmarks.figures import Figure, beside, percentile
from annotate.benchmarks.installation import Installation, InstallationError, free_port, new_installation, wait_for
from annotate.benchmarks.serving import cpu_of
from annotate.benchmarks.studies import fill_study

if TYPE_CHECKING:
    from scoring.trials.reward import BareNetwork as Bare
    from scoring.trials.reward import Pace

CALLERS = (1, 8, 64)
PICTURES = 4  # fresh ones in a request
NAMED = 64  # known ones in a request
ROUNDS = 2  # that the server and the bare network take by turns: a machine's speed drifts
SECONDS = 8.0
IMAGES = 1000
SLUG = "reward"
BUDGET = 0.8  # of the bare network
CPU_BUDGET = 1 / BUDGET  # of the bare network's CPU seconds
KNOWN_BUDGET = 2000.0  # scores/s
SERVE = f"""
from django.contrib.auth.models import User
from ratings.models import Study
from ratings.services.api_tokens import make_token
from scoring.trials.reward import BareNetwork
from scoring.trials.synthetic_model import serve_synthetic_model
serve_synthetic_model(study=Study.objects.get(slug="{SLUG}"), widths=BareNetwork().widths)
print(make_token(user=User.objects.get(username="admin"), name="benchmark", actor=None)[1])
"""


def measure(*, say: Callable[[str], None], callers: Sequence[int] = CALLERS, seconds: float = SECONDS) -> list[Figure]:
    """Measure in a scratch installation that is removed afterwards."""
    from scoring.trials.reward import BareNetwork, picture_files

    bare, files = BareNetwork(), picture_files(16)
    figures: list[Figure] = []
    with new_installation("--only", "web") as installation:
        say("serving a study with a model")
        fill_study(installation, slug=SLUG, images=IMAGES)
        key = installation.command("shell", "-c", SERVE).split()[-1]
        images = [str(row[0]) for row in installation.query("SELECT image_id FROM ratings_studyimage LIMIT 1000")]
        with reward_server(installation) as (port, pid):
            target = Target(port=port, key=key, pid=pid)
            for crowd in callers:
                say(f"{crowd} callers with fresh pictures, at a load of {os.getloadavg()[0]:.1f}")
                figures += fresh_figures(target, crowd, bare=bare, files=files, seconds=seconds)
            for crowd in callers:
                say(f"{crowd} callers with known pictures, at a load of {os.getloadavg()[0]:.1f}")
                figures += known_figures(target, crowd, images=images, seconds=seconds / 2)
    return figures


@contextmanager
def reward_server(installation: Installation) -> Iterator[tuple[int, int]]:
    """Run the installation's reward server, and wait until it is ready; give its port and its first process."""
    port = free_port()
    process = subprocess.Popen(  # noqa: S603 - a command of our own
        [sys.executable, "manage.py", "serve_reward", "--port", str(port)],
        cwd=env.BASE_DIR,
        env=installation.environment,
    )
    try:
        wait_for(lambda: is_ready(port), what="a ready reward server")
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


def is_ready(port: int) -> bool:
    """Ask whether the server is ready."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == HTTPStatus.OK
    except OSError:  # nobody listens, or not yet
        return False
    finally:
        connection.close()


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where scores are asked for, with which token, and the first process of who answers."""

    port: int
    key: str
    pid: int

    @property
    def cpu(self) -> float:
        """Give the CPU seconds that the server and its children used so far."""
        return cpu_of([psutil.Process(self.pid)])


@dataclass(kw_only=True)
class Answered:
    """What callers got: scores, the seconds that each request took, and the CPU seconds of the server."""

    scores: int = 0
    wall: float = 0.0
    cpu: float = 0.0
    seconds: list[float] = field(default_factory=list)
    refused: int = 0

    def add(self, other: "Answered") -> None:
        """Count others in."""
        self.scores += other.scores
        self.wall += other.wall
        self.cpu += other.cpu
        self.seconds += other.seconds
        self.refused += other.refused


def asked(target: Target, crowd: int, *, body: Callable[[], bytes], each: int, seconds: float) -> Answered:
    """Let so many callers ask one request after the other."""
    found, lock = Answered(), threading.Lock()
    started, before = time.monotonic(), target.cpu

    def call() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=300)
        headers = {"Authorization": f"Bearer {target.key}", "Content-Type": "application/json"}
        while time.monotonic() - started < seconds:
            content, began = body(), time.monotonic()
            connection.request("POST", "/api/v1/score", body=content, headers=headers)
            answer = connection.getresponse()
            text = answer.read()
            with lock:
                if answer.status == HTTPStatus.OK:
                    found.seconds.append(time.monotonic() - began)
                    found.scores += each
                elif answer.status == HTTPStatus.TOO_MANY_REQUESTS:
                    found.refused += 1
                else:
                    raise InstallationError(f"The reward server answers {answer.status}: {text[:300]!r}")
        connection.close()

    threads = [threading.Thread(target=call) for _ in range(crowd)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found.wall, found.cpu = time.monotonic() - started, target.cpu - before
    return found


def fresh_figures(target: Target, crowd: int, *, bare: "Bare", files: Sequence[bytes], seconds: float) -> list[Figure]:
    """Put fresh pictures per second beside the bare network's, by turns, and give the spread of the times."""
    serial = count()

    def body() -> bytes:
        """Write pictures that the server has not seen: a few bytes at the end of a JPEG are read by nobody."""
        marked = (files[next(serial) % len(files)] + uuid.uuid4().bytes for _ in range(PICTURES))
        return json.dumps({"images": [{"data": b64encode(one).decode()} for one in marked]}).encode()

    served, batches, singles = Answered(), [], []
    asked(target, crowd, body=body, each=PICTURES, seconds=1.0)
    for _ in range(ROUNDS):
        served.add(asked(target, crowd, body=body, each=PICTURES, seconds=seconds / ROUNDS))
        batches.append(bare.whole_batches(seconds / ROUNDS / 2))
        singles.append(bare.side_by_side(seconds / ROUNDS / 2))
    label = f"fresh pictures, {crowd} callers"
    return [*beside_network(label, served, batches=total(batches), singles=total(singles)), *spread(label, served)]


def total(rounds: "Sequence[Pace]") -> "Pace":
    """Add the rounds of one measurement up."""
    found, *others = rounds
    for other in others:
        found.add(other)
    return found


def beside_network(label: str, served: Answered, *, batches: "Pace", singles: "Pace") -> list[Figure]:
    """Put what the server does beside the bare network, by the clock and in CPU seconds."""
    rate, cpu = served.scores / served.wall, served.cpu / served.scores
    note = f"limit: the bare network on prepared pictures, as torch runs it; budget: a ratio of {BUDGET}"
    spent = f"limit: the bare network, a picture on each core; budget: a ratio of at most {CPU_BUDGET}"
    return [
        beside(name=label, value=rate, unit="scores/s", limit=batches.rate, note=note),
        beside(name=f"{label}, a picture on each core", value=rate, unit="scores/s", limit=singles.rate),
        beside(name=f"{label}: CPU", value=cpu * 1000, unit="ms/score", limit=singles.cpu_each * 1000, note=spent),
    ]


def known_figures(target: Target, crowd: int, *, images: Sequence[str], seconds: float) -> list[Figure]:
    """Give scores per second of pictures by id, and the spread of the times."""
    serial = count()

    def body() -> bytes:
        """Name pictures that the study has."""
        start = next(serial) * NAMED % (len(images) - NAMED)
        return json.dumps({"images": list(images[start : start + NAMED])}).encode()

    asked(target, crowd, body=body, each=NAMED, seconds=0.5)
    served = asked(target, crowd, body=body, each=NAMED, seconds=seconds)
    label = f"known pictures, {crowd} callers"
    note = f"{NAMED} in a request; the limit is the budget"
    rate = served.scores / served.wall
    return [
        beside(name=label, value=rate, unit="scores/s", limit=KNOWN_BUDGET, note=note),
        Figure(
            name=f"{label}: CPU", value=served.cpu / served.scores * 1000, unit="ms/score", note="without the database"
        ),
        *spread(label, served),
    ]


def spread(label: str, served: Answered) -> list[Figure]:
    """Give the middle and the tail of the times of requests."""
    p50, p95 = (percentile(served.seconds, share) * 1000 for share in (0.5, 0.95))
    note = f"{served.refused} requests were asked to come back" if served.refused else ""
    return [
        Figure(name=f"{label}: p50", value=p50, unit="ms", note=note),
        Figure(name=f"{label}: p95", value=p95, unit="ms"),
    ]
