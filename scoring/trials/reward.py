"""Try the bare encoder beside the reward server, for the benchmark: pictures per second on prepared pictures."""

import io
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from PIL import Image as Pillow

from scoring.ml.encoders import DEFAULT_KEY, build_encoder, read_image
from scoring.ml.encoders.base import BATCH, network_threads, run_network

SIDE = 512  # px


def picture_files(count: int) -> list[bytes]:
    """Draw smooth pictures as JPEG files, which are cheap to decode, as a generator sends them."""
    files = []
    for seed in range(count):
        coarse = np.random.default_rng(seed).integers(0, 255, (8, 8, 3), dtype=np.uint8)
        file = io.BytesIO()
        Pillow.fromarray(coarse).resize((SIDE, SIDE), Pillow.Resampling.BICUBIC).save(file, "JPEG", quality=90)
        files.append(file.getvalue())
    return files


@dataclass(kw_only=True)
class Pace:
    """How many pictures went through the network, in which time, and with how many seconds of all cores."""

    pictures: int = 0
    wall: float = 0.0
    cpu: float = 0.0

    def add(self, other: "Pace") -> None:
        """Count another measurement in."""
        self.pictures += other.pictures
        self.wall += other.wall
        self.cpu += other.cpu

    @property
    def rate(self) -> float:
        """Give pictures per second."""
        return self.pictures / self.wall

    @property
    def cpu_each(self) -> float:
        """Give the CPU seconds of one picture."""
        return self.cpu / self.pictures


class BareNetwork:
    """The encoder with pictures prepared, without a server, queue or decoding."""

    def __init__(self, key: str = DEFAULT_KEY) -> None:
        """Prepare a batch, and run it once, which sets things up."""
        self.encoder = build_encoder(key)
        files = picture_files(BATCH[self.encoder.device])
        self.prepared = [self.encoder.prepare(read_image(Pillow.open(io.BytesIO(file)))) for file in files]
        self.encoder.encode_prepared(self.prepared)

    @property
    def widths(self) -> tuple[int, ...]:
        """Give the widths of the kinds of features, for a model that reads them."""
        return self.encoder.image_parts

    def whole_batches(self, seconds: float) -> Pace:
        """Measure it as torch runs it: all cores on one batch after another."""
        return paced(lambda: len(self.encoder.encode_prepared(self.prepared)), seconds)

    def side_by_side(self, seconds: float) -> Pace:
        """Measure it as the server runs it: a picture on each core, or full batches on a GPU."""
        with network_threads(self.encoder, os.cpu_count() or 1) as pool:
            run = partial(run_network, self.encoder)
            return paced(lambda: sum(map(len, pool.map(run, self.shares(pool)))), seconds)

    def shares(self, pool: ThreadPoolExecutor) -> list[list[object]]:
        """Divide the prepared pictures among the threads."""
        count = pool._max_workers
        return [self.prepared[start::count] for start in range(count)]


def paced(once: Callable[[], int], seconds: float) -> Pace:
    """Do something that tells its pictures again and again, for so long."""
    found, started, before = Pace(), time.perf_counter(), time.process_time()
    while time.perf_counter() - started < seconds:
        found.pictures += once()
    found.wall, found.cpu = time.perf_counter() - started, time.process_time() - before
    return found
