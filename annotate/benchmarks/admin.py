"""How fast the pages of the admin are in a large installation, and how many queries each asks."""

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from typing import Any, LiteralString

import psycopg

from annotate import env
from annotate.benchmarks.figures import Figure, beside, percentile
from annotate.benchmarks.installation import Installation, InstallationError, new_installation
from annotate.benchmarks.studies import fill_study

SLUG = "admin"
IMAGES = 1_000_000
RATERS = 100_000
RATINGS_PER_RATER = 100  # 10,000,000 in all
RATERS_AT_ONCE = 10_000
FLAGS = 2_000
AUDIT_ROWS = 100_000
BUDGET = 300.0  # ms, p95
QUERIES_BUDGET = 20
PATIENCE = 20_000  # ms that one statement may take: a page above that has failed anyway
SLOWEST = 40  # kinds of pages that are printed

ADD_RATINGS: LiteralString = """
    SET LOCAL session_replication_role = replica;  -- what is made here fits by construction
    CREATE TEMPORARY TABLE newcomers ON COMMIT DROP AS
        SELECT gen_random_uuid() AS rater, gen_random_uuid() AS part, n FROM generate_series(1, %(raters)s) AS n;
    INSERT INTO ratings_rater (id, is_simulated, created_at)
    SELECT rater, false, now() - n * interval '1 minute' FROM newcomers;
    INSERT INTO ratings_participation (id, study_id, rater_id, state, consent_version, consented_at, external_id,
        external_session, quota, done, served, created_at, last_seen_at)
    SELECT part, study.id, rater, 'complete', '1', now(), 'P' || n || '-' || %(first)s, '', %(each)s, %(each)s,
        %(each)s, now(), now() - n * interval '1 minute'
    FROM newcomers, ratings_study AS study WHERE study.slug = %(slug)s;
    WITH made AS (
        INSERT INTO ratings_assignment (participation_id, study_image_id, image_id, kind, state, policy, propensity,
            model_version, rank, position, created_at, closed_at, skip_reason)
        SELECT part, place.id, place.image_id, 'fresh', 'rated', 'random', 0.01, '', 0, k, now(), now(), ''
        FROM newcomers, generate_series(1, %(each)s) AS k, ratings_study AS study, ratings_studyimage AS place
        WHERE study.slug = %(slug)s AND place.study_id = study.id
          AND place.ordinal = ((n + %(first)s)::bigint * 9973 + k * 7919) %% %(images)s
        RETURNING id, participation_id, image_id
    )
    INSERT INTO ratings_rating (nonce, assignment_id, participation_id, image_id, value, response_ms, client,
        created_at)
    SELECT gen_random_uuid(), id, participation_id, image_id, 1 + id %% 5, 900, '{}',
        now() - (id %% 100000) * interval '1 minute'
    FROM made
"""
COUNT_PLACES: LiteralString = """
    UPDATE ratings_studyimage SET taken = rated.n
    FROM (SELECT study_image_id, count(*) AS n FROM ratings_assignment GROUP BY 1) AS rated
    WHERE ratings_studyimage.id = rated.study_image_id
"""
ADD_FLAGS: LiteralString = """
    INSERT INTO ratings_qualityflag (participation_id, reason, finding, state, created_at)
    SELECT id, 'fast', 'Half of the answers took less than 300 ms.', 'raised', now()
    FROM ratings_participation LIMIT %(count)s
"""
ADD_ENTRIES: LiteralString = """
    INSERT INTO ratings_auditentry (action, target, actor_id, detail, created_at)
    SELECT (ARRAY['edit', 'export', 'withdraw'])[1 + n %% 3], 'study ' || n, NULL, '{}', now() - n * interval '1 minute'
    FROM generate_series(1, %(count)s) AS n
"""
COUNT = "from ratings.services.counted_studies import count_large_studies; count_large_studies()"


def measure(
    *,
    say: Callable[[str], None],
    images: int = IMAGES,
    raters: int = RATERS,
    ratings_per_rater: int = RATINGS_PER_RATER,
) -> list[Figure]:
    """Measure in a scratch installation that is removed afterwards."""
    with new_installation("--only", "web") as installation:
        say(f"making {images:,} images")
        fill_study(installation, slug=SLUG, images=images)
        say(f"making {raters:,} raters with {raters * ratings_per_rater:,} ratings")
        add_raters(installation, raters=raters, each=ratings_per_rater, images=images)
        say("counting what is large, as a worker does")
        installation.command("shell", "-c", COUNT)
        say("asking every page that links lead to")
        return figures_of(ask_pages(installation))


def add_raters(installation: Installation, *, raters: int, each: int, images: int) -> None:
    """Let raters have rated images all over the study."""
    for first in range(0, raters, RATERS_AT_ONCE):
        names: dict[str, Any] = {"raters": min(RATERS_AT_ONCE, raters - first), "first": first, "each": each}
        with installation.connection() as connection:
            statements = psycopg.ClientCursor(connection)  # several at once take their values in the client only
            statements.execute(ADD_RATINGS, names | {"slug": SLUG, "images": images})
    with installation.connection() as connection:
        connection.execute(COUNT_PLACES)
        connection.execute(ADD_FLAGS, {"count": FLAGS})
        connection.execute(ADD_ENTRIES, {"count": AUDIT_ROWS})
    with installation.connection() as connection:
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE")


def ask_pages(installation: Installation) -> list[dict[str, Any]]:
    """Have a process of its own ask the pages."""
    process = subprocess.run(
        [sys.executable, "-m", "annotate.benchmarks.admin_pages"],
        cwd=env.BASE_DIR,
        env=installation.environment | {"PGOPTIONS": f"-c statement_timeout={PATIENCE}"},
        capture_output=True,
        text=True,
        check=False,
    )
    if process.returncode:
        raise InstallationError(f"Asking the pages ended with {process.returncode}: {process.stderr[-3000:]}")
    return [json.loads(line) for line in process.stdout.splitlines()]


def figures_of(asked: list[dict[str, Any]]) -> list[Figure]:
    """Give p95 of all looks at each kind of page, the slowest first, and the most queries that one address took."""
    kinds = defaultdict(list)
    for one in asked:
        kinds[one["kind"]].append(one)
    figures = []
    for kind, pages in kinds.items():
        seconds = [PATIENCE / 1000 if one["failed"] else second for one in pages for second in one["seconds"] or [0.0]]
        failed = next((f"{one['address']}: {one['failed']}" for one in pages if one["failed"]), "")
        note = failed or f"{max(one['queries'] for one in pages)} queries"
        figures.append(beside(name=kind, value=1000 * percentile(seconds, 0.95), unit="ms", limit=BUDGET, note=note))
    figures.sort(key=lambda figure: -figure.value)
    most = max(asked, key=lambda one: int(one["queries"]))
    slow = sum(figure.value > BUDGET for figure in figures)
    return [
        *figures[:SLOWEST],
        beside(
            name="most queries of one page",
            value=most["queries"],
            unit="queries",
            limit=QUERIES_BUDGET,
            note=most["address"],
        ),
        beside(
            name="kinds of pages above the budget",
            value=slow,
            unit="of",
            limit=len(figures),
            note=f"{len(asked)} addresses",
        ),
    ]
