"""Find the rater whose taste is furthest from another's."""

import numpy as np

from ratings.models import Participation
from scoring.ml.taste.posterior import TastePosterior
from scoring.pipeline.serving.live import model_of
from scoring.pipeline.serving.taste_profiles import sampled_images
from scoring.selectors.steering import known_tastes
from scoring.selectors.versions import live_version, taste_of


def furthest_rater(*, participation: Participation) -> Participation | None:
    """Give the rater whose expected ratings of the study's images correlate least with this one's."""
    version = live_version(study_id=participation.study_id)
    own = taste_of(version=version, participation_id=participation.pk) if version else None
    others = known_tastes(participation=participation)
    if version is None or own is None or not others:
        return others[0].participation if others else None
    _, seen = sampled_images(version)
    weights = np.column_stack([TastePosterior.from_bytes(bytes(row.posterior)).mean for row in (own, *others)])
    expected = model_of(version).design(seen) @ weights  # (N, 1 + others)
    away = expected - expected.mean(axis=0)
    spread = np.sqrt(np.square(away).sum(axis=0)).clip(1e-12)
    correlation = (away[:, :1] * away[:, 1:]).sum(axis=0) / (spread[0] * spread[1:])
    return others[int(np.argmin(correlation))].participation
