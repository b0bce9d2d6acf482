"""Say which parts explain a model's predictions."""

import numpy as np

from scoring.ml.data.arrays import Floats
from scoring.ml.encoders import part_names
from scoring.ml.reward import RewardModel
from scoring.pipeline.inputs.arrays import StudyArrays
from scoring.selectors.training import TrainingRow


def carrying_parts(model: RewardModel, data: StudyArrays, rows: list[TrainingRow]) -> dict[str, float]:
    """Give each part's share of the variance of predictions of these ratings: cov(part, prediction) / var(prediction).

    The parts of `RewardModel.explain` add up to the prediction, so the shares add up to one; with a
    share below zero, the part mostly works against the others. The largest comes first.
    """
    query, snapshot = data.ratings(rows), data.snapshot
    names = part_names(model.encoder_key, len(snapshot.images.parts))
    found: dict[str, Floats] = {}
    for rater in np.unique(query.rater):
        mine = np.flatnonzero(query.rater == rater)
        taste = model.known_raters.get(snapshot.raters.keys[rater]) or model.prior(snapshot.raters.answers(int(rater)))
        explained = model.explain(snapshot.images.take(query.image[mine]), taste).renamed(names)
        for part, share in explained.parts.items():
            found.setdefault(part, np.zeros(len(query)))[mine] = share
    total = np.sum(list(found.values()), axis=0)
    away = total - total.mean()
    energy = float(away @ away)
    if energy == 0.0:
        return {}
    shares = {part: float(share @ away) / energy for part, share in found.items()}
    return {part: round(shares[part], 4) for part in sorted(shares, key=lambda part: -shares[part])}
