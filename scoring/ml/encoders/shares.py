"""Probabilities of the names that a picture may have, and when one of them is sure."""

import numpy as np

from scoring.ml.data.arrays import Floats32

SUREST = 0.5  # the least probability that names something: more likely than all else together


def softmax(logits: Floats32) -> Floats32:
    """Turn logits into probabilities, row by row."""
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))
