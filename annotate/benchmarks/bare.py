"""The statements of a lease and a submission through bare psycopg: what the database alone would allow."""

import json
import sys
import threading
import time
import uuid
from typing import Any, LiteralString

import psycopg

IMAGES_PER_LEASE = 5
ENROL: LiteralString = """
    WITH rater AS (
        INSERT INTO ratings_rater (id, is_simulated, created_at) VALUES (gen_random_uuid(), false, now()) RETURNING id
    )
    INSERT INTO ratings_participation (id, study_id, rater_id, state, consent_version, consented_at, external_id,
        external_session, quota, done, served, created_at, last_seen_at)
    SELECT gen_random_uuid(), study.id, rater.id, 'active', '1', now(), '', '', 1000000, 0, 0, now(), now()
    FROM rater, ratings_study AS study WHERE study.slug = %s RETURNING id, rater_id, study_id
"""
WHO: LiteralString = (
    "SELECT r.* FROM ratings_rater r JOIN ratings_participation p ON p.rater_id = r.id WHERE p.id = %(participation)s"
)
PART: LiteralString = (
    "SELECT p.id FROM ratings_participation p JOIN ratings_study s ON s.id = p.study_id"
    " WHERE p.rater_id = %(rater)s AND s.slug = %(slug)s"
)
LOCK: LiteralString = "SELECT * FROM ratings_participation WHERE id = %(participation)s FOR NO KEY UPDATE"
LOCK_OF: LiteralString = (
    "SELECT p.* FROM ratings_participation p JOIN ratings_assignment a ON a.participation_id = p.id"
    " WHERE a.id = %(assignment)s FOR NO KEY UPDATE OF p"
)
STUDY: LiteralString = "SELECT * FROM ratings_study WHERE id = %(study)s"
HAND: LiteralString = (
    "SELECT * FROM ratings_assignment WHERE participation_id = %(participation)s AND state IN ('leased', 'queued')"
)
LEAST: LiteralString = """
    SELECT s.id, s.image_id, s.taken FROM ratings_studyimage s
    WHERE NOT EXISTS (SELECT 1 FROM ratings_assignment a WHERE a.participation_id = %(participation)s
                      AND a.image_id = s.image_id AND a.kind = 'fresh' AND a.state NOT IN ('released', 'queued'))
      AND s.study_id = %(study)s AND s.is_active AND NOT s.is_practice AND s.taken < s.target
    ORDER BY s.taken, s.shuffle LIMIT 64
"""
TAKE: LiteralString = """
    UPDATE ratings_studyimage AS place SET taken = place.taken + 1
    FROM (SELECT id FROM ratings_studyimage WHERE id = ANY(%(ids)s) AND is_active AND taken < target
          ORDER BY id FOR NO KEY UPDATE) AS free
    WHERE place.id = free.id AND place.taken < place.target RETURNING place.id, place.image_id
"""
GIVE: LiteralString = """
    INSERT INTO ratings_assignment (participation_id, study_image_id, image_id, kind, state, policy, propensity,
        model_version, rank, position, created_at, leased_at, lease_expires_at, skip_reason)
    SELECT %(participation)s, id, image_id, 'fresh', 'leased', 'coverage', 0.01, '', 0, 1, now(), now(),
        now() + interval '20 minutes', '' FROM ratings_studyimage WHERE id = ANY(%(ids)s) RETURNING id
"""
COUNT_SERVED: LiteralString = (
    "UPDATE ratings_participation SET served = served + 5, last_seen_at = now() WHERE id = %(participation)s"
)
SHOW: LiteralString = "SELECT * FROM ratings_image WHERE id = ANY(%(images)s)"
STANDING: LiteralString = (
    "SELECT * FROM ratings_rating WHERE nonce = %(nonce)s OR (assignment_id = %(assignment)s AND replaced_at IS NULL)"
)
HOLD: LiteralString = "SELECT * FROM ratings_assignment WHERE id = %(assignment)s FOR NO KEY UPDATE"
RATE: LiteralString = """
    WITH closed AS (
        UPDATE ratings_assignment SET state = 'rated', closed_at = now() WHERE id = %(assignment)s
    ), counted AS (
        UPDATE ratings_participation SET done = done + 1, last_seen_at = now() WHERE id = %(participation)s
    )
    INSERT INTO ratings_rating
        (nonce, assignment_id, participation_id, image_id, value, response_ms, client, created_at)
    SELECT %(nonce)s, id, participation_id, image_id, 3, 900, '{}', now()
    FROM ratings_assignment WHERE id = %(assignment)s RETURNING id
"""


class BareRater:
    """A rater without a web server: the same statements, the same transactions."""

    def __init__(self, *, dsn: str, slug: str) -> None:
        """Join the study."""
        self.connection = psycopg.connect(dsn, autocommit=True)
        row = self.connection.execute(ENROL, [slug]).fetchone()
        assert row is not None  # noqa: S101 - it returns what it inserts
        self.names: dict[str, Any] = {"participation": row[0], "rater": row[1], "study": row[2], "slug": slug}
        self.calls = 0

    def ask(self, statement: LiteralString, **values: Any) -> list[tuple[Any, ...]]:
        """Run one statement."""
        cursor = self.connection.execute(statement, {**self.names, **values})
        return cursor.fetchall() if cursor.description else []

    def lease(self) -> list[int]:
        """Take images by coverage."""
        self.ask(WHO)
        self.ask(PART)
        with self.connection.transaction():
            self.ask(LOCK)
            self.ask(STUDY)
            self.ask(HAND)
            chosen = [row[0] for row in self.ask(LEAST)][:: 64 // IMAGES_PER_LEASE][:IMAGES_PER_LEASE]
            places = self.ask(TAKE, ids=chosen)
            assignments = [row[0] for row in self.ask(GIVE, ids=[row[0] for row in places])]
            self.ask(COUNT_SERVED)
            self.ask(SHOW, images=[row[1] for row in places])
        return assignments

    def rate(self, assignment: int) -> None:
        """Give one opinion."""
        names = {"assignment": assignment, "nonce": uuid.uuid4()}
        self.ask(WHO)
        with self.connection.transaction():
            self.ask(LOCK_OF, **names)
            self.ask(STUDY)
            self.ask(STANDING, **names)
            self.ask(HOLD, **names)
            self.ask(RATE, **names)

    def run(self, seconds: float) -> None:
        """Lease and rate for so long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for assignment in self.lease():
                self.rate(assignment)
                self.calls += 1
            self.calls += 1


def main() -> None:
    """Run raters in threads of this process; write how many calls they made."""
    dsn, slug, count, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    raters = [BareRater(dsn=dsn, slug=slug) for _ in range(count)]
    threads = [threading.Thread(target=rater.run, args=(seconds,)) for rater in raters]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.stdout.write(json.dumps(sum(rater.calls for rater in raters)))


if __name__ == "__main__":
    main()
