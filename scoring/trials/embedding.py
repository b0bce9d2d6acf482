"""Try embedding on made-up pictures, for the benchmark: pictures per second, and those of each part alone."""

import os
import tempfile
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image as Pillow

from scoring.ml.encoders import DEFAULT_KEY, build_encoder, embed_images, read_image
from scoring.ml.encoders.base import BATCH, network_threads, run_network

SIDE = 768  # px


def trial_embedding(*, pictures: int, key: str = DEFAULT_KEY, rounds: int = 3) -> dict[str, float]:
    """Give pictures per second of files through the pipeline, and of its parts alone; rounds take turns.

    `network` is the bare network as torch runs it, all cores on one batch; `networks` is a picture on each core,
    as the pipeline does it; `decoding` reads and prepares files without a network.
    """
    encoder = build_encoder(key)
    with tempfile.TemporaryDirectory(prefix="pamela-trial-") as folder:
        paths = [made_up_picture(Path(folder) / f"{place}.webp", seed=place) for place in range(pictures)]
        size = BATCH[encoder.device]
        prepared = [encoder.prepare(read_image(path)) for path in paths[:size]]
        batches = [prepared] * -(-pictures // size)
        encoder.encode_prepared(prepared)  # the first call sets things up

        def decoded() -> None:
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                deque(pool.map(lambda path: encoder.prepare(read_image(path)), paths), maxlen=0)

        def side_by_side() -> None:
            with network_threads(encoder, os.cpu_count() or 1) as pool:
                deque(pool.map(partial(run_network, encoder), batches), maxlen=0)

        parts: dict[str, Callable[[], object]] = {
            "pipeline": lambda: deque(embed_images(encoder, paths), maxlen=0),
            "network": lambda: deque(map(encoder.encode_prepared, batches), maxlen=0),
            "networks": side_by_side,
            "decoding": decoded,
        }
        took = dict.fromkeys(parts, 0.0)
        for _ in range(rounds):
            for name, run in parts.items():
                started = time.perf_counter()
                run()
                took[name] += time.perf_counter() - started
    done = {"pipeline": pictures, "decoding": pictures}
    return {name: rounds * done.get(name, size * len(batches)) / seconds for name, seconds in took.items()}


def made_up_picture(path: Path, *, seed: int) -> Path:
    """Write a smooth picture at the size that studies have."""
    rng = np.random.default_rng(seed)
    small = Pillow.fromarray(rng.integers(256, size=(24, 24, 3), dtype=np.uint8))
    small.resize((SIDE, SIDE), Pillow.Resampling.BICUBIC).save(path, quality=90)
    return path
