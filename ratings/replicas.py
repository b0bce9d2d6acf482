"""Which database long reads come from: the replica where one is named, answers and has caught up, else the main one."""

import logging
import time
from dataclasses import dataclass

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, connections

logger = logging.getLogger(__name__)

REPLICA = "replica"
CATCHES_UP_WITHIN = 30.0  # s; a withdrawal of before must not be missing in what is read
LOOKS_EVERY = 0.1  # s
NEWEST = "SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END::text"
HAS_ALL = "SELECT NOT pg_is_in_recovery() OR pg_last_wal_replay_lsn() >= %s::pg_lsn"


@dataclass(frozen=True, kw_only=True)
class ReadSource:
    """A database to read from, by its alias, and how far it was behind the main one when it was asked."""

    alias: str
    lag: float  # s that it took to have all that the main one had at the moment of asking; 0 for the main one itself

    @property
    def described(self) -> dict[str, object]:
        """Give the facts for a manifest."""
        name = "replica" if self.alias == REPLICA else "main"
        return {"database": name, "lag_seconds": round(self.lag, 1)}


def read_source() -> ReadSource:
    """Choose the database for a long read, so that it shows all that was committed before."""
    main = ReadSource(alias=DEFAULT_DB_ALIAS, lag=0.0)
    if not settings.READS_FROM_REPLICA:
        return main
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(NEWEST)
        (newest,) = cursor.fetchone()
    started = time.monotonic()
    try:
        while not has_all(newest):
            if time.monotonic() - started > CATCHES_UP_WITHIN:
                logger.warning("The read replica is over %g s behind: reading from the main one", CATCHES_UP_WITHIN)
                return main
            time.sleep(LOOKS_EVERY)
    except Error as error:
        connections[REPLICA].close()
        logger.warning("The read replica is away (%s): reading from the main one", str(error).strip().split("\n")[0])
        return main
    return ReadSource(alias=REPLICA, lag=time.monotonic() - started)


def has_all(place: str) -> bool:
    """Tell whether the replica has replayed the log up to a place."""
    connections[REPLICA].close_if_unusable_or_obsolete()
    with connections[REPLICA].cursor() as cursor:
        cursor.execute(HAS_ALL, [place])
        return bool(cursor.fetchone()[0])
