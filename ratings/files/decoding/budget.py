"""Bound the memory that pictures take which are decoded side by side: a large one waits for its turn."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class PixelBudget:
    """So many pixels at once, shared by all threads; a picture larger than that is let in alone."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.taken = 0
        self.changed = threading.Condition()

    @contextmanager
    def room_for(self, pixels: int) -> Iterator[None]:
        """Wait until so many pixels fit, and hold their place."""
        wanted = min(pixels, self.limit)
        with self.changed:
            self.changed.wait_for(lambda: self.taken + wanted <= self.limit)
            self.taken += wanted
        try:
            yield
        finally:
            with self.changed:
                self.taken -= wanted
                self.changed.notify_all()
