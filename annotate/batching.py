"""Collect messages about one thing each, and send several as one from a thread of its own."""

import threading
import time
from collections.abc import Callable
from contextvars import Context, copy_context

EVERY = 0.2  # seconds between two messages
MOST_PER_MESSAGE = 16  # so that a crowd's raters are spread over the workers


class MessageBatcher:
    """Collects ids for one task, and sends them a few times a second from a thread of its own.

    A rater never waits for the broker, whose answer takes longer than most of a click, and several clicks of one
    rater within that time are one message. What is lost with the process, a periodic task finds.
    """

    def __init__(self, *, send: Callable[[list[str]], object], every: float = EVERY) -> None:
        """Start empty; the thread starts with the first id, in the process that serves."""
        self.send = send
        self.every = every
        self.waiting: dict[str, Context] = {}  # of the call that named each
        self.lock = threading.Lock()
        self.filled = threading.Event()
        self.sender: threading.Thread | None = None

    def add(self, key: str) -> None:
        """Let a message about this id leave soon."""
        with self.lock:
            self.waiting[key] = copy_context()
            if self.sender is None or not self.sender.is_alive():
                self.sender = threading.Thread(target=self.run, daemon=True)
                self.sender.start()
        self.filled.set()

    def run(self) -> None:
        """Send whenever there is something, for as long as the process lives."""
        while self.filled.wait():
            self.filled.clear()
            time.sleep(self.every)
            self.send_waiting()

    def send_waiting(self) -> None:
        """Send what waits, each id once; a message belongs to the trace of the last call that it is about."""
        with self.lock:
            waiting, self.waiting = list(self.waiting.items()), {}
        for start in range(0, len(waiting), MOST_PER_MESSAGE):
            part = waiting[start : start + MOST_PER_MESSAGE]
            _, context = part[-1]
            context.run(self.send, [key for key, _ in part])
