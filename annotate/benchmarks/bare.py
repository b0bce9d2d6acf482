"""The statements of a lease and a submission through bare psycopg: what the database alone would allow."""

import json
import random
import sys
import threading
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString, cast

import django
import psycopg

from annotate import env
from annotate.benchmarks.studies import QUOTA

if __name__ == "__main__":  # the statements stand beside the models that they fill
    env.select_settings()
    django.setup()

from ratings.registry import ONE_IMAGE
from ratings.services.fallback_policies import COVERAGE_WINDOW
from ratings.statements.answers import STATEMENTS
from ratings.statements.candidates import LEAST_COVERED
from ratings.statements.locks import HELD, LOCK, OPEN_ASSIGNMENTS, SAVE_PROGRESS, STUDY
from ratings.statements.queues import LEASE_NEW, SHOWN
from ratings.statements.raters import PART_OF_RATER, RATER_BY_PART
from ratings.statements.slots import SLOTS

IMAGES_PER_LEASE = 5
LEASE = timedelta(minutes=20)
ENROL: LiteralString = """
    WITH rater AS (
        INSERT INTO ratings_rater (id, is_simulated, created_at) VALUES (gen_random_uuid(), false, now()) RETURNING id
    )
    INSERT INTO ratings_participation (id, study_id, rater_id, state, consent_version, consented_at, external_id,
        external_session, quota, done, served, created_at, last_seen_at)
    SELECT gen_random_uuid(), study.id, rater.id, 'active', '1', now(), '', '', study.quota, 0, 0, now(), now()
    FROM rater, ratings_study AS study WHERE study.slug = %(slug)s RETURNING id, rater_id, study_id
"""


class BareRater:
    """A rater without a web server: the same statements in the same transactions, and nothing made of the answers."""

    def __init__(self, *, dsn: str, slug: str) -> None:
        """Join the study."""
        self.connection = psycopg.connect(dsn, autocommit=True)
        self.names: dict[str, Any] = {"slug": slug, "state": "active", "completed_at": None}
        self.names |= {"client": "{}", "replaces": None, "response_ms": 900, "texts": None}
        self.images: dict[int, uuid.UUID] = {}  # by assignment
        self.calls = 0
        self.enrol()

    def enrol(self) -> None:
        """Begin as somebody new."""
        ((participation, rater, study),) = self.ask(ENROL)
        self.names |= {"participation": participation, "key": participation, "rater": rater, "study": study}
        self.done = self.served = 0

    def ask(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        """Run one statement."""
        cursor = self.connection.execute(cast("Any", statement), {**self.names, **values})
        return cursor.fetchall() if cursor.description else []

    def lease(self) -> None:
        """Take images by coverage."""
        now = datetime.now(UTC)
        self.ask(RATER_BY_PART)
        self.ask(PART_OF_RATER)
        with self.connection.transaction():
            self.ask(LOCK)
            self.ask(STUDY)
            self.ask(OPEN_ASSIGNMENTS)
            rows = self.ask(LEAST_COVERED, limit=COVERAGE_WINDOW)
            image_of = {row[0]: row[1] for row in random.sample(rows, min(IMAGES_PER_LEASE, len(rows)))}
            places = [row[0] for row in self.ask(SLOTS[ONE_IMAGE].take, items=list(image_of))]
            images = [image_of[place] for place in places]
            positions = [self.served + number for number in range(1, len(places) + 1)]
            new: dict[str, Any] = {"study_images": places, "images": images, "positions": positions}
            new |= {"kinds": ["fresh"] * len(places), "policies": ["coverage"] * len(places)}
            new |= {"propensities": [0.01] * len(places), "now": now, "end": now + LEASE}
            keys = dict(self.ask(LEASE_NEW, **new))
            self.served += len(places)
            self.ask(SAVE_PROGRESS, served=self.served, done=self.done, now=now)
            self.ask(SHOWN, images=images)
        self.images = {keys[position]: image for position, image in zip(positions, images, strict=True)}

    def rate(self, assignment: int) -> None:
        """Give one rating."""
        names = {"assignment": assignment, "key": assignment, "nonce": uuid.uuid4()}
        self.ask(RATER_BY_PART)
        with self.connection.transaction():
            self.ask(HELD[ONE_IMAGE].lock_owner, **names)
            self.ask(STATEMENTS[ONE_IMAGE].meet, **names)
            self.done += 1
            said = {"image_id": self.images[assignment], "value": 3.0, "scales": None}
            said |= {"done": self.done, "now": datetime.now(UTC)}
            self.ask(STATEMENTS[ONE_IMAGE].record, **names, **said)

    def run(self, seconds: float) -> None:
        """Lease and rate for so long, once at least."""
        end = time.monotonic() + seconds
        while not self.calls or time.monotonic() < end:
            if self.served >= QUOTA:
                self.enrol()
            self.lease()
            for assignment in self.images:
                self.rate(assignment)
            self.calls += 1 + len(self.images)


def main() -> None:
    """Run raters in threads of this process; write how many calls they made, and the CPU seconds that took."""
    dsn, slug, count, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    raters = [BareRater(dsn=dsn, slug=slug) for _ in range(count)]
    threads = [threading.Thread(target=rater.run, args=(seconds,)) for rater in raters]
    before = time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent = time.process_time() - before
    sys.stdout.write(json.dumps({"calls": sum(rater.calls for rater in raters), "cpu": spent}))


if __name__ == "__main__":
    main()
