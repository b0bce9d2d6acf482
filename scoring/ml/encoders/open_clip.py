"""Encoders from open_clip: image and text towers from the hub, a local directory or a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from scoring.ml.data.arrays import Floats32
from scoring.ml.encoders.libraries import import_library
from scoring.ml.threads import one_thread

TEXT_BATCH = {"cpu": 1, "cuda": 128}  # texts in one pass, always so many: `scoring.ml.threads` says why
PREPROCESSING = ("mean", "std", "interpolation", "resize_mode")
TOKENISER_FILES = ("tokenizer.json", "tokenizer_config.json", "spiece.model")


class OpenClipEncoder:
    """Encode with an open_clip model, in mixed precision on a GPU.

    The name is MODEL/WEIGHTS (`ViT-SO400M-16-SigLIP2-384/webli`), `hf-hub:OWNER/NAME`, a directory
    with open_clip_config.json and weights, or a weights file as MODEL@/path/to/file. A file says nothing
    of preprocessing: it is that of the weights known of the model, or, where these differ, of the ones
    named in MODEL/WEIGHTS@/path/to/file. A tokeniser beside the file is taken before the hub's.
    """

    def __init__(self, name: str, device: str | None = None) -> None:
        self.key = f"open_clip:{name}"
        self._device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self.device = self._device.type
        try:
            library = import_library("open_clip")
            address = _address(library, name)
            network, self._preprocess = library.create_model_from_pretrained(
                address.model,
                pretrained=address.weights,
                device=self._device,
                return_transform=True,
                **{f"image_{key}": value for key, value in address.preprocessing.items()},
            )
            self._tokenizer = _tokenizer(library, address)
        except _NameError:
            raise
        except (ImportError, OSError, RuntimeError, TypeError, ValueError) as error:
            words = " ".join(str(error).split())
            raise ValueError(f"encoder: open_clip cannot load {name!r}: {words}") from error
        self._network = network.eval()
        self.image_dim = len(self.encode_prepared([self.prepare(Image.new("RGB", (8, 8)))])[0])
        self.text_dim = self._encoded(["a"]).shape[1]
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

    def encode_texts(self, texts: Sequence[str]) -> Floats32:
        """Run the text tower, rows of unit length, (N, text_dim); an empty text is zero."""
        vectors = np.zeros((len(texts), self.text_dim), np.float32)
        given = [row for row, text in enumerate(texts) if text.strip()]
        size = TEXT_BATCH[self.device]
        with one_thread():
            for start in range(0, len(given), size):
                rows = given[start : start + size]
                filled = [texts[row] for row in rows] + [""] * (size - len(rows))
                vectors[rows] = self._encoded(filled)[: len(rows)]
        return vectors

    @torch.inference_mode()
    def _encoded(self, texts: list[str]) -> Floats32:
        with self._precision():
            return _unit(self._network.encode_text(self._tokenizer(texts).to(self._device)))

    def _precision(self) -> Any:
        return torch.autocast(self._device.type, dtype=torch.bfloat16, enabled=self._device.type == "cuda")


class _NameError(ValueError):
    """The name itself is not understood; the message is one sentence."""


@dataclass(frozen=True, kw_only=True)
class _Address:
    """Hold what open_clip calls model and weights, and what it would not find out by itself."""

    model: str
    weights: str | None = None
    folder: Path | None = None  # of a weights file
    preprocessing: Mapping[str, Any] = field(default_factory=dict)


def _address(library: Any, name: str) -> _Address:
    """Take a name apart."""
    if name.startswith("hf-hub:"):
        return _Address(model=name)
    if Path(name).is_dir():
        return _Address(model=f"local-dir:{name}")
    named, at, file = name.partition("@")
    model, slash, tag = named.partition("/")
    if at:
        if not Path(file).is_file():
            raise _NameError(f"encoder: there is no weights file {file}")
        preprocessing = preprocessing_of(library, model, tag)
        return _Address(model=model, weights=file, folder=Path(file).parent, preprocessing=preprocessing)
    if not slash:
        raise _NameError(f"encoder: {name!r} names no weights; write MODEL/WEIGHTS")
    return _Address(model=model, weights=tag)


def preprocessing_of(library: Any, model: str, tag: str) -> dict[str, Any]:
    """Give how images are prepared for the weights of this tag, without one for all that are known of the model."""
    tags = [tag] if tag else library.list_pretrained_tags_by_model(model)
    known = [library.get_pretrained_cfg(model, one) for one in tags]
    if tag and not known[0]:
        raise _NameError(f"encoder: open_clip knows no weights {tag!r} of {model}")
    found = {tuple((key, one.get(key)) for key in PREPROCESSING) for one in known}
    if len(found) > 1:
        raise _NameError(
            f"encoder: the weights of {model} differ in how images are prepared; "
            f"write {model}/WEIGHTS@FILE with one of {', '.join(tags)}"
        )
    return {key: value for one in found for key, value in one if value is not None}


def _tokenizer(library: Any, address: _Address) -> Any:
    """Give the model's tokeniser; one that the hub has is taken from beside a weights file where it lies there."""
    text = (library.get_model_config(address.model) or {}).get("text_cfg", {}) if address.folder else {}
    lies_there = address.folder and any((address.folder / name).is_file() for name in TOKENISER_FILES)
    if not (lies_there and text.get("hf_tokenizer_name")):
        return library.get_tokenizer(address.model)
    return import_library("open_clip.tokenizer").HFTokenizer(
        str(address.folder),
        context_length=text["context_length"],
        tokenizer_mode=text.get("tokenizer_mode"),
        **text.get("tokenizer_kwargs", {}),
    )


def _unit(features: torch.Tensor) -> Floats32:
    unit = torch.nn.functional.normalize(features.float(), dim=-1)
    return np.asarray(unit.cpu().numpy(), np.float32)
