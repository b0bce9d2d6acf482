"""Try what the pipeline can do on made-up data, for the benchmarks: training by size, embedding by picture."""

import resource
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image as Pillow

from scoring.ml.data import Images, Raters, Ratings, Snapshot
from scoring.ml.encoders import DEFAULT_KEY, build_encoder, embed_images, read_image
from scoring.ml.fit import fit_reward

FACTORS = 24  # behind the made-up features
TASTES = 6  # factors that raters differ in
WIDTHS = (1280, 160, 384, 1280, 205)  # of the kinds of features, like the default encoder's
SIDE = 768  # px
BATCH = 16


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
    """Fit to made-up ratings; give seconds, and the peak of this process's memory in MiB."""
    snapshot = made_up_study(ratings=ratings, images=images, raters=raters)
    started = time.perf_counter()
    fit_reward(snapshot, encoder_key=DEFAULT_KEY)
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def trial_embedding(*, pictures: int, key: str = DEFAULT_KEY) -> dict[str, float]:
    """Give pictures per second of files through the pipeline, and of the bare network on prepared ones."""
    encoder = build_encoder(key)
    with tempfile.TemporaryDirectory(prefix="pamela-trial-") as folder:
        paths = [made_up_picture(Path(folder) / f"{place}.webp", seed=place) for place in range(pictures)]
        prepared = [encoder.prepare(read_image(path)) for path in paths[:BATCH]]
        encoder.encode_prepared(prepared)  # the first call sets things up
        started = time.perf_counter()
        for _ in range(0, pictures, BATCH):
            encoder.encode_prepared(prepared)
        bare = time.perf_counter() - started
        started = time.perf_counter()
        for _ in embed_images(encoder, paths, batch_size=BATCH):
            pass
        whole = time.perf_counter() - started
    batches = -(-pictures // BATCH)
    return {"pipeline": pictures / whole, "network": batches * BATCH / bare}


def made_up_picture(path: Path, *, seed: int) -> Path:
    """Write a smooth picture at the size that studies have."""
    rng = np.random.default_rng(seed)
    small = Pillow.fromarray(rng.integers(256, size=(24, 24, 3), dtype=np.uint8))
    small.resize((SIDE, SIDE), Pillow.Resampling.BICUBIC).save(path, quality=90)
    return path
