"""The contract of every encoder, and embedding many images with decoding in parallel."""

import os
from collections import deque
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from scoring.ml.data.arrays import Floats32
from scoring.ml.encoders.colours import in_srgb
from scoring.ml.threads import limit_to_one_thread

Source = Path | str | Image.Image
BATCH = {"cpu": 16, "cuda": 64}  # pictures that are decoded, stored and counted together
NETWORK_BATCH = {"cpu": 1, "cuda": 64}  # pictures in one pass of the network, always so many
AHEAD = 3  # batches that are decoded, or in the network, while the caller has another
DECODERS = 4  # threads at least: on few cores some wait for the disk
DEEP_GREY = [round(value / 257) for value in range(2**16)]  # 16 bits of grey in 8


class Encoder(Protocol):
    """Turn images and texts into vectors; network, weights and preprocessing are one key."""

    key: str
    image_dim: int
    text_dim: int
    image_parts: tuple[int, ...]  # widths of the kinds of features; together image_dim
    is_joint: bool  # whether images and texts lie in one space, where a cosine measures how well they fit
    device: str  # where the network runs: "cpu" or "cuda"

    def prepare(self, image: Image.Image) -> Any:
        """Preprocess one RGB image; safe to call from several threads."""
        ...

    def encode_prepared(self, batch: Sequence[Any]) -> Floats32:
        """Run the network over prepared images, (N, image_dim)."""
        ...

    def encode_texts(self, texts: Sequence[str]) -> Floats32:
        """Encode texts, (N, text_dim); an empty text is the zero vector."""
        ...


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Hold the vectors of some rows, and why others have none."""

    rows: tuple[int, ...]
    vectors: Floats32  # (len(rows), image_dim)
    failures: Mapping[int, str]


def read_image(source: Source) -> Image.Image:
    """Decode to upright RGB in sRGB, transparency over white, as raters see it; raise ValueError in one sentence."""
    try:
        opened = source if isinstance(source, Image.Image) else Image.open(source)
        profile = opened.info.get("icc_profile") or b""
        upright = ImageOps.exif_transpose(opened)
        if upright.mode.startswith("I"):  # Pillow would clip all but the darkest of 16 bits to white
            return in_srgb(upright.convert("I").point(DEEP_GREY, "L"), profile=profile)
        if upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info:
            layer = upright.convert("RGBA")
            pixels = layer.getchannel("R") if upright.mode in ("L", "LA") else layer.convert("RGB")
            ground = Image.new("RGB", layer.size, "white")
            ground.paste(in_srgb(pixels, profile=profile), mask=layer.getchannel("A"))
            return ground
        pixels = upright if upright.mode in ("L", "RGB", "CMYK") else upright.convert("RGB")
        return in_srgb(pixels, profile=profile)
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError, SyntaxError) as error:
        raise ValueError(f"{source} cannot be read as an image: {error}") from error


def encode_images(encoder: Encoder, sources: Sequence[Source]) -> Floats32:
    """Encode images, (N, image_dim); the first that cannot be read raises ValueError."""
    vectors = np.zeros((len(sources), encoder.image_dim), np.float32)
    for batch in embed_images(encoder, sources):
        if batch.failures:
            raise ValueError(next(iter(batch.failures.values())))
        vectors[list(batch.rows)] = batch.vectors
    return vectors


def embed_images(encoder: Encoder, sources: Sequence[Source], *, batch_size: int | None = None) -> Generator[Batch]:
    """Encode batch after batch; decoding and the network go on beside what the caller does with a batch.

    The caller stores each batch as it comes and so resumes by passing only what is missing.
    """
    rows, size = range(len(sources)), batch_size or BATCH[encoder.device]
    cores = os.cpu_count() or 1
    decoders = ThreadPoolExecutor(max_workers=max(DECODERS, cores), thread_name_prefix="decode")
    network = network_threads(encoder, cores)
    ahead: deque[Callable[[], Batch]] = deque()

    def load(row: int) -> Any:
        return encoder.prepare(read_image(sources[row]))

    def embed(row: int) -> Floats32:
        return np.asarray(run_network(encoder, [load(row)])[0], np.float32)

    def begin(chunk: range) -> Callable[[], Batch]:
        if encoder.device != "cpu":
            return network.submit(_encode_chunk, encoder, chunk, [decoders.submit(load, row) for row in chunk]).result
        # More threads than cores would take turns, and whole batches would end at different times.
        return partial(_gather_chunk, encoder, chunk, [network.submit(embed, row) for row in chunk])

    try:
        for start in rows[::size]:
            ahead.append(begin(rows[start : start + size]))
            if len(ahead) > max(AHEAD, cores):
                yield ahead.popleft()()
        while ahead:
            yield ahead.popleft()()
    finally:  # a caller that stops early waits for nothing that has not begun
        decoders.shutdown(wait=False, cancel_futures=True)
        network.shutdown(wait=True, cancel_futures=True)


def network_threads(encoder: Encoder, cores: int) -> ThreadPoolExecutor:
    """Give the threads that run the network: one that feeds a GPU, or one for each core, which keeps to it.

    A thread of a core prepares its pictures as well. Two pictures side by side, each on one core, are faster than
    two cores on one batch, whose threads wait for each other after every layer, and many times so where other
    processes want the cores as well. What one core adds up also does not depend on how many there are.
    """
    if encoder.device != "cpu":
        return ThreadPoolExecutor(max_workers=1, thread_name_prefix="network")
    return ThreadPoolExecutor(max_workers=cores, thread_name_prefix="network", initializer=limit_to_one_thread)


def _encode_chunk(encoder: Encoder, chunk: range, prepared: list[Future[Any]]) -> Batch:
    """Run the network over what could be prepared."""
    rows, images, failures = _results(chunk, prepared)
    vectors = run_network(encoder, images) if images else np.zeros((0, encoder.image_dim), np.float32)
    return Batch(rows=rows, vectors=vectors, failures=failures)


def _gather_chunk(encoder: Encoder, chunk: range, futures: list[Future[Floats32]]) -> Batch:
    """Put the vectors of single images together."""
    rows, vectors, failures = _results(chunk, futures)
    return Batch(
        rows=rows,
        vectors=np.stack(vectors) if vectors else np.zeros((0, encoder.image_dim), np.float32),
        failures=failures,
    )


def _results(chunk: range, futures: list[Future[Any]]) -> tuple[tuple[int, ...], list[Any], dict[int, str]]:
    """Wait for what was made of each row; give the rows with a result, the results, and why others have none."""
    rows, results, failures = [], [], {}
    for row, future in zip(chunk, futures, strict=True):
        try:
            results.append(future.result())
            rows.append(row)
        except ValueError as error:
            failures[row] = str(error)
    return tuple(rows), results, failures


def run_network(encoder: Encoder, prepared: Sequence[Any]) -> Floats32:
    """Run the network so that an image's vector does not depend on the images beside it, (N, image_dim).

    The number of images in a batch chooses the kernels, and so how sums are rounded: a vector moved by up to 1e-4,
    a model fitted to it by ten times as much. Hence one image after the other on a processor (with the offline
    encoder on one core 22 pictures/s against 17 in batches of 16), and full batches on a GPU, the last one filled up.
    """
    size = NETWORK_BATCH[encoder.device]
    found = []
    for start in range(0, len(prepared), size):
        part = list(prepared[start : start + size])
        found.append(encoder.encode_prepared(part + part[-1:] * (size - len(part)))[: len(part)])
    return np.vstack(found)
