"""A cache of vectors by content: one small file per image or text, and encoder."""

import hashlib
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from scoring.ml.data.arrays import Floats32
from scoring.ml.encoders.base import Encoder, embed_images
from scoring.ml.progress import Progress, no_progress

TEXTS_AT_ONCE = 512  # stored before the next are encoded


def embed_files(
    encoder: Encoder,
    paths: Sequence[Path],
    *,
    cache: Path,
    progress: Progress = no_progress,
) -> Floats32:
    """Return (N, image_dim); what the cache knows is not encoded again.

    A file that cannot be read raises ValueError with a sentence about it.
    """
    failures = store_vectors(encoder, paths, cache=cache, progress=progress)
    if failures:
        raise ValueError(next(iter(failures.values())))
    vectors = [np.load(_place(cache, encoder.key, path.read_bytes()), allow_pickle=False) for path in paths]
    return np.stack(vectors) if vectors else np.zeros((0, encoder.image_dim), np.float32)


def store_vectors(
    encoder: Encoder,
    paths: Sequence[Path],
    *,
    cache: Path,
    progress: Progress = no_progress,
) -> dict[Path, str]:
    """Encode what the cache does not know; return a sentence about each file that cannot be read.

    Each vector is stored as it comes, so a run cut short resumes where it was.
    """
    places = [_place(cache, encoder.key, path.read_bytes()) for path in paths]
    missing = [row for row, place in enumerate(places) if not place.exists()]
    done = len(paths) - len(missing)
    failures: dict[Path, str] = {}
    for batch in embed_images(encoder, [paths[row] for row in missing]):
        failures |= {paths[missing[row]]: sentence for row, sentence in batch.failures.items()}
        for row, vector in zip(batch.rows, batch.vectors, strict=True):
            _store(places[missing[row]], vector)
        done += len(batch.rows)
        progress("embed", done / len(paths))
    return failures


def embed_texts(encoder: Encoder, texts: Sequence[str], *, cache: Path) -> Floats32:
    """Return (N, text_dim); a text tower sees each text once, an encoder without one is as fast as the cache."""
    if not encoder.is_joint:
        return encoder.encode_texts(texts)
    places = {text: _place(cache, f"texts of {encoder.key}", text.encode()) for text in dict.fromkeys(texts)}
    missing = [text for text, place in places.items() if not place.exists()]
    for start in range(0, len(missing), TEXTS_AT_ONCE):
        chunk = missing[start : start + TEXTS_AT_ONCE]
        for text, vector in zip(chunk, encoder.encode_texts(chunk), strict=True):
            _store(places[text], vector)
    vectors = {text: np.load(place, allow_pickle=False) for text, place in places.items()}
    return np.stack([vectors[text] for text in texts]) if texts else np.zeros((0, encoder.text_dim), np.float32)


def _place(cache: Path, key: str, content: bytes) -> Path:
    # a readable start, and a digest because different keys may read alike
    folder = f"{re.sub(r'[^A-Za-z0-9.-]+', '-', key)[:60]}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"
    digest = hashlib.sha256(content).hexdigest()
    return cache / folder / digest[:2] / f"{digest}.npy"


def _store(place: Path, vector: Floats32) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=place.parent, suffix=".part", delete=False) as file:
        np.save(file, vector, allow_pickle=False)
    Path(file.name).replace(place)
