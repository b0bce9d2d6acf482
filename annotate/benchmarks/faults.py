"""Kill parts of a running service, and count afterwards whether anything was lost."""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

import psutil

from annotate.benchmarks.audit import Audit, audit_records
from annotate.benchmarks.disturbances import DISTURBANCES
from annotate.benchmarks.installation import Installation, InstallationError, Preparation, wait_for
from annotate.benchmarks.learning import Watch
from annotate.benchmarks.raters import STUDY, Counts, Crowd, crowd_of, ways_of
from ratings.models import Study
from ratings.registry import design_named
from ratings.values.queues import EMBED, TRAIN

DEFAULT_DESIGN: str = Study._meta.get_field("design").get_default()
MAKE_STUDY = """
from annotate.benchmarks.trial_studies import make_trial_study
make_trial_study(design="{design}", slug="{slug}")
"""


def family(installation: Installation, *words: str) -> list[psutil.Process]:
    """Find the service's processes whose command has all these words."""
    found = []
    for process in psutil.Process(installation.pid).children(recursive=True):
        try:
            if set(words) <= set(" ".join(process.cmdline()).replace("/", " ").split()):
                found.append(process)
        except psutil.NoSuchProcess:  # it ended meanwhile, so it is none to strike
            continue
    return found


def web(installation: Installation) -> list[int]:
    """Give the web server's processes: the one that listens and those that answer."""
    masters = family(installation, "granian")
    return [process.pid for master in masters for process in (master, *master.children(recursive=True))]


def worker(installation: Installation) -> list[int]:
    """Give the background workers' processes."""
    return [process.pid for process in family(installation, "celery", "worker")]


def gpu(installation: Installation) -> list[int]:
    """Give the processes of the worker that embeds and trains, alone: on a large installation it has a GPU."""
    return [process.pid for process in family(installation, "celery", "worker", f"{EMBED},{TRAIN}")]


def reward(installation: Installation) -> list[int]:
    """Give the reward server's processes."""
    servers = family(installation, "serve_reward")
    return [process.pid for server in servers for process in (server, *server.children(recursive=True))]


def broker(installation: Installation) -> list[int]:
    """Give the broker's process: the one that works in its folder."""
    folder = str(installation.folder / "var" / "valkey")
    return [process.pid for process in psutil.process_iter() if is_broker_of(process, folder)]


def is_broker_of(process: psutil.Process, folder: str) -> bool:
    """Tell whether a process is the broker that keeps its files there."""
    try:
        return "valkey" in process.name() and folder in " ".join([*process.cmdline(), process.cwd()])
    except psutil.Error:  # it ended meanwhile, or belongs to somebody else: not ours
        return False


def database(installation: Installation) -> list[int]:
    """Give the database's first process."""
    return [installation.postmaster_pid]


def beat(installation: Installation) -> list[int]:
    """Give the clock's process."""
    return [process.pid for process in family(installation, "celery", "beat")]


def everything(installation: Installation) -> list[int]:
    """Give the processes of all parts, to be killed at once."""
    return list({pid for part in PARTS.values() if part is not everything for pid in part(installation)})


PARTS: dict[str, Callable[[Installation], list[int]]] = {
    "reward": reward,
    "web": web,
    "worker": worker,
    "gpu": gpu,
    "beat": beat,
    "broker": broker,
    "database": database,
    "everything": everything,
}
SUPERVISOR = "supervisor"  # is killed, too, and started again by hand
FAULTS = (*PARTS, SUPERVISOR, *DISTURBANCES)


def kill(pids: Collection[int]) -> int:
    """Kill processes without a chance to clean up; give how many there were."""
    killed = 0
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
            killed += 1
        except ProcessLookupError:  # ended before it was killed, so not counted
            continue
    return killed


@dataclass(frozen=True, kw_only=True)
class FaultTrial:
    """How many raters, for how long, and what is killed meanwhile, one after the other."""

    raters: int
    seconds: float
    parts: tuple[str, ...] = ()
    design: str = DEFAULT_DESIGN  # of the study that they work at
    slug: str = STUDY
    think: float = 0.3
    lasting: float = 20.0  # s, for what is not over at once

    @property
    def preparations(self) -> list[Preparation]:
        """Give what the service needs that these things can happen to."""
        found = [DISTURBANCES[part].prepare for part in self.parts if part in DISTURBANCES]
        return [prepare for prepare in found if prepare is not None]


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a trial showed."""

    audit: Audit
    counts: Counts
    outages: dict[str, float]  # s from a kill, or the end of what lasts, to the next acknowledged rating
    learning: dict[str, list[float]]  # s from a rating to the taste that knows it, and to a queue full enough


def run_trial(installation: Installation, trial: FaultTrial, *, say: Callable[[str], None]) -> Report:
    """Let raters work while parts are killed one after the other, then count."""
    installation.command("shell", "-c", MAKE_STUDY.format(design=trial.design, slug=trial.slug))
    design = design_named(trial.design)
    crowd = crowd_of(
        count=trial.raters, port=installation.port, slug=trial.slug, think=trial.think, ways=ways_of(design)
    )
    watch = Watch(installation)
    say(f"{trial.raters} raters for {trial.seconds:g} s")
    crowd.start()
    if design.trains:
        watch.thread.start()
    outages = {}
    for part in trial.parts:
        time.sleep(trial.seconds / (len(trial.parts) + 1))
        outages[part] = outage(installation, part, crowd, lasting=trial.lasting)
        say(f"{part}: the next answer was acknowledged after {outages[part]:.1f} s")
    time.sleep(trial.seconds / (len(trial.parts) + 1))
    if design.trains:
        with contextlib.suppress(InstallationError):  # the report says so
            wait_for(watch.has_seen_all, what="a taste that was learned, and a full queue after that")
    counts = crowd.finish()
    wait_for(installation.is_healthy, what="a healthy service after the trial")
    learning = watch.finish() if design.trains else {}
    say(f"{len(counts.acknowledged)} {design.answers} acknowledged; counting once the leases have run out")
    audit = audit_records(installation, counts, design=design, slug=trial.slug)
    return Report(audit=audit, counts=counts, outages=outages, learning=learning)


def outage(installation: Installation, part: str, crowd: Crowd, *, lasting: float) -> float:
    """Do harm; give the seconds from then, or from its end, until a rating is acknowledged that was sent after that."""
    if part in DISTURBANCES:
        DISTURBANCES[part].strike(installation, lasting)
    elif part == SUPERVISOR:
        installation.kill_and_start()
    else:  # a part that an earlier kill ended may still be starting
        wait_for(lambda: kill(PARTS[part](installation)) > 0, what=f"{part} to run, to be killed")
    started, before = time.monotonic(), len(crowd.so_far().acknowledged)
    in_flight = len(crowd.raters)  # answers that may have been on their way
    wait_for(lambda: len(crowd.so_far().acknowledged) > before + in_flight, what=f"ratings after harm to: {part}")
    return time.monotonic() - started
