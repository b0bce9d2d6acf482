"""Use a released model: open its folder, look at pictures, predict for everybody or for one person."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scoring.ml.data.arrays import Images
from scoring.ml.encoders import Encoder, build_encoder, encode_images
from scoring.ml.reward import Prediction, Representation, RewardModel
from scoring.ml.storage.checkpoints import load_model
from scoring.ml.taste.posterior import TastePosterior

CARD = "card.json"


@dataclass(frozen=True, kw_only=True)
class Release:
    """A reward model with the encoder that it was trained on, speaking on the scale of its study."""

    model: RewardModel
    encoder: Encoder
    low: float
    high: float

    def look_at(self, files: Sequence[Path], prompts: Sequence[str] | None = None) -> Representation:
        """See pictures, each with the prompt that it was made from where that is known."""
        images = Images(
            keys=tuple(hashlib.sha256(file.read_bytes()).hexdigest() for file in files),
            features=encode_images(self.encoder, files),
            prompt_features=self.encoder.encode_texts(list(prompts or [""] * len(files))),
            parts=self.encoder.image_parts,
        )
        return self.model.represent(images)

    def predict(self, seen: Representation, taste: TastePosterior | None = None) -> Prediction:
        """Predict what somebody of that taste gives each picture, or else everybody on average; mean and sd, (N,)."""
        found = self.model.predict(seen, taste or self.model.prior())
        span = self.high - self.low
        return Prediction(mean=self.low + span * found.mean, sd=span * found.sd)

    def taste_of(self, seen: Representation, ratings: Mapping[int, float]) -> TastePosterior:
        """Learn one person's taste, in closed form, from their ratings of some of the pictures by place."""
        values = (np.array(list(ratings.values()), float) - self.low) / (self.high - self.low)
        return self.model.posterior(seen.take(np.array(list(ratings), int)), values)


def open_release(folder: Path) -> Release:
    """Load what `export_model` wrote."""
    scale = json.loads((folder / CARD).read_text())["scale"]
    model = load_model(folder)
    return Release(model=model, encoder=build_encoder(model.encoder_key), low=scale["min"], high=scale["max"])
