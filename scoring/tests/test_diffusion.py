"""Diffusion pipelines: drawn on a tiny one with random weights, made on the spot."""

import json
from importlib import import_module
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import numpy as np
import pytest

from scoring.generators.base import Generator, ImageRequest, NotConfiguredError
from scoring.ml.encoders.torchvision_shim import make_torchvision_importable
from scoring.pipeline.steering.diffusion import DiffusionGenerator

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("torch")]
WIDTH = 32


@pytest.fixture(scope="module")
def tiny_pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save a Stable Diffusion pipeline of a few thousand weights."""
    make_torchvision_importable()
    import_module("torch").manual_seed(0)
    parts: Any = import_module("diffusers")
    folder = tmp_path_factory.mktemp("tiny")
    text_encoder, tokenizer = tiny_text(folder)
    pipeline = parts.StableDiffusionPipeline(
        vae=parts.AutoencoderKL(
            block_out_channels=(WIDTH,) * 4,
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
            latent_channels=4,
            norm_num_groups=8,
        ),
        text_encoder=text_encoder,
        tokenizer=tokenizer,
        unet=parts.UNet2DConditionModel(
            sample_size=32,
            block_out_channels=(WIDTH, WIDTH),
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
            layers_per_block=1,
            cross_attention_dim=WIDTH,
            attention_head_dim=8,
            norm_num_groups=8,
        ),
        scheduler=parts.DDIMScheduler(clip_sample=False),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.save_pretrained(folder / "pipeline", safe_serialization=True)
    return folder / "pipeline"


def tiny_text(folder: Path) -> tuple[Any, Any]:
    """Make a text encoder and a tokenizer that knows letters."""
    parts: Any = import_module("transformers")
    words = [*ascii_lowercase, *(f"{letter}</w>" for letter in ascii_lowercase)]
    vocabulary = {word: place for place, word in enumerate(("<|startoftext|>", "<|endoftext|>", *words))}
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    config = parts.CLIPTextConfig(
        vocab_size=len(vocabulary),
        hidden_size=WIDTH,
        intermediate_size=WIDTH,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=16,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=1,
    )
    return parts.CLIPTextModel(config), parts.CLIPTokenizer.from_pretrained(folder, model_max_length=16)


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
