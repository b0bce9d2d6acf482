"""The trials behind the benchmarks run at toy size and give figures that make sense."""

import numpy as np
import pytest

from scoring.trials.embedding import trial_embedding
from scoring.trials.training import made_up_study, trial_fit


def test_made_up_ratings_are_the_same_at_every_run_and_lie_on_the_scale() -> None:
    one, two = (made_up_study(ratings=200, images=30, raters=5) for _ in range(2))
    assert one.digest() == two.digest()
    assert len(one.ratings) == 200
    assert np.all((one.ratings.value >= 0) & (one.ratings.value <= 1))


def test_a_fit_is_timed_and_its_memory_measured() -> None:
    took = trial_fit(ratings=300, images=40, raters=6)
    assert took["seconds"] > 0
    assert took["peak"] > 50


@pytest.mark.slow
@pytest.mark.long
def test_embedding_is_timed_beside_the_bare_network() -> None:
    found = trial_embedding(pictures=4)
    assert found["pipeline"] > 0
    assert found["network"] > 0
