"""What a rater's outlook expects of more ratings is near what they bring, where raters are as the model assumes."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from scoring.ml.evaluation.metrics import bootstrap_mean
from scoring.ml.storage.checkpoints import load_model
from scoring.models import RaterOutlook
from scoring.pipeline.inputs.arrays import study_arrays
from scoring.pipeline.serving.checkpoints import local_checkpoint
from scoring.selectors.training import study_ratings
from scoring.tests.learning import make_world, taste_of, trained_version

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
RATERS, IMAGES, FIRST, MORE = 24, 120, 20, 25


def test_the_gain_that_outlooks_expect_on_average_is_not_shown_to_differ_from_what_further_ratings_bring() -> None:
    world = make_world(images=IMAGES)
    people = [world.add_rater() for _ in range(RATERS)]
    for person in people:
        person.rate_some([world.rows[place] for place in world.rng.permutation(IMAGES)[:FIRST]])
    version = trained_version(world.study)
    model = load_model(local_checkpoint(version=version))
    data = study_arrays(
        study=world.study, rows=study_ratings(study=world.study).learnable, encoder_key=version.encoder_key
    )
    seen = model.represent(data.snapshot.images)
    keys = [*data.image_rows]
    expected, brought = [], []
    for person in people:
        outlook = RaterOutlook.objects.get(participation=person.participation).found
        rated = set(person.participation.assignments.values_list("image", flat=True))
        left = world.rng.permutation([place for place, key in enumerate(keys) if key not in rated])
        given = np.array([(world.liking(person.weights, keys[place]) - 1) / 4 for place in left])
        taste = taste_of(version, person)
        after = model.posterior(seen.take(left[:MORE]), given[:MORE], taste)
        judged = model.design(seen.take(left[MORE:]))
        now, then = (spearmanr(judged @ one.mean, given[MORE:]).statistic for one in (taste, after))
        brought.append(then - now)
        expected.append(next(one.srocc.value for one in outlook.gains if one.more == MORE))
    mean_expected, mean_brought = bootstrap_mean(np.array(expected)), bootstrap_mean(np.array(brought))
    assert mean_expected.value > 0 < mean_brought.low
    assert mean_expected.high > mean_brought.low
    assert mean_expected.low < mean_brought.high
