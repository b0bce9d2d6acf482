"""A trained network as arrays, and the backbone that reads it.

Whoever loads a model loads this module; torch comes in only when a network is asked for features.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scoring.ml.data import Floats, Floats32, Images
from scoring.ml.linear import LinearBackbone
from scoring.ml.reward import Representation, Shares
from scoring.ml.tokens import TokenSettings


@dataclass(frozen=True, kw_only=True)
class Network:
    """Hold a trained network as arrays, with the scaling of its inputs; frozen, so it can be saved."""

    settings: TokenSettings
    centre: Floats32  # (image_width,)
    scale: Floats32  # (image_width,)
    weights: Mapping[str, NDArray[np.float32]]

    def features(self, images: Images) -> Floats32:
        """Return what the network makes of each image, (N, width)."""
        from scoring.ml.transformer import image_features, rebuilt  # torch: who only reads a model does without

        return image_features(rebuilt(self.settings, self.weights), self.settings, images, (self.centre, self.scale))

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
