"""Fit and embed in a process of its own, and write what came out: what `test_cores` compares between processes."""

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from safetensors.numpy import save_file

from scoring.ml.encoders import DEFAULT_KEY, build_encoder, encode_images
from scoring.ml.fit import FitSettings, fit_reward, predict_ratings
from scoring.ml.network_fit import NetworkSettings
from scoring.tests.ml.sets import make_world

PICTURES = 18  # more than are prepared together
SHORT = NetworkSettings(steps=25, batch=64)


def pictures() -> list[Image.Image]:
    """Draw coarse pictures."""
    rng = np.random.default_rng(0)
    coarse = [Image.fromarray(rng.integers(0, 255, (6, 8, 3), dtype=np.uint8)) for _ in range(PICTURES)]
    return [one.resize((96, 64), Image.Resampling.BICUBIC) for one in coarse]


def main(out: Path) -> None:
    """Write the vectors of pictures, and the predictions of a model of each family."""
    snapshot = make_world(raters=10, images=30).snapshot
    found: dict[str, NDArray[np.floating]] = {"vectors": encode_images(build_encoder(DEFAULT_KEY), pictures())}
    for settings in (FitSettings(), FitSettings(families=("network",), network=SHORT)):
        model = fit_reward(snapshot, encoder_key=DEFAULT_KEY, settings=settings).model
        prediction = predict_ratings(model, snapshot, snapshot.ratings, model.known_raters)
        found[settings.families[0]] = np.concatenate([prediction.mean, prediction.sd])
    save_file(found, out)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
