"""A trained network as arrays: the predictor that the paper describes; torch comes in only when it is asked."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.ml.data.arrays import Floats32, Images, Raters, Ratings
from scoring.ml.network.tokens import TokenSettings


@dataclass(frozen=True, kw_only=True)
class Network:
    """Hold a trained network as arrays, with the scaling of its inputs; frozen, so it can be saved."""

    settings: TokenSettings
    centre: Floats32  # (image_width,)
    scale: Floats32  # (image_width,)
    weights: Mapping[str, NDArray[np.float32]]

    def expected(self, images: Images, raters: Raters, asked: Ratings) -> Floats32:
        """Return the share of thresholds that each rating asked about is expected to pass, (R,)."""
        from scoring.ml.network.transformer import expected_shares  # torch, which reading a model does not need

        return expected_shares(self.settings, self.weights, (self.centre, self.scale), (images, raters, asked))
