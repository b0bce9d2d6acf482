"""Stop asking raters of whom the live model is sure enough, where their study's rule says so."""

from collections.abc import Sequence
from uuid import UUID

import numpy as np

from ratings.choices import ParticipationState
from ratings.models import Participation
from ratings.services.stopping import stop_rater
from scoring.ml.reward import RepresentedImages, RewardModel
from scoring.ml.taste.posterior import TastePosterior
from scoring.pipeline.serving.candidate_pool import pool_of
from scoring.pipeline.serving.live import live_model
from scoring.selectors.versions import taste_of


def stop_sure_raters(*, participation_ids: Sequence[UUID]) -> int:
    """Stop those of the raters whose expected ratings are known well enough; give how many."""
    rows = Participation.objects.select_related("study").filter(
        pk__in=participation_ids,
        state=ParticipationState.ACTIVE,
        stopped_at__isnull=True,
        study__stop_rater_sd__isnull=False,
    )
    return sum(stop_rater(participation_id=one.pk) for one in rows if is_sure(one))


def is_sure(participation: Participation) -> bool:
    """Tell whether the model has learned enough of a rater, and is as sure as the rule wants."""
    study = participation.study
    serving = live_model(study)
    taste = taste_of(version=serving.version, participation_id=participation.pk) if serving is not None else None
    if serving is None or taste is None or taste.rating_count < study.stop_rater_after:
        return False
    pool = pool_of(serving.version)
    if not len(pool.seen):
        return False
    sd = expected_sd(serving.model, TastePosterior.from_bytes(bytes(taste.posterior)), pool.seen)
    return sd * (study.scale_max - study.scale_min) < (study.stop_rater_sd or 0.0)


def expected_sd(model: RewardModel, taste: TastePosterior, seen: RepresentedImages) -> float:
    """Give how unsure a model is of a rater's expected ratings, on average over pictures, on the scale [0, 1].

    The noise of single ratings, which no further rating takes away, is left out.
    """
    spread = np.square(model.design(seen) @ taste.factor).sum(axis=1)
    return float(model.head.width(taste.count) * np.sqrt(taste.spread * spread).mean())
