"""How fast leases and submissions are answered over HTTP, against study size and number of raters."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from annotate import env
from annotate.benchmarks.figures import Figure, beside, percentile
from annotate.benchmarks.installation import Installation, new_installation
from annotate.benchmarks.raters import Counts, crowd_of
from annotate.benchmarks.studies import fill_study

SIZES = (1_000, 100_000, 1_000_000)
CLIENTS = (1, 8, 64)
SECONDS = 8.0
WEB_PROCESSES = 2
MOST_AT_ONCE = 8  # requests that the web processes work on at the same time
P50_BUDGET = 5.0  # ms
GROWTH_BUDGET = 1.5  # p95 at the largest study against the smallest
THROUGHPUT_BUDGET = 0.5  # of bare psycopg


def measure(
    *,
    tell: Callable[[str], None],
    sizes: Sequence[int] = SIZES,
    clients: Sequence[int] = CLIENTS,
    seconds: float = SECONDS,
) -> list[Figure]:
    """Measure in a scratch installation that is removed afterwards."""
    figures: list[Figure] = []
    alone: dict[int, Counts] = {}
    with new_installation("--only", "web", "--workers", str(WEB_PROCESSES)) as installation:
        for size in sizes:
            slug = f"size-{size}"
            tell(f"filling a study with {size:,} images")
            fill_study(installation, slug=slug, images=size)
            for count in clients:
                tell(f"{count} clients on {size:,} images")
                rate, counts = driven(installation, slug=slug, clients=count, seconds=seconds)
                figures += latencies(counts, size=size, clients=count)
                figures.append(throughput(installation, slug=slug, clients=count, rate=rate, seconds=seconds))
                if count == clients[0]:
                    alone[size] = counts
    return figures + growth(alone)


def driven(installation: Installation, *, slug: str, clients: int, seconds: float) -> tuple[float, Counts]:
    """Let raters click without a pause; give calls per second, and what they saw."""
    warm = crowd_of(count=min(clients, MOST_AT_ONCE), port=installation.port, slug=slug, think=0)
    warm.start()
    time.sleep(1)
    warm.finish()
    crowd = crowd_of(count=clients, port=installation.port, slug=slug, think=0)
    started = time.monotonic()
    crowd.start()
    time.sleep(seconds)
    counts = crowd.finish()
    calls = sum(len(times) for times in counts.seconds.values())
    return calls / (time.monotonic() - started), counts


def latencies(counts: Counts, *, size: int, clients: int) -> list[Figure]:
    """Give the spread of the times of each call."""
    figures = []
    for name, seconds in counts.seconds.items():
        label = f"{name}, {size:,} images, {clients} clients"
        p50, p95, p99 = (percentile(seconds, share) * 1000 for share in (0.5, 0.95, 0.99))
        note = "" if clients == 1 else "queueing for the cores included"
        if clients == 1:
            figures.append(beside(name=f"{label}: p50", value=p50, unit="ms", limit=P50_BUDGET))
        else:
            figures.append(Figure(name=f"{label}: p50", value=p50, unit="ms", note=note))
        figures.append(Figure(name=f"{label}: p95", value=p95, unit="ms", note=note))
        figures.append(Figure(name=f"{label}: p99", value=p99, unit="ms", note=note))
    return figures


def throughput(installation: Installation, *, slug: str, clients: int, rate: float, seconds: float) -> Figure:
    """Put the calls per second beside those of the same statements through bare psycopg."""
    bare = bare_rate(installation, slug=slug, clients=min(clients, MOST_AT_ONCE), seconds=seconds)
    name = f"calls, {slug.removeprefix('size-')} images, {clients} clients"
    note = f"limit: bare psycopg; budget: ratio of at least {THROUGHPUT_BUDGET}"
    return beside(name=name, value=rate, unit="1/s", limit=bare, note=note)


def bare_rate(installation: Installation, *, slug: str, clients: int, seconds: float) -> float:
    """Run the same statements from as many processes as serve the web; give calls per second."""
    processes = min(WEB_PROCESSES, clients)
    command = [sys.executable, "-m", "annotate.benchmarks.bare", installation.dsn, slug]
    running = [
        subprocess.Popen(  # noqa: S603 - a command of our own
            [*command, str(clients // processes), str(seconds)], stdout=subprocess.PIPE, cwd=env.BASE_DIR
        )
        for _ in range(processes)
    ]
    return sum(float(json.loads(process.communicate()[0])) for process in running) / seconds


def growth(alone: dict[int, Counts]) -> list[Figure]:
    """Compare the largest study with the smallest, for one client."""
    figures = []
    for name in ("lease", "submit"):
        low, high = (percentile(alone[size].seconds[name], 0.95) for size in (min(alone), max(alone)))
        label = f"{name}: p95 at {max(alone):,} against {min(alone):,} images"
        figures.append(beside(name=label, value=high / low if low else 0, unit="times", limit=GROWTH_BUDGET))
    return figures
