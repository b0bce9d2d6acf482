"""Diffusion pipelines on this machine: FLUX.2, Stable Diffusion 3.5 and whatever else `diffusers` loads."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from scoring.generators.base import BadOutputError, ImageRequest, NotConfiguredError, UnavailableError
from scoring.ml.encoders.torchvision_shim import make_torchvision_importable

NAME = "diffusers"
BATCH = 4  # pictures in one pass
MULTIPLE = 16  # that networks want of a side


class DiffusionGenerator:
    """Draws with a text-to-image pipeline from a folder or the hub; weights are safetensors only.

    Equal requests give equal pictures on one kind of device: each has a random generator of its own.
    """

    name = NAME

    def __init__(self, model: str) -> None:
        """Load the pipeline, in half precision on a GPU."""
        self.key = f"{NAME}:{model}"
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._pipeline = loaded_pipeline(model, self._device)

    def generate(self, requests: Sequence[ImageRequest]) -> list[Image.Image]:
        """Draw every request in order; neighbours of one size share a pass."""
        pictures: list[Image.Image] = []
        for _, group in groupby(requests, key=lambda request: (request.width, request.height)):
            same = list(group)
            for start in range(0, len(same), BATCH):
                pictures += self._drawn(same[start : start + BATCH])
        return pictures

    def _drawn(self, requests: Sequence[ImageRequest]) -> list[Image.Image]:
        width, height = requests[0].width, requests[0].height
        try:
            found = self._pipeline(
                prompt=[request.prompt for request in requests],
                width=width - width % MULTIPLE,
                height=height - height % MULTIPLE,
                generator=[torch.Generator("cpu").manual_seed(request.seed) for request in requests],
            ).images
        except torch.cuda.OutOfMemoryError as error:
            raise UnavailableError("the GPU has no room for this picture: ask for a smaller one") from error
        if len(found) != len(requests) or not all(isinstance(picture, Image.Image) for picture in found):
            raise BadOutputError(f"the pipeline gave {len(found)} pictures where {len(requests)} were asked for")
        return [picture.convert("RGB").resize((width, height), Image.Resampling.LANCZOS) for picture in found]


def loaded_pipeline(model: str, device: str) -> Any:
    """Load a pipeline; say in one sentence why it cannot be had."""
    make_torchvision_importable()
    from diffusers import DiffusionPipeline

    try:
        pipeline = DiffusionPipeline.from_pretrained(  # type: ignore[no-untyped-call]
            model,
            dtype=torch.bfloat16 if device == "cuda" else torch.float32,
            use_safetensors=True,
            local_files_only=Path(model).is_dir(),
        )
    except (OSError, ValueError, ImportError) as error:
        raise NotConfiguredError(f"DIFFUSION_MODEL {model!r} cannot be loaded: {error}") from error
    pipeline.set_progress_bar_config(disable=True)
    return pipeline.to(device)
