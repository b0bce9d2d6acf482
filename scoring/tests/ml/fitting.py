"""Fit and embed in a process of its own, and write what came out: what `test_cores` compares between processes."""

import sys
from pathlib import Path

import numpy as np
from PIL import Image
from safetensors.numpy import save_file

from scoring.ml.data.arrays import Ratings
from scoring.ml.encoders import DEFAULT_KEY, build_encoder, encode_images
from scoring.ml.evaluation.baselines import fit_baseline
from scoring.ml.training.fit import fit_reward, predict_ratings
from scoring.tests.ml.sets import make_world

PICTURES = 18  # more than are prepared together
NOBODY_NEW = Ratings.of(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))


def pictures() -> list[Image.Image]:
    """Draw coarse pictures."""
    rng = np.random.default_rng(0)
    coarse = [Image.fromarray(rng.integers(0, 255, (6, 8, 3), dtype=np.uint8)) for _ in range(PICTURES)]
    return [one.resize((96, 64), Image.Resampling.BICUBIC) for one in coarse]


def main(out: Path) -> None:
    """Write the predictions of a model, of the paper's transformer, which loads torch only then, and vectors."""
    snapshot = make_world(raters=10, images=30).snapshot
    model = fit_reward(snapshot, encoder_key=DEFAULT_KEY).model
    found = {"model": predict_ratings(model, snapshot, snapshot.ratings, model.known_raters)}
    assert "torch" not in sys.modules
    found["transformer"] = fit_baseline("transformer", snapshot, NOBODY_NEW, snapshot.ratings)
    arrays = {name: np.concatenate([one.mean, one.sd]) for name, one in found.items()}
    save_file({**arrays, "vectors": encode_images(build_encoder(DEFAULT_KEY), pictures())}, out)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
