"""Use a released model: open its folder, look at pictures, predict for everybody or for one person."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file, save_file

from scoring.checkpoint_files import describe_files, digest_of
from scoring.ml.data.arrays import Images
from scoring.ml.encoders import Encoder, build_encoder, encode_images
from scoring.ml.reward import Prediction, RepresentedImages, RewardModel
from scoring.ml.scores import Scale
from scoring.ml.storage.checkpoints import load_model
from scoring.ml.taste.posterior import TastePosterior
from scoring.taste_file import TasteFile, read_taste, require_model

CARD = "card.json"
REFERENCE = "reference.safetensors"  # what the model sees in pictures of the study, which percentiles are taken among


@dataclass(frozen=True, kw_only=True)
class Release:
    """A reward model with the encoder that it was trained on, speaking on the scale of its study."""

    model: RewardModel
    encoder: Encoder
    low: float
    high: float
    name: str = ""
    digest: str = ""  # of the model's files, which a taste file names
    reference: RepresentedImages | None = None

    @property
    def scale(self) -> Scale:
        """Give the scale of the study."""
        return Scale(low=self.low, high=self.high)

    def look_at(self, files: Sequence[Path], prompts: Sequence[str] | None = None) -> RepresentedImages:
        """See pictures, each with the prompt that it was made from where that is known."""
        images = Images(
            keys=tuple(hashlib.sha256(file.read_bytes()).hexdigest() for file in files),
            features=encode_images(self.encoder, files),
            prompt_features=self.encoder.encode_texts(list(prompts or [""] * len(files))),
            parts=self.encoder.image_parts,
        )
        return self.model.represent(images)

    def predict(self, seen: RepresentedImages, taste: TastePosterior | None = None) -> Prediction:
        """Predict the rating of each image under that taste, or else the mean over raters; mean and sd, (N,)."""
        found = self.model.predict(seen, taste or self.model.prior())
        span = self.high - self.low
        return Prediction(mean=self.low + span * found.mean, sd=span * found.sd, stretch=found.stretch)

    def open_taste(self, content: Path | bytes) -> TastePosterior:
        """Open a taste file that somebody took along; `TasteFileError` where it is none, or of another model."""
        taste = read_taste(content.read_bytes() if isinstance(content, Path) else content)
        require_model(taste, digest=self.digest, name=self.name)
        return posterior_of(taste)

    def taste_of(self, seen: RepresentedImages, ratings: Mapping[int, float]) -> TastePosterior:
        """Learn one person's taste, in closed form, from their ratings of some of the pictures by place."""
        values = (np.array(list(ratings.values()), float) - self.low) / (self.high - self.low)
        return self.model.posterior(seen.take(np.array(list(ratings), int)), values)


def open_release(folder: Path) -> Release:
    """Load what `export_model` wrote."""
    card = read_release_card(folder)
    scale, model = card["scale"], load_model(folder)
    return Release(
        name=name_of(card),
        digest=digest_of(describe_files(folder)),
        model=model,
        encoder=build_encoder(model.encoder_key),
        low=scale["min"],
        high=scale["max"],
        reference=load_reference(folder),
    )


def name_of(card: Mapping[str, Any]) -> str:
    """Name a released model as sentences do."""
    return f"model {card.get('version')} of {card.get('study')!r}"


def posterior_of(taste: TasteFile) -> TastePosterior:
    """Give the posterior that a taste file holds."""
    return TastePosterior(mean=taste.mean, factor=taste.factor, shape=taste.shape, rate=taste.rate, count=taste.count)


def read_release_card(folder: Path) -> dict[str, Any]:
    """Read what a release says of itself."""
    card: dict[str, Any] = json.loads((folder / CARD).read_text())
    return card


def save_reference(folder: Path, reference: RepresentedImages) -> None:
    """Write what the model sees in pictures that percentiles are taken among."""
    arrays = {"z": reference.z, "consensus": reference.consensus, "variance": reference.variance}
    save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, str(folder / REFERENCE))


def load_reference(folder: Path) -> RepresentedImages | None:
    """Read what `save_reference` wrote; nothing in a folder of an earlier version, which has no percentiles."""
    file = folder / REFERENCE
    return RepresentedImages(**load_file(str(file))) if file.is_file() else None
