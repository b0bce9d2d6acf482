"""A featuriser of prompts that needs no download: hashed words and letter groups."""

import re
import zlib
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from scoring.ml.data.arrays import Floats32

TEXT_DIM = 512
_WORD = re.compile(r"\w+")


def encode_ngrams(texts: Sequence[str]) -> Floats32:
    """Return rows of unit length, (N, TEXT_DIM); an empty text is the zero vector."""
    vectors = np.zeros((len(texts), TEXT_DIM), np.float32)
    for row, text in enumerate(texts):
        for gram, weight in _grams(text):
            digest = zlib.crc32(gram.encode())
            # the top bit as a sign lets colliding grams cancel instead of adding up
            vectors[row, digest % TEXT_DIM] += weight if digest >> 31 else -weight
    vectors = np.sign(vectors) * np.sqrt(np.abs(vectors))
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 0))


def _grams(text: str) -> list[tuple[str, float]]:
    words = _WORD.findall(text.casefold())
    pairs = [f"{left} {right}" for left, right in pairwise(words)]
    letters = [
        f"#{padded[start : start + 4]}"
        for padded in (f"<{word}>" for word in words)
        for start in range(max(len(padded) - 3, 1))
    ]
    return [(word, 1.0) for word in words] + [(pair, 0.5) for pair in pairs] + [(group, 0.25) for group in letters]
