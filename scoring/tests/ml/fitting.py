"""Fit and embed in a process of its own, and write what came out: what `test_cores` compares between processes."""

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from safetensors.numpy import save_file

from scoring.ml.cores import one_core
from scoring.ml.encoders import DEFAULT_KEY, build_encoder, encode_images
from scoring.ml.fit import fit_reward, predict_ratings
from scoring.ml.network_fit import NetworkSettings
from scoring.ml.together import train_network
from scoring.tests.ml.sets import make_world

PICTURES = 18  # more than are prepared together
SHORT = NetworkSettings(steps=25, batch=64)


def pictures() -> list[Image.Image]:
    """Draw coarse pictures."""
    rng = np.random.default_rng(0)
    coarse = [Image.fromarray(rng.integers(0, 255, (6, 8, 3), dtype=np.uint8)) for _ in range(PICTURES)]
    return [one.resize((96, 64), Image.Resampling.BICUBIC) for one in coarse]


def hear_nothing(share: float) -> None:
    """Let the training go on."""
    del share


def main(out: Path) -> None:
    """Write the vectors of pictures, and the predictions of a model and of the paper's transformer."""
    snapshot = make_world(raters=10, images=30).snapshot
    found: dict[str, NDArray[np.floating]] = {"vectors": encode_images(build_encoder(DEFAULT_KEY), pictures())}
    model = fit_reward(snapshot, encoder_key=DEFAULT_KEY).model
    prediction = predict_ratings(model, snapshot, snapshot.ratings, model.known_raters)
    found["model"] = np.concatenate([prediction.mean, prediction.sd])
    with one_core():
        network = train_network(snapshot, SHORT, hear_nothing).network
        found["transformer"] = network.expected(snapshot.images, snapshot.raters, snapshot.ratings)
    save_file(found, out)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
