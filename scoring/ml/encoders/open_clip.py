"""Encoders from open_clip: image and text towers from the hub, a local directory or a file."""

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from scoring.ml.data import Floats32
from scoring.ml.encoders.torchvision_shim import make_torchvision_importable


class OpenClipEncoder:
    """Encode with an open_clip model, in mixed precision on a GPU.

    The name is MODEL/WEIGHTS (`ViT-SO400M-16-SigLIP2-384/webli`), `hf-hub:OWNER/NAME`, a directory
    with open_clip_config.json and weights, or a weights file as MODEL@/path/to/file.
    """

    def __init__(self, name: str, device: str | None = None) -> None:
        make_torchvision_importable()
        library = importlib.import_module("open_clip")
        self.key = f"open_clip:{name}"
        self._device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        model, weights = _address(name)
        try:
            network, preprocess = library.create_model_from_pretrained(
                model, pretrained=weights, device=self._device, return_transform=True
            )
            self._tokenizer = library.get_tokenizer(model)
        except (OSError, RuntimeError, ValueError) as error:
            raise ValueError(f"encoder: open_clip cannot load {name!r}: {error}") from error
        self._network, self._preprocess = network.eval(), preprocess
        self.image_dim = len(self.encode_prepared([self.prepare(Image.new("RGB", (8, 8)))])[0])
        self.text_dim = len(self.encode_texts(["a"])[0])
        self.image_parts: tuple[int, ...] = (self.image_dim,)
        self.is_joint = self.image_dim == self.text_dim

    def prepare(self, image: Image.Image) -> torch.Tensor:
        """Apply the model's own preprocessing to one RGB image."""
        pixels: torch.Tensor = self._preprocess(image)
        return pixels

    @torch.inference_mode()
    def encode_prepared(self, batch: Sequence[torch.Tensor]) -> Floats32:
        """Run the image tower, rows of unit length, (N, image_dim)."""
        pixels = torch.stack(list(batch)).to(self._device, non_blocking=True)
        with self._precision():
            features = self._network.encode_image(pixels)
        return _unit(features)

    @torch.inference_mode()
    def encode_texts(self, texts: Sequence[str]) -> Floats32:
        """Run the text tower, rows of unit length, (N, text_dim); an empty text is zero."""
        with self._precision():
            features = self._network.encode_text(self._tokenizer(list(texts)).to(self._device))
        given = np.array([bool(text.strip()) for text in texts], np.float32)
        return np.asarray(_unit(features) * given[:, None], np.float32)

    def _precision(self) -> Any:
        return torch.autocast(self._device.type, dtype=torch.bfloat16, enabled=self._device.type == "cuda")


def _address(name: str) -> tuple[str, str | None]:
    """Split a name into what open_clip calls model and weights."""
    if name.startswith("hf-hub:"):
        return name, None
    if Path(name).is_dir():
        return f"local-dir:{name}", None
    model, at, file = name.partition("@")
    if at:
        if not Path(file).is_file():
            raise ValueError(f"encoder: there is no weights file {file}")
        return model, file
    model, slash, tag = name.partition("/")
    if not slash:
        raise ValueError(f"encoder: {name!r} names no weights; write MODEL/WEIGHTS")
    return model, tag


def _unit(features: torch.Tensor) -> Floats32:
    unit = torch.nn.functional.normalize(features.float(), dim=-1)
    return np.asarray(unit.cpu().numpy(), np.float32)
