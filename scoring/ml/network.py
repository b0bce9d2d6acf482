"""A trained network as arrays, and the backbone that reads it.

Whoever loads a model loads this module; torch comes in only when a network is asked for features.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scoring.ml.data import Categories, Floats, Floats32, Images, Ints
from scoring.ml.linear import LinearBackbone
from scoring.ml.reward import Representation, Shares


@dataclass(frozen=True, kw_only=True)
class TokenSettings:
    """Describe the network: its inputs, and its size."""

    image_width: int
    prompt_width: int
    metadata: Mapping[str, tuple[str, ...]]  # column -> known categories
    profile: Mapping[str, tuple[str, ...]]  # question -> known answers
    width: int = 64
    layers: int = 2
    heads: int = 4
    thresholds: int = 9
    dropout: float = 0.1
    token_dropout: float = 0.2


@dataclass(frozen=True, kw_only=True)
class Network:
    """Hold a trained network as arrays, with the scaling of its inputs; frozen, so it can be saved."""

    settings: TokenSettings
    centre: Floats32  # (image_width,)
    scale: Floats32  # (image_width,)
    weights: Mapping[str, NDArray[np.float32]]

    def features(self, images: Images) -> Floats32:
        """Return what the network makes of each image, (N, width)."""
        from scoring.ml.transformer import image_features  # torch: processes that only read a model do without

        return image_features(self, images)

    def extend(self, images: Images) -> Images:
        """Return the images with the network's features as one more part."""
        parts = images.parts or (images.features.shape[1],)
        return replace(
            images,
            features=np.hstack([images.features, self.features(images)]),
            parts=(*parts, self.settings.width),
        )


@dataclass(frozen=True, kw_only=True)
class NetworkBackbone:
    """Represent images by the linear-Gaussian model on encoder and network features."""

    network: Network
    linear: LinearBackbone

    def represent(self, images: Images) -> Representation:
        """Represent images, seen in training or not."""
        return self.linear.represent(self.network.extend(images))

    def share(self, images: Images, weights: Floats) -> Shares:
        """Split by block; the network's own features are the last part of the image."""
        return self.linear.share(self.network.extend(images), weights)


def code_columns(known: Mapping[str, tuple[str, ...]], columns: Categories, count: int) -> Ints:
    """Return the place of each category among the known ones, -1 otherwise, (count, columns)."""
    coded = np.full((count, len(known)), -1, np.int64)
    for place, (name, categories) in enumerate(known.items()):
        codes = {category: code for code, category in enumerate(categories)}
        if name in columns:
            coded[:, place] = [codes.get(category, -1) for category in columns[name]]
    return coded
