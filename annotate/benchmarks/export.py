"""Write a dump of many ratings to Parquet: rows per second beside a bare read of the table, and peak memory."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import LiteralString

import psutil

from annotate import env
from annotate.benchmarks.figures import Figure, beside
from annotate.benchmarks.installation import Installation, InstallationError, new_installation
from annotate.benchmarks.studies import fill_study

SLUG = "export"
SIZES = (1_000_000, 10_000_000)  # ratings
RATINGS_PER_RATER = 1000
IMAGES = 20_000
MEMORY_BUDGET = 300.0  # MiB
SPEED_BUDGET = 200_000.0  # rows/s
MEBIBYTE = 2**20
LOOK_EVERY = 0.05  # s

ADD_RATINGS: LiteralString = """
    SET LOCAL session_replication_role = replica;  -- what is made here fits by construction
    CREATE TEMPORARY TABLE newcomers ON COMMIT DROP AS
        SELECT gen_random_uuid() AS rater, gen_random_uuid() AS part FROM generate_series(1, {raters});
    INSERT INTO ratings_rater (id, is_simulated, created_at) SELECT rater, false, now() FROM newcomers;
    INSERT INTO ratings_participation (id, study_id, rater_id, state, consent_version, consented_at, external_id,
        external_session, quota, done, served, created_at, last_seen_at)
    SELECT part, study.id, rater, 'complete', '1', now(), '', '', {each}, {each}, {each}, now(), now()
    FROM newcomers, ratings_study AS study WHERE study.slug = '{slug}';
    WITH made AS (
        INSERT INTO ratings_assignment (participation_id, study_image_id, image_id, kind, state, policy, propensity,
            model_version, rank, position, created_at, closed_at, skip_reason)
        SELECT part, place.id, place.image_id, 'fresh', 'rated', 'random', 0.01, '', 0, place.ordinal + 1, now(),
            now(), '' FROM newcomers, ratings_studyimage AS place WHERE place.ordinal < {each}
        RETURNING id, participation_id, image_id
    )
    INSERT INTO ratings_rating (nonce, assignment_id, participation_id, image_id, value, response_ms, client,
        created_at)
    SELECT gen_random_uuid(), id, participation_id, image_id, 1 + id % 5, 900, '{{}}', now() FROM made
"""
READ_ALL: LiteralString = (
    "COPY (SELECT r.*, a.policy, a.propensity, a.position FROM ratings_rating r"
    " JOIN ratings_assignment a ON a.id = r.assignment_id) TO STDOUT (FORMAT binary)"
)


@dataclass(kw_only=True)
class ExportCost:
    """What one export took."""

    seconds: float
    processor: float  # s of this process; the server's share is not in it
    peak: float  # MiB


def measure(*, say: Callable[[str], None], sizes: Sequence[int] = SIZES) -> list[Figure]:
    """Measure in a scratch installation that is removed afterwards."""
    figures: list[Figure] = []
    made = 0
    with new_installation("--only", "web") as installation:
        fill_study(installation, slug=SLUG, images=IMAGES)
        for size in sizes:
            say(f"making {size - made:,} more ratings")
            add_ratings(installation, count=size - made)
            made = size
            say(f"exporting {size:,} ratings")
            figures += figures_of(installation, size=size)
    return figures


def add_ratings(installation: Installation, *, count: int) -> None:
    """Let raters have rated."""
    statement = ADD_RATINGS.format(raters=count // RATINGS_PER_RATER, each=RATINGS_PER_RATER, slug=SLUG)
    with installation.connection() as connection:
        connection.execute(statement)
        connection.execute("ANALYZE")


def figures_of(installation: Installation, *, size: int) -> list[Figure]:
    """Export once; put speed beside a bare read, and memory beside its budget."""
    took = measure_export(installation, size=size)
    bare = size / read_seconds(installation)
    note = (
        f"limit: the same rows read through COPY; budget: {SPEED_BUDGET:,.0f}, start of the command included; "
        f"{size / took.processor:,.0f} rows per second of its processor time"
    )
    return [
        beside(name=f"export of {size:,} ratings", value=size / took.seconds, unit="rows/s", limit=bare, note=note),
        beside(name=f"export of {size:,} ratings, memory", value=took.peak, unit="MiB", limit=MEMORY_BUDGET),
    ]


def measure_export(installation: Installation, *, size: int) -> ExportCost:
    """Run the command `export` and watch its memory."""
    out = installation.folder / f"dump-{size}"
    command = [sys.executable, "manage.py", "export", SLUG, "--format", "parquet", "--out", str(out)]
    started = time.monotonic()
    process = subprocess.Popen(  # noqa: S603 - a command of our own
        command, cwd=env.BASE_DIR, env=installation.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    seen = ExportCost(seconds=0.0, processor=0.0, peak=0.0)
    watcher = threading.Thread(target=watch, args=(process.pid, seen), daemon=True)
    watcher.start()
    if process.wait():
        raise InstallationError(f"The export ended with {process.returncode}.")
    seen.seconds = time.monotonic() - started
    watcher.join()
    return seen


def watch(pid: int, seen: ExportCost) -> None:
    """Note memory and processor time of a process until it ends."""
    try:
        process = psutil.Process(pid)
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            seen.peak = max(seen.peak, process.memory_info().rss / MEBIBYTE)
            seen.processor = sum(process.cpu_times()[:2])
            time.sleep(LOOK_EVERY)
    except psutil.NoSuchProcess:  # it ended between two looks
        return


def read_seconds(installation: Installation) -> float:
    """Read the same rows without doing anything with them."""
    started = time.monotonic()
    with installation.connection() as connection, connection.cursor().copy(READ_ALL) as rows:
        for _ in rows:
            pass
    return time.monotonic() - started
