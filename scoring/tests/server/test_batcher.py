"""One queue to the network: callers share its passes, a bad picture harms nobody else, and the queue is bounded."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from PIL import Image

from scoring.ml.data.arrays import Floats32
from scoring.server.batcher import Batcher
from scoring.server.errors import RefusedError
from scoring.server.pictures import PictureError
from scoring.tests.server.http_calls import wait_for

PATIENCE = 20  # s
LARGE = 1000  # bytes
DEVICES = pytest.mark.parametrize("device", ["cpu", "cuda"])


class GateEncoder:
    """Encodes a picture as its width, in passes as its device has them, once the gate is open."""

    key, image_dim, text_dim, is_joint = "gate", 1, 1, False
    image_parts: tuple[int, ...] = (1,)

    def __init__(self, device: str = "cuda") -> None:
        self.device = device
        self.gate = threading.Event()
        self.gate_for_large = threading.Event()

    def prepare(self, image: Image.Image) -> Any:
        assert image.width < LARGE or self.gate_for_large.wait(PATIENCE)
        return image.width

    def encode_prepared(self, batch: Sequence[Any]) -> Floats32:
        assert self.gate.wait(PATIENCE)
        return np.array([[width] for width in batch], np.float32)

    def encode_texts(self, texts: Sequence[str]) -> Floats32:
        return np.zeros((len(texts), 1), np.float32)


def read(content: bytes) -> Image.Image:
    """Make a picture as wide as there are bytes; none of an empty file."""
    if not content:
        raise PictureError("is empty.")
    return Image.new("RGB", (len(content), 1))


@contextmanager
def batching(encoder: GateEncoder, *, most_waiting: int = 100, counts: list[int] | None = None) -> Iterator[Batcher]:
    """Run a batcher."""
    found: list[int] = [] if counts is None else counts
    batcher = Batcher(
        encoder,
        read=read,
        is_large=lambda content: len(content) >= LARGE,
        most_waiting=most_waiting,
        on_pass=found.append,
    )
    try:
        yield batcher
    finally:
        encoder.gate.set()
        batcher.close()


def test_pictures_of_all_callers_share_a_pass_and_each_gets_its_own_vector() -> None:
    encoder, counts = GateEncoder(), list[int]()
    with batching(encoder, counts=counts) as batcher:
        first = batcher.submit([b"a"])  # taken alone, and held at the gate
        others = [batcher.submit([b"x" * width]) for width in range(2, 40)]
        encoder.gate.set()
        found = [future.result(PATIENCE)[0] for (future,) in [first, *others]]
    assert found == list(range(1, 40))
    assert sum(counts) == 39
    assert len(counts) < 10  # far fewer passes than callers


@DEVICES
def test_a_small_picture_waits_behind_no_batch_of_large_ones(device: str) -> None:
    encoder = GateEncoder(device)
    encoder.gate.set()
    with batching(encoder) as batcher:
        large = batcher.submit([bytes(LARGE)] * 40)
        (small,) = batcher.submit([b"ab"])
        assert small.result(PATIENCE)[0] == 2
        assert not any(future.done() for future in large)
        encoder.gate_for_large.set()
        assert [future.result(PATIENCE)[0] for future in large] == [LARGE] * 40


@DEVICES
def test_a_picture_that_cannot_be_read_fails_alone(device: str) -> None:
    encoder = GateEncoder(device)
    encoder.gate.set()
    with batching(encoder) as batcher:
        good, bad, other = batcher.submit([b"aa", b"", b"aaa"])
        assert (good.result(PATIENCE)[0], other.result(PATIENCE)[0]) == (2, 3)
        with pytest.raises(PictureError, match="is empty"):
            bad.result(PATIENCE)


@DEVICES
def test_what_the_queue_cannot_take_is_refused_whole_with_the_time_to_wait_and_taken_later(device: str) -> None:
    encoder = GateEncoder(device)
    with batching(encoder, most_waiting=3) as batcher:
        held = batcher.submit([b"a", b"aa"])
        with pytest.raises(RefusedError, match="try again a little later") as refused:
            batcher.submit([b"a", b"a"])
        assert (refused.value.status, refused.value.code) == (429, "overloaded")
        assert int(refused.value.headers["Retry-After"]) >= 1
        encoder.gate.set()
        assert [future.result(PATIENCE)[0] for future in held] == [1, 2]
        wait_for(lambda: batcher.waiting == 0, what="an empty queue")
        assert len([future.result(PATIENCE) for future in batcher.submit([b"a", b"a", b"a"])]) == 3


@DEVICES
def test_pictures_whose_caller_left_are_not_embedded(device: str) -> None:
    encoder, counts = GateEncoder(device), list[int]()
    with batching(encoder, most_waiting=1000, counts=counts) as batcher:
        futures = batcher.submit([b"a"] * 1000)
        for future in futures[500:]:
            future.cancel()
        encoder.gate.set()
        assert all(future.result(PATIENCE)[0] == 1 for future in futures[:500])
        wait_for(lambda: batcher.waiting == 0, what="an empty queue")
    assert sum(counts) <= 500
