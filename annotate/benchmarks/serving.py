"""How fast leases and submissions are answered over HTTP, against study size and number of raters."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import psutil

from annotate import env
from annotate.benchmarks.faults import family
from annotate.benchmarks.figures import Figure, beside, percentile
from annotate.benchmarks.installation import Installation, InstallationError, new_installation, wait_for
from annotate.benchmarks.raters import Counts, crowd_of
from annotate.benchmarks.studies import fill_study

SIZES = (1_000, 100_000, 1_000_000)
CLIENTS = (1, 8, 64)
SECONDS = 12.0
ROUNDS = 4  # that the seconds are spread over, with bare psycopg in between: a machine's speed drifts
WEB_PROCESSES = 2
LOOKS = 100  # at processes of which some just end
MOST_AT_ONCE = 8  # requests that the web processes work on at the same time
P50_BUDGET = 5.0  # ms
GROWTH_BUDGET = 1.5  # p95 at the largest study against the smallest
THROUGHPUT_BUDGET = 0.5  # of bare psycopg


def measure(
    *,
    say: Callable[[str], None],
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
            say(f"filling a study with {size:,} images")
            fill_study(installation, slug=slug, images=size)
            for count in clients:
                say(f"{count} clients on {size:,} images")
                drive, bare = driven_in_turns(installation, slug=slug, clients=count, seconds=seconds)
                figures += latencies(drive.counts, size=size, clients=count)
                figures += throughput(drive, bare, size=size, clients=count)
                if count == clients[0]:
                    alone[size] = drive.counts
    return figures + growth(alone)


@dataclass(kw_only=True)
class Drive:
    """What so many calls took: elapsed time as raters saw it, and CPU time of those who answered them."""

    calls: int = 0
    seconds: float = 0.0
    cpu: float = 0.0  # s, of the processes that run the statements
    database_cpu: float = 0.0  # s
    counts: Counts = field(default_factory=Counts)

    def add(self, other: "Drive") -> None:
        """Count another drive of the same kind in."""
        self.calls += other.calls
        self.seconds += other.seconds
        self.cpu += other.cpu
        self.database_cpu += other.database_cpu
        for name, seconds in other.counts.seconds.items():
            self.counts.seconds[name] += seconds

    @property
    def rate(self) -> float:
        """Give calls per second."""
        return self.calls / self.seconds

    @property
    def rate_per_cpu(self) -> float:
        """Give calls per CPU second of all who worked on them, the raters left out."""
        return self.calls / (self.cpu + self.database_cpu)

    @property
    def costs(self) -> tuple[float, float]:
        """Give the CPU time of one call, in ms: of those who run the statements, and of the database."""
        return 1000 * self.cpu / self.calls, 1000 * self.database_cpu / self.calls


def driven_in_turns(installation: Installation, *, slug: str, clients: int, seconds: float) -> tuple[Drive, Drive]:
    """Let raters click over HTTP, and the same statements run through bare psycopg, by turns."""
    warm = crowd_of(count=min(clients, MOST_AT_ONCE), port=installation.port, slug=slug, think=0)
    warm.start()
    time.sleep(1)
    warm.finish()
    drive, bare = Drive(), Drive()
    for _ in range(ROUNDS):
        drive.add(driven(installation, slug=slug, clients=clients, seconds=seconds / ROUNDS))
        among = min(clients, MOST_AT_ONCE)
        bare.add(driven_bare(installation, slug=slug, clients=among, seconds=seconds / ROUNDS))
    return drive, bare


def driven(installation: Installation, *, slug: str, clients: int, seconds: float) -> Drive:
    """Let raters click without a pause, once at least."""
    crowd = crowd_of(count=clients, port=installation.port, slug=slug, think=0)
    web, database = outermost(family(installation, "granian")), [psutil.Process(installation.postmaster_pid)]
    started, web_before, database_before = time.monotonic(), cpu_of(web), cpu_of(database)
    crowd.start()
    time.sleep(seconds)
    wait_for(lambda: crowd.so_far().acknowledged, what="a first rating")
    counts = crowd.finish()
    took = time.monotonic() - started
    calls = sum(len(times) for times in counts.seconds.values())
    return Drive(
        calls=calls,
        seconds=took,
        cpu=cpu_of(web) - web_before,
        database_cpu=cpu_of(database) - database_before,
        counts=counts,
    )


def cpu_of(processes: Sequence[psutil.Process]) -> float:
    """Give the CPU seconds that processes used so far, and those they started, whether these live or have ended.

    The time of one that ends counts with its parent from then on, so if that happens while we look, we look again.
    """
    for _ in range(LOOKS):
        try:
            return sum(spent_by(process) for process in processes)
        except psutil.NoSuchProcess:
            continue  # what is left of it is in its parent's times now
    raise InstallationError("The processes to be measured come and go too fast to be looked at.")


def spent_by(process: psutil.Process) -> float:
    """Give the CPU seconds of a process and its children, which are listed first, so that none ends unseen."""
    children = process.children()
    return sum(process.cpu_times()[:4]) + sum(spent_by(child) for child in children)


def outermost(processes: Sequence[psutil.Process]) -> list[psutil.Process]:
    """Leave out those that another of them has started."""
    known = {process.pid for process in processes}
    return [process for process in processes if process.ppid() not in known]


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


def throughput(drive: Drive, bare: Drive, *, size: int, clients: int) -> list[Figure]:
    """Put the calls per second, and the CPU time of one, beside those of the same statements through bare psycopg."""
    label = f"{size:,} images, {clients} clients"
    cost = "web {:.2f} and database {:.2f} ms a call".format(*drive.costs)
    bare_cost = "bare {:.2f} and database {:.2f}".format(*bare.costs)
    budget = f"budget: ratio of at least {THROUGHPUT_BUDGET}"
    return [
        beside(
            name=f"calls, {label}",
            value=drive.rate,
            unit="1/s",
            limit=bare.rate,
            note=f"limit: bare psycopg; {budget}; these raters share the cores",
        ),
        beside(
            name=f"calls per CPU second, {label}",
            value=drive.rate_per_cpu,
            unit="1/s",
            limit=bare.rate_per_cpu,
            note=f"without the raters' share: {cost}; {bare_cost}; {budget}",
        ),
    ]


def driven_bare(installation: Installation, *, slug: str, clients: int, seconds: float) -> Drive:
    """Run the same statements from as many processes as serve the web."""
    processes = min(WEB_PROCESSES, clients)
    command = [sys.executable, "-m", "annotate.benchmarks.bare", installation.dsn, slug]
    database = [psutil.Process(installation.postmaster_pid)]
    before = cpu_of(database)
    running = [
        subprocess.Popen(  # noqa: S603 - a command of our own
            [*command, str(clients // processes), str(seconds)],
            stdout=subprocess.PIPE,
            cwd=env.BASE_DIR,
            env=installation.environment,
        )
        for _ in range(processes)
    ]
    answers = [json.loads(process.communicate()[0]) for process in running]
    calls = sum(answer["calls"] for answer in answers)
    return Drive(
        calls=calls,
        seconds=seconds,
        cpu=sum(answer["cpu"] for answer in answers),
        database_cpu=cpu_of(database) - before,
    )


def growth(alone: dict[int, Counts]) -> list[Figure]:
    """Compare the largest study with the smallest, for one client."""
    figures = []
    for name in ("lease", "submit"):
        low, high = (percentile(alone[size].seconds[name], 0.95) for size in (min(alone), max(alone)))
        label = f"{name}: p95 at {max(alone):,} against {min(alone):,} images"
        figures.append(beside(name=label, value=high / low if low else 0, unit="times", limit=GROWTH_BUDGET))
    return figures
