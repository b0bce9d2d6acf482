"""Choose which pictures a rater sees side by side next, by what is known of their taste."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import numpy as np

from ratings.choices import Policy
from ratings.models import Participation
from ratings.selectors.pairs import sampled_pairs, waiting_comparisons
from ratings.services.comparisons.queueing import ComparisonItem, enqueue_comparisons
from scoring.ml.data.arrays import Ints
from scoring.ml.selection.acquisition import AcquisitionSettings
from scoring.ml.selection.comparisons import ComparisonRequest, choose_comparisons
from scoring.ml.taste.posterior import TastePosterior
from scoring.pipeline.serving.candidate_pool import seen_by
from scoring.pipeline.serving.live import Serving

QUEUE_LENGTH = 12
SHORT = 8  # a queue with fewer comparisons is replaced, with all that was learned meanwhile
MOST_LOOKED_AT = 2000  # of the study's comparisons


def refill_comparisons(serving: Serving, participation: Participation, taste: TastePosterior) -> int:
    """Choose a rater's next comparisons, unless enough wait that the same model chose; give how many were queued."""
    now = (Policy.ACTIVE, str(serving.version))
    waiting = waiting_comparisons(participation_id=participation.pk)
    if len(waiting) >= SHORT and all(one == now for one in waiting):
        return 0
    shown, share = sampled_pairs(participation=participation, limit=MOST_LOOKED_AT)
    known, seen = seen_by(serving.version, list({image: None for images in shown.values() for image in images}))
    rows = {image: row for row, image in enumerate(known)}
    pairs = [pair for pair, images in shown.items() if all(image in rows for image in images)]
    if not pairs:
        return 0
    chosen = choose_comparisons(
        "active",
        ComparisonRequest(
            model=serving.model,
            taste=taste,
            images=seen,
            sets=rows_of([shown[pair] for pair in pairs], rows),
            count=QUEUE_LENGTH,
            share=share,
            settings=AcquisitionSettings(floor=participation.study.uniform_floor).for_rater(taste.count),
        ),
        np.random.default_rng(),
    )
    items = [
        ComparisonItem(
            pair_id=pairs[one.row], policy=Policy.ACTIVE, propensity=min(one.propensity, 1.0), score=one.score
        )
        for one in chosen
    ]
    return enqueue_comparisons(participation_id=participation.pk, items=items, model_version=str(serving.version))


def rows_of(sets: Sequence[Sequence[UUID]], rows: Mapping[UUID, int]) -> Ints:
    """Give the row of each picture of each comparison, and -1 after the last of one with fewer."""
    found = np.full((len(sets), max(map(len, sets))), -1)
    for place, images in enumerate(sets):
        found[place, : len(images)] = [rows[image] for image in images]
    return found
