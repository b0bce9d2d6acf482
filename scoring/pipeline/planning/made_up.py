"""Pictures and raters that are made up, for a study of which no model knows anything yet."""

import numpy as np

from ratings.sentences import staff_gettext
from scoring.ml.data.arrays import Floats, Images
from scoring.ml.reward import RepresentedImages, RewardModel, Shares
from scoring.ml.taste.head import TasteHead

LEVEL, TASTE, NOISE = 0.25, 0.25, 0.5  # shares of the variance between raters of one picture
PICTURES = 3 / 7  # variance between pictures over that between raters of one: an intraclass correlation of 0.3
DIRECTIONS = 6  # in which tastes differ
FOLLOWING = 0.3  # sd of how much of the consensus raters follow
EVEN = 20.0  # shape of the prior on the spread: raters use much the same part of the scale
MADE_UP = "made-up"


def rests_on() -> str:
    """Say what made-up raters are."""
    return staff_gettext(
        "SROCC: no model of the study is there yet, so raters are made up: of the variance between raters of one "
        "picture {level} is how high they rate, {taste} their own taste in {directions} directions and {noise} noise, "
        "and the intraclass correlation is 0.3. It takes for granted that the pictures are understood: an upper bound."
    ).format(level=f"{LEVEL:.0%}", taste=f"{TASTE:.0%}", directions=DIRECTIONS, noise=f"{NOISE:.0%}")


class UnseenBackbone:
    """Stand in for a network where pictures are made up as it would have represented them."""

    def represent(self, images: Images) -> RepresentedImages:  # noqa: ARG002 - the contract
        """Refuse: there is no picture."""
        raise TypeError("Made-up pictures are represented already.")

    def share(self, images: Images, weights: Floats) -> Shares:  # noqa: ARG002 - the contract
        """Refuse: there is no picture."""
        raise TypeError("Made-up pictures have no features.")


def made_up_model(*, sd: float, offset: float = 0.5) -> RewardModel:
    """Give a model whose raters differ by this standard deviation about one picture, on the scale [0, 1]."""
    sds = [sd * np.sqrt(LEVEL), FOLLOWING, *([sd * np.sqrt(TASTE / DIRECTIONS)] * DIRECTIONS)]
    head = TasteHead(
        mean=np.array([offset, 1.0, *([0.0] * DIRECTIONS)]),
        factor=np.diag(sds),
        noise=sd**2 * NOISE,
        shape=EVEN,
        offset=offset,
    )
    return RewardModel(encoder_key=MADE_UP, backbone=UnseenBackbone(), head=head)


def made_up_pictures(*, count: int, sd: float, rng: np.random.Generator) -> RepresentedImages:
    """Draw pictures whose means differ as much as such studies usually find."""
    return RepresentedImages(
        z=rng.standard_normal((count, DIRECTIONS)),
        consensus=0.5 + sd * np.sqrt(PICTURES) * rng.standard_normal(count),
        variance=np.zeros(count),
    )
