"""One queue to one encoder for all callers.

On a GPU, pictures are decoded side by side and share passes of the network. On processors a thread for each core takes
one picture after the other from its bytes to its vector: more threads would take turns on the cores, and one picture in
a pass keeps a vector from depending on the others.
"""

import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, InvalidStateError, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from scoring.ml.data.arrays import Floats32
from scoring.ml.encoders import Encoder
from scoring.ml.encoders.base import DECODERS, NETWORK_BATCH, run_network
from scoring.ml.threads import limit_to_one_thread
from scoring.server.errors import overloaded

FILL_SECONDS = 0.004  # that a pass of a GPU waits for pictures which are being decoded
PREPARED_PASSES = 3  # whose pictures may lie decoded before the network
FORGETTING = 0.9  # weight of the earlier passes in the measured pace
FIRST_PACE = 10.0  # pictures/s, until one is measured

Vector = Future[Floats32]


@dataclass(kw_only=True)
class PendingPicture:
    """A picture on its way to the network."""

    content: bytes
    vector: Vector = field(default_factory=Future)


class Batcher:
    """Embeds pictures of all callers; refuses what its bounded queue cannot take."""

    def __init__(
        self,
        encoder: Encoder,
        *,
        read: Callable[[bytes], Image.Image],
        is_large: Callable[[bytes], bool],
        most_waiting: int,
        on_pass: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Start the threads: one for each core, or decoders and one that feeds a GPU."""
        self.encoder = encoder
        self.read = read
        self.is_large = is_large
        self.most_waiting = most_waiting
        self.on_pass = on_pass
        self.lock = threading.Lock()
        self.waiting = 0
        self.pace = FIRST_PACE
        self.size = NETWORK_BATCH[encoder.device]
        on_cores = encoder.device == "cpu"
        self.side_by_side = os.cpu_count() or 1 if on_cores else 1
        self.prepared: queue.Queue[tuple[PendingPicture, Any] | None] = queue.Queue()
        self.places = threading.BoundedSemaphore(PREPARED_PASSES * max(self.size, self.side_by_side))
        self.decoders = ThreadPoolExecutor(
            max_workers=self.side_by_side if on_cores else max(DECODERS, os.cpu_count() or 1),
            thread_name_prefix="decode",
            initializer=limit_to_one_thread,
        )
        self.large = ThreadPoolExecutor(
            max_workers=1, thread_name_prefix="decode-large", initializer=limit_to_one_thread
        )
        self.feeder = None if on_cores else threading.Thread(target=self.feed, name="network", daemon=True)
        if self.feeder:
            self.feeder.start()

    def submit(self, contents: Sequence[bytes]) -> list[Vector]:
        """Queue pictures, all or none of them; each future gives a vector, or raises `PictureError`."""
        with self.lock:
            if self.waiting + len(contents) > self.most_waiting:
                seconds = (self.waiting + len(contents) - self.most_waiting) / self.pace
                raise overloaded(
                    f"{self.waiting} pictures are waiting to be embedded, and at most {self.most_waiting} may: "
                    "try again a little later.",
                    seconds=seconds,
                )
            self.waiting += len(contents)
        items = [PendingPicture(content=content) for content in contents]
        for item in items:
            item.vector.add_done_callback(self.count_out)
            self.decoders.submit(self.decode, item)
        return [item.vector for item in items]

    def count_out(self, _vector: Vector) -> None:
        """Make room for another picture."""
        with self.lock:
            self.waiting -= 1

    def decode(self, item: PendingPicture) -> None:
        """Prepare a picture; a large one in a thread for those, so that no small one waits behind a batch of them."""
        if self.is_large(item.content):
            self.large.submit(self.prepare, item)
        else:
            self.prepare(item)

    def prepare(self, item: PendingPicture) -> None:
        """Prepare one picture for the network, once there is room for it; one that nobody waits for is left out."""
        self.places.acquire()
        try:
            if item.vector.cancelled():
                self.places.release()
                return
            prepared = self.encoder.prepare(self.read(item.content))
        except Exception as error:  # noqa: BLE001 - the callers that wait for the vector are given it
            self.places.release()
            fail(item.vector, error)
            return
        if self.feeder:
            self.prepared.put((item, prepared))
        else:
            self.run([(item, prepared)])

    def feed(self) -> None:
        """Run the network over what is prepared, for as long as the process lives."""
        while batch := self.next_batch():
            self.run(batch)

    def run(self, batch: Sequence[tuple[PendingPicture, Any]]) -> None:
        """Run the network over one pass, and give the vectors to those who wait for them."""
        started = time.monotonic()
        try:
            vectors = run_network(self.encoder, [prepared for _, prepared in batch])
        except Exception as error:
            logging.getLogger(__name__).exception("The encoder failed on %d pictures", len(batch))
            for item, _ in batch:
                fail(item.vector, error)
            return
        finally:
            self.places.release(len(batch))
        for (item, _), vector in zip(batch, vectors, strict=True):
            with suppress(InvalidStateError):  # cancelled meanwhile: nobody waits for it
                item.vector.set_result(vector)
        self.measure(len(batch), time.monotonic() - started)

    def next_batch(self) -> list[tuple[PendingPicture, Any]]:
        """Wait for a picture, and take what else is prepared, up to one pass; nothing once the batcher is closed."""
        first = self.prepared.get()
        if first is None:
            return []
        batch, deadline = [first], time.monotonic() + FILL_SECONDS
        while len(batch) < self.size:
            try:
                more = self.prepared.get(
                    timeout=max(deadline - time.monotonic(), 0) if self.waiting > len(batch) else 0
                )
            except queue.Empty:  # the pass begins with what there is
                break
            if more is None:
                self.prepared.put(None)
                break
            batch.append(more)
        return batch

    def measure(self, count: int, seconds: float) -> None:
        """Measure the pace, which tells a refused caller how long to wait."""
        self.on_pass(count)
        pace = self.side_by_side * count / max(seconds, 1e-6)
        with self.lock:
            self.pace = FORGETTING * self.pace + (1 - FORGETTING) * pace

    def close(self) -> None:
        """End the threads; what is not begun is cancelled."""
        for pool in (self.decoders, self.large):
            pool.shutdown(wait=False, cancel_futures=True)
        self.prepared.put(None)


def fail(vector: Vector, error: Exception) -> None:
    """Give an error to the callers that wait for a vector."""
    with suppress(InvalidStateError):  # cancelled meanwhile: nobody waits for it
        vector.set_exception(error)
