"""The best of eight pictures, by one person's reward over HTTP, is better for them than the best by everybody's."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import scoring
from scoring.client import Pamela
from scoring.ml.data.arrays import Floats
from scoring.ml.evaluation.metrics import paired_difference
from scoring.tests.server.http_calls import free_port, running
from scoring.trials.best_of import EVERYBODY, release_trial, released_scorer, try_best_of
from scoring.trials.steering import TrialSize

pytestmark = pytest.mark.slow
SIZE = TrialSize(
    pictures=120, teachers=32, ratings_each=90, learners=8, levels=(100,), prompts=20, variants=8, side=128
)  # the figures in the documentation are of `benchmark best_of`: 100 prompts


def be_silent(line: str) -> None:
    del line


def test_best_of_eight_by_ones_own_reward_beats_that_by_everybodys_in_hidden_taste(tmp_path: Path) -> None:
    trial, port = release_trial(SIZE, tmp_path, tell=be_silent), free_port()
    command = ["-m", "scoring.server", str(trial.release), "--port", str(port), "--tastes", str(trial.tastes)]
    root = str(Path(scoring.__file__).parents[1])
    here = released_scorer(trial)
    asked: list[str] = []
    with running(command, port=port, folder=tmp_path, PYTHONPATH=root), Pamela(f"http://127.0.0.1:{port}") as client:

        def score(pictures: Sequence[Image.Image], prompt: str, raters: Sequence[str]) -> Floats:
            """Ask the server, and of the first prompt this process as well."""
            found = client.score(pictures, [prompt] * len(pictures), raters=raters)
            if not asked:
                assert found.raters == (*trial.liking, EVERYBODY)
                assert found.mean == pytest.approx(here(pictures, prompt, raters), abs=1e-5)
            asked.append(prompt)
            return np.asarray(found.mean, np.float64)

        picks = try_best_of(trial, score, tell=be_silent)
    assert len(asked) == 20
    assert picks.own.shape == (8, 20)
    gain = paired_difference(picks.own.mean(axis=1), picks.everybody.mean(axis=1))  # over raters
    assert gain.low > 0
    assert picks.chance.mean() < picks.everybody.mean() < picks.own.mean() < picks.best.mean()
