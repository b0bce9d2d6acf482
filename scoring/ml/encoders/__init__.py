"""Frozen networks that turn images and prompts into vectors, each named by one key."""

from scoring.ml.encoders.base import (
    Batch,
    Encoder,
    Source,
    embed_images,
    encode_images,
    read_image,
)
from scoring.ml.encoders.keys import DEFAULT_KEY, part_names
from scoring.ml.encoders.registry import build_encoder

__all__ = [
    "DEFAULT_KEY",
    "Batch",
    "Encoder",
    "Source",
    "build_encoder",
    "embed_images",
    "encode_images",
    "part_names",
    "read_image",
]
