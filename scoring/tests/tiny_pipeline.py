"""A diffusion pipeline of a few thousand random weights, made on the spot."""

import json
from importlib import import_module
from pathlib import Path
from string import ascii_lowercase
from typing import Any

from scoring.ml.encoders.torchvision_shim import make_torchvision_importable

WIDTH = 32


def save_tiny_pipeline(folder: Path) -> Path:
    """Save a Stable Diffusion pipeline of a few thousand weights."""
    make_torchvision_importable()
    import_module("torch").manual_seed(0)
    parts: Any = import_module("diffusers")
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
