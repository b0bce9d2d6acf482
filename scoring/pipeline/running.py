"""Say how far a run is while it goes on, and that it is alive."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection

from scoring.models import Run
from scoring.services import lifecycle

HEARTBEAT_SECONDS = 20.0

Listener = Callable[[str, float], None]


@dataclass(frozen=True, kw_only=True)
class Report:
    """Where a run says how far it is: its row, and whoever listens."""

    run: Run
    listener: Listener | None

    def __call__(self, stage: str, share: float) -> None:
        """Say the stage and the share done; raise when the run was cancelled."""
        lifecycle.report_progress(run=self.run, stage=stage, share=share)
        if self.listener:
            self.listener(stage, share)

    def part(self, prefix: str, start: float, end: float) -> Listener:
        """Give a listener for a step that goes from one share of the run to another."""
        return lambda stage, share: self(f"{prefix}{stage}", start + (end - start) * share)


@contextmanager
def heartbeat(run: Run) -> Iterator[None]:
    """Show that the run is alive while a long step says nothing."""
    done = threading.Event()

    def beat() -> None:
        try:
            while not done.wait(HEARTBEAT_SECONDS):
                lifecycle.touch_run(run=run)
        finally:
            connection.close()

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
