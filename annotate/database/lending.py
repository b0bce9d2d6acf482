"""Lend a process's connections to the threads that answer, so that those which wait for a client hold none."""

import queue
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper


class Lending:
    """A few sets of connections; one request at a time uses a set, in whatever thread it is answered."""

    def __init__(self, *, sets: int) -> None:
        """Begin with nothing connected."""
        self.free: queue.SimpleQueue[dict[str, BaseDatabaseWrapper]] = queue.SimpleQueue()
        for _ in range(sets):
            self.free.put({})

    @contextmanager
    def lend(self) -> Iterator[None]:
        """Let this thread use a set, once one is free; what it connects stays for those that come after."""
        lent = self.free.get()
        for alias, connection in lent.items():
            connections[alias] = connection
        try:
            yield
        finally:
            for connection in connections.all(initialized_only=True):
                if connection.alias not in lent:
                    connection.inc_thread_sharing()
                    lent[connection.alias] = connection
                del connections[connection.alias]
            self.free.put(lent)


@contextmanager
def own_connections() -> Iterator[None]:
    """Close at the end what this thread connects by itself."""
    try:
        yield
    finally:
        connections.close_all()
