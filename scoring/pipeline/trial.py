"""Try what the pipeline can do on made-up data, for the benchmarks: training by size, embedding by picture."""

import os
import resource
import tempfile
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image as Pillow

from scoring.ml.data import Images, Raters, Ratings, Snapshot
from scoring.ml.encoders import DEFAULT_KEY, build_encoder, embed_images, read_image
from scoring.ml.encoders.base import BATCH, network_threads, run_network
from scoring.ml.fit import fit_reward

FACTORS = 24  # behind the made-up features
TASTES = 6  # factors that raters differ in
WIDTHS = (1280, 160, 384, 1280, 205)  # of the kinds of features, like the default encoder's
SIDE = 768  # px


def made_up_study(*, ratings: int, images: int, raters: int) -> Snapshot:
    """Draw features of few factors, and ratings of raters who differ in some of them."""
    rng = np.random.default_rng(0)
    factors = rng.standard_normal((images, FACTORS), dtype=np.float32)
    features = factors @ rng.standard_normal((FACTORS, sum(WIDTHS)), dtype=np.float32)
    features += 2.0 * rng.standard_normal(features.shape, dtype=np.float32)
    rater = np.sort(rng.integers(raters, size=ratings))
    image = rng.integers(images, size=ratings)
    weights = 0.05 * rng.standard_normal((raters, TASTES))
    taste = np.einsum("rk,rk->r", weights[rater], factors[image, :TASTES])
    value = 0.5 + 0.08 * factors[image, 0] + taste + 0.12 * rng.standard_normal(ratings)
    return Snapshot(
        images=Images(
            keys=tuple(str(row) for row in range(images)),
            features=features,
            prompt_features=np.zeros((images, 1), np.float32),
            parts=WIDTHS,
        ),
        raters=Raters(keys=tuple(str(row) for row in range(raters))),
        ratings=Ratings.of(rater, image, np.clip(value, 0.0, 1.0)),
    )


def trial_fit(*, ratings: int, images: int, raters: int) -> dict[str, float]:
    """Fit to made-up ratings; give seconds by the clock and of the cores, and the process's peak of memory in MiB."""
    snapshot = made_up_study(ratings=ratings, images=images, raters=raters)
    started, worked = time.perf_counter(), time.process_time()
    fit_reward(snapshot, encoder_key=DEFAULT_KEY)
    seconds, cpu = time.perf_counter() - started, time.process_time() - worked
    return {"seconds": seconds, "cpu": cpu, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


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
