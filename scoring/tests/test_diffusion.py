"""Diffusion pipelines: drawn on a tiny one with random weights, made on the spot."""

from pathlib import Path

import numpy as np
import pytest

from scoring.generators.base import Generator, ImageRequest, NotConfiguredError
from scoring.pipeline.steering.diffusion import DiffusionGenerator
from scoring.tests.tiny_pipeline import save_tiny_pipeline

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def tiny_pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save a Stable Diffusion pipeline of a few thousand weights."""
    return save_tiny_pipeline(tmp_path_factory.mktemp("tiny"))


def request(seed: int, side: int = 64) -> ImageRequest:
    """Ask for a small picture."""
    return ImageRequest(prompt="a vase", seed=seed, width=side, height=64)


def test_a_pipeline_keeps_the_contract_and_its_seeds(tiny_pipeline: Path) -> None:
    generator = DiffusionGenerator(str(tiny_pipeline))
    assert isinstance(generator, Generator)
    assert generator.generate([]) == []
    first, second, wide, again = generator.generate([request(1), request(2), request(1, side=100), request(1)])
    assert [picture.size for picture in (first, second, wide)] == [(64, 64), (64, 64), (100, 64)]
    assert first.mode == "RGB"
    assert np.array_equal(np.asarray(first), np.asarray(again))
    assert not np.array_equal(np.asarray(first), np.asarray(second))


def test_a_folder_without_a_pipeline_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(NotConfiguredError, match="DIFFUSION_MODEL"):
        DiffusionGenerator(str(tmp_path))
