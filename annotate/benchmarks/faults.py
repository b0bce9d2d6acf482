"""Kill parts of a running service, and count afterwards whether anything was lost."""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from http import HTTPStatus

import psutil

from annotate.benchmarks.disturbances import DISTURBANCES
from annotate.benchmarks.installation import Installation, InstallationError, Preparation, wait_for
from annotate.benchmarks.learning import Watch
from annotate.benchmarks.raters import Counts, Crowd, crowd_of
from ratings.values.queues import EMBED, TRAIN

STUDY = "trial"
IMAGES = 400
DESCRIPTION = f"""
from ratings.choices import StudyState
from ratings.models import Image, Study, StudyImage
study = Study.objects.create(slug="{STUDY}", title="Trial", state=StudyState.OPEN, practice_count=0, quota=60,
                             target=40, lease_minutes=1, retrain_every=1000000)
images = Image.objects.bulk_create(
    Image(sha256=f"{{n:064x}}", width=8, height=8, path=f"images/{{n}}.webp", placeholder="data:,")
    for n in range({IMAGES}))
StudyImage.objects.bulk_create(
    StudyImage(study=study, image=image, name=str(n), ordinal=n, shuffle=n * 0.618 % 1, target=study.target)
    for n, image in enumerate(images))
from scoring.trials.synthetic_model import serve_synthetic_model
serve_synthetic_model(study=study)
"""


def make_trial_study(installation: Installation) -> None:
    """Fill an installation with an open study of pictures that nobody looks at, and a model that serves it."""
    installation.command("shell", "-c", DESCRIPTION)


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
class Audit:
    """What must be zero after any trial, beside what was done."""

    acknowledged: int
    lost: int
    duplicated: int
    over_target: int
    miscounted_places: int
    miscounted_raters: int
    stranded_leases: int
    server_errors: int

    @property
    def faults(self) -> dict[str, int]:
        """Give what should be zero and is not."""
        return {name: count for name, count in asdict(self).items() if name != "acknowledged" and count}


def audit_records(installation: Installation, counts: Counts) -> Audit:
    """Compare what was acknowledged to raters with what the records hold, once all leases have run out."""
    expire_leases(installation)
    stored = {str(row[0]) for row in installation.query("SELECT nonce FROM ratings_rating")}
    twice = installation.query(
        "SELECT a.participation_id, a.image_id"
        " FROM ratings_assignment a JOIN ratings_rating r ON r.assignment_id = a.id"
        " WHERE a.kind = 'fresh' AND r.replaced_at IS NULL GROUP BY 1, 2 HAVING count(*) > 1"
    )
    places = installation.query(
        "SELECT s.taken, s.target, count(a.id) FILTER (WHERE a.kind = 'fresh' AND a.state IN ('leased', 'rated'))"
        " FROM ratings_studyimage s LEFT JOIN ratings_assignment a ON a.study_image_id = s.id GROUP BY s.id"
    )
    counted_wrong = installation.query(
        "SELECT p.id FROM ratings_participation p LEFT JOIN ratings_assignment a ON a.participation_id = p.id"
        " LEFT JOIN ratings_rating r ON r.assignment_id = a.id AND r.replaced_at IS NULL"
        " AND r.value IS NOT NULL AND a.kind <> 'practice'"
        " GROUP BY p.id HAVING p.done <> count(r.id) OR p.served <> coalesce(max(a.position), 0)"
    )
    leased = installation.query("SELECT count(*) FROM ratings_assignment WHERE state = 'leased'")
    return Audit(
        acknowledged=len(counts.acknowledged),
        lost=len(counts.acknowledged - stored),
        duplicated=len(twice),
        over_target=sum(1 for taken, target, held in places if max(taken, held) > target),
        miscounted_places=sum(1 for taken, _, held in places if taken != held),
        miscounted_raters=len(counted_wrong),
        stranded_leases=leased[0][0],
        server_errors=counts.statuses[HTTPStatus.INTERNAL_SERVER_ERROR],
    )


def expire_leases(installation: Installation) -> None:
    """Let every lease run out now, and give the clock the time to notice."""
    installation.query("UPDATE ratings_assignment SET lease_expires_at = now() WHERE state = 'leased'")

    def is_empty() -> bool:
        return installation.query("SELECT count(*) FROM ratings_assignment WHERE state = 'leased'") == [(0,)]

    with contextlib.suppress(InstallationError):  # the audit counts what is left
        wait_for(is_empty, what="the clock to give leases back")


@dataclass(frozen=True, kw_only=True)
class FaultTrial:
    """How many raters, for how long, and what is killed meanwhile, one after the other."""

    raters: int
    seconds: float
    parts: tuple[str, ...] = ()
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
    make_trial_study(installation)
    crowd = crowd_of(count=trial.raters, port=installation.port, slug=STUDY, think=trial.think)
    watch = Watch(installation)
    say(f"{trial.raters} raters for {trial.seconds:g} s")
    crowd.start()
    watch.thread.start()
    outages = {}
    for part in trial.parts:
        time.sleep(trial.seconds / (len(trial.parts) + 1))
        outages[part] = outage(installation, part, crowd, lasting=trial.lasting)
        say(f"{part}: the next rating was acknowledged after {outages[part]:.1f} s")
    time.sleep(trial.seconds / (len(trial.parts) + 1))
    with contextlib.suppress(InstallationError):  # the report says so
        wait_for(watch.has_seen_all, what="a taste that was learned, and a full queue after that")
    counts = crowd.finish()
    wait_for(installation.is_healthy, what="a healthy service after the trial")
    learning = watch.finish()
    say(f"{len(counts.acknowledged)} ratings acknowledged; counting once the leases have run out")
    return Report(audit=audit_records(installation, counts), counts=counts, outages=outages, learning=learning)


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
