"""Bounded caches that several threads share: of recently used values, and of recent look-ups."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """Keeps what was used last."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.lock = threading.Lock()
        self.values: OrderedDict[Key, Value] = OrderedDict()

    def get(self, key: Key) -> Value | None:
        """Give a value, if it is known."""
        with self.lock:
            if key in self.values:
                self.values.move_to_end(key)
            return self.values.get(key)

    def put(self, key: Key, value: Value) -> Value | None:
        """Keep a value; give the one that had to go."""
        with self.lock:
            self.values[key] = value
            self.values.move_to_end(key)
            return self.values.popitem(last=False)[1] if len(self.values) > self.size else None

    def all(self) -> list[Value]:
        """Give all values."""
        with self.lock:
            return list(self.values.values())


class Glimpse(Generic[Key, Value]):
    """A cache of look-ups that expire after a moment."""

    def __init__(self, *, size: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.known: Recent[Key, tuple[float, Value]] = Recent(size)
        self.seconds = seconds
        self.clock = clock

    def get(self, key: Key, look: Callable[[], Value]) -> Value:
        """Give what is known of a key, or look; an error is not remembered."""
        found = self.known.get(key)
        if found is not None and self.clock() - found[0] < self.seconds:
            return found[1]
        started = self.clock()
        value = look()
        self.known.put(key, (started, value))
        return value
