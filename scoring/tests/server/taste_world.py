"""Made-up pictures in two colours, a model fitted to two people with opposite tastes, and a released folder of it."""

import io
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from scoring.ml.data.arrays import Images, Raters, Ratings, Snapshot
from scoring.ml.encoders import DEFAULT_KEY, build_encoder, encode_images
from scoring.ml.release import save_reference
from scoring.ml.reward import RewardModel
from scoring.ml.storage.checkpoints import save_model
from scoring.ml.taste.posterior import TastePosterior
from scoring.ml.training.fit import FitSettings, fit_reward

SIDE = 48
PICTURES = 16
LOW, HIGH = 1.0, 5.0
CARD = {"study": "two-colours", "version": "v7", "scale": {"min": LOW, "max": HIGH, "step": 1}}


def picture(redness: float, *, seed: int = 0, side: int = SIDE, form: str = "PNG") -> bytes:
    """Draw a noisy picture between blue (0) and red (1), as a file."""
    rng = np.random.default_rng(seed)
    colour = np.array([40 + 180 * redness, 60, 220 - 180 * redness])
    pixels = np.clip(colour + rng.normal(0, 12, (side, side, 3)), 0, 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, form)
    return file.getvalue()


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """A model, what it learned from, and the tastes of two people: one likes red, the other blue."""

    model: RewardModel
    images: Images
    tastes: dict[str, TastePosterior]


@cache
def fitted() -> Fitted:
    """Fit a model to eight people, half of whom like red and half blue, once for all tests of a process."""
    shades = np.linspace(0, 1, PICTURES)
    files = [picture(shade, seed=row) for row, shade in enumerate(shades)]
    encoder = build_encoder(DEFAULT_KEY)
    images = Images(
        keys=tuple(f"picture {row}" for row in range(PICTURES)),
        features=encode_images(encoder, [Image.open(io.BytesIO(file)) for file in files]),
        prompt_features=encoder.encode_texts([""] * PICTURES),
        parts=encoder.image_parts,
    )
    people = [f"likes-{'red' if row % 2 else 'blue'}-{row}" for row in range(8)]
    rng = np.random.default_rng(1)
    rater, image = np.divmod(np.arange(len(people) * PICTURES), PICTURES)
    liking = np.where(rater % 2, shades[image], 1 - shades[image])
    ratings = Ratings.of(rater, image, np.clip(liking + rng.normal(0, 0.05, len(rater)), 0, 1))
    snapshot = Snapshot(images=images, raters=Raters(keys=tuple(people)), ratings=ratings)
    model = fit_reward(snapshot, encoder_key=DEFAULT_KEY, settings=FitSettings(factors=False)).model
    tastes = {"red": model.known_raters["likes-red-1"], "blue": model.known_raters["likes-blue-0"]}
    return Fitted(
        model=RewardModel(encoder_key=DEFAULT_KEY, backbone=model.backbone, head=model.head),
        images=images,
        tastes=tastes,
    )


def make_release(folder: Path) -> Path:
    """Write what a server needs of a release, and two tastes beside it."""
    world = fitted()
    release = folder / "release"
    save_model(world.model, release, card={})
    (release / "card.json").write_text(json.dumps(CARD))
    save_reference(release, world.model.represent(world.images))
    (folder / "tastes").mkdir()
    for name, taste in world.tastes.items():
        (folder / "tastes" / f"{name}.safetensors").write_bytes(taste.to_bytes())
    return release
