"""Watch how long after a rating its rater's taste knows of it, and their queue is full enough again."""

import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import LiteralString
from uuid import UUID

import psycopg

from annotate.benchmarks.installation import Installation

PERIOD = 0.1  # s between two looks: how exact the times of queues are
ENOUGH = 8  # images waiting: with fewer a worker chooses more
LOOK: LiteralString = """
    SELECT taste.participation_id, taste.last_rating, taste.updated_at, clock_timestamp(), (
        SELECT count(*) FROM ratings_assignment AS held
        WHERE held.participation_id = taste.participation_id AND held.state = 'queued' AND held.kind = 'fresh'
    )
    FROM scoring_taste AS taste JOIN ratings_participation AS part ON part.id = taste.participation_id
    WHERE part.state = 'active'
"""
RATINGS: LiteralString = "SELECT participation_id, id, created_at FROM ratings_rating ORDER BY id"


@dataclass(kw_only=True)
class Learned:
    """When the taste of one rater was seen to know which rating, each with the number of ratings known then."""

    tastes: list[tuple[int, datetime]] = field(default_factory=list)
    queues: list[tuple[int, datetime]] = field(default_factory=list)  # the same, with enough images waiting


class Watch:
    """Looks into the database many times a second, from a thread of its own."""

    def __init__(self, installation: Installation) -> None:
        """Hold where to look."""
        self.installation = installation
        self.raters: dict[UUID, Learned] = {}
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self) -> None:
        """Look until stopped; a database that is away is asked again."""
        while not self.stop.is_set():
            with suppress(psycopg.Error, OSError), self.installation.connection() as connection:  # away: asked again
                connection.autocommit = True
                while not self.stop.wait(PERIOD):
                    self.look(connection)
            self.stop.wait(PERIOD)

    def look(self, connection: psycopg.Connection) -> None:
        """Write down what is new."""
        for participation, newest, updated_at, now, waiting in connection.execute(LOOK):
            learned = self.raters.setdefault(participation, Learned())
            if not learned.tastes or learned.tastes[-1][0] < newest:
                learned.tastes.append((newest, updated_at))
            if waiting >= ENOUGH and (not learned.queues or learned.queues[-1][0] < newest):
                learned.queues.append((newest, now))

    def has_seen_all(self) -> bool:
        """Tell whether a taste has learned, and whether enough images waited after that."""
        seen = list(self.raters.values())
        return any(learned.tastes for learned in seen) and any(learned.queues for learned in seen)

    def finish(self) -> dict[str, list[float]]:
        """Stop; give the seconds from each rating to the taste that knows it, and to the full queue after that."""
        self.stop.set()
        self.thread.join()
        found: dict[str, list[float]] = {"taste": [], "queue": []}
        for participation, rating, given_at in self.installation.query(RATINGS):
            learned = self.raters.get(participation, Learned())
            found["taste"] += delay(learned.tastes, rating=rating, given_at=given_at)
            found["queue"] += delay(learned.queues, rating=rating, given_at=given_at)
        return found


def delay(seen: Sequence[tuple[int, datetime]], *, rating: int, given_at: datetime) -> list[float]:
    """Give the seconds until something was first seen to know a rating; nothing where nobody looked again."""
    return [(at - given_at).total_seconds() for newest, at in seen if newest >= rating][:1]
