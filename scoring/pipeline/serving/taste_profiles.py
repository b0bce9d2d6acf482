"""Say in pictures how tastes differ: what divides raters, and what one of them likes more than others do."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np

from ratings.models import Participation
from scoring.ml.data.arrays import Floats
from scoring.ml.reward import RepresentedImages, RewardModel
from scoring.ml.taste.posterior import TastePosterior
from scoring.models import ModelVersion
from scoring.models import Representation as Stored
from scoring.pipeline.serving.live import model_of, stored_representation
from scoring.selectors.versions import taste_of

DIVIDERS = 24  # images kept with a version
MOST_IMAGES = 20_000  # looked at, drawn at random from a larger study
MOST_RATERS = 1500


@dataclass(frozen=True, kw_only=True)
class Leaning:
    """How one rater is expected to rate an image, and everybody, both on the study's scale."""

    image_id: UUID
    expected: float
    everybody: float
    leaning: float  # the difference, without what makes the rater kinder or sterner all over
    sd: float  # of the expected rating


@dataclass(frozen=True, kw_only=True)
class Portrait:
    """One rater's taste: all images from those liked more than others do to those liked less."""

    version: ModelVersion
    rating_count: int
    kindness: float  # how much higher the rater rates than others, on average, on the study's scale
    leanings: list[Leaning]


def dividing_images(version: ModelVersion, model: RewardModel) -> list[dict[str, Any]]:
    """Give the images on which known raters are expected to differ most, each rater's kindness set aside."""
    tastes = list(model.known_raters.values())
    images, seen = looked_at(version)
    if len(tastes) < 2 or not images:  # noqa: PLR2004 - a difference needs two
        return []
    rng = np.random.default_rng(0)
    chosen = [tastes[place] for place in rng.permutation(len(tastes))[:MOST_RATERS]]
    expected = model.design(seen) @ np.column_stack([taste.mean for taste in chosen])  # (N, raters)
    own = expected - expected.mean(axis=0)
    spread = own.std(axis=1)
    low, high = np.quantile(expected, (0.1, 0.9), axis=1)
    return [
        {
            "image": str(images[row]),
            "spread": round(on_scale(version, spread[row]), 4),
            "low": round(version.study.scale_min + on_scale(version, low[row]), 3),
            "high": round(version.study.scale_min + on_scale(version, high[row]), 3),
        }
        for row in np.argsort(-spread)[:DIVIDERS]
    ]


def portrait_of(participation: Participation, version: ModelVersion) -> Portrait | None:
    """Compare what a rater is expected to like with what everybody is; none before anything was learned."""
    taste = taste_of(version=version, participation_id=participation.pk)
    if taste is None or not taste.rating_count:
        return None
    model = model_of(version)
    images, seen = looked_at(version)
    personal = model.predict(seen, TastePosterior.from_bytes(bytes(taste.posterior)))
    everybody = model.predict(seen, model.prior()).mean
    apart = personal.mean - everybody
    kindness = float(apart.mean()) if len(apart) else 0.0
    return Portrait(
        version=version,
        rating_count=taste.rating_count,
        kindness=on_scale(version, kindness),
        leanings=[
            Leaning(
                image_id=images[row],
                expected=version.study.scale_min + on_scale(version, personal.mean[row]),
                everybody=version.study.scale_min + on_scale(version, everybody[row]),
                leaning=on_scale(version, apart[row] - kindness),
                sd=on_scale(version, personal.sd[row]),
            )
            for row in np.argsort(kindness - apart)
        ],
    )


def looked_at(version: ModelVersion) -> tuple[list[UUID], RepresentedImages]:
    """Give the images that a version knows, and what it sees in them."""
    keys = list(Stored.objects.filter(model_version=version).order_by("pk").values_list("image_id", flat=True))
    if len(keys) > MOST_IMAGES:
        keys = [keys[place] for place in np.random.default_rng(0).permutation(len(keys))[:MOST_IMAGES]]
    return stored_representation(version=version, images=keys)


def on_scale(version: ModelVersion, value: Floats | float) -> float:
    """Map a distance in [0, 1] to the study's scale."""
    return float(value * (version.study.scale_max - version.study.scale_min))
