"""Try the bare encoder beside the reward server, for the benchmark: pictures per second on prepared pictures."""

import io
import os
import time
from concurrent.futures import ThreadPoolExecutor
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

    def whole_batches(self, seconds: float) -> float:
        """Give pictures per second as torch runs it: all cores on one batch after another."""
        started, done = time.perf_counter(), 0
        while time.perf_counter() - started < seconds:
            self.encoder.encode_prepared(self.prepared)
            done += len(self.prepared)
        return done / (time.perf_counter() - started)

    def side_by_side(self, seconds: float) -> float:
        """Give pictures per second as the server runs it: a picture on each core, or full batches on a GPU."""
        started, done = time.perf_counter(), 0
        with network_threads(self.encoder, os.cpu_count() or 1) as pool:
            while time.perf_counter() - started < seconds:
                done += sum(map(len, pool.map(partial(run_network, self.encoder), self.shares(pool))))
        return done / (time.perf_counter() - started)

    def shares(self, pool: ThreadPoolExecutor) -> list[list[object]]:
        """Divide the prepared pictures among the threads."""
        count = pool._max_workers
        return [self.prepared[start::count] for start in range(count)]
