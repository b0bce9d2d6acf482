"""A rater's taste as a file to take along: a frozen format, written without NumPy and read without Django or torch.

Version 1 of `pamela-taste` is a safetensors file. Its arrays, all float64, are the posterior of the rater's weights w:

    mean    (k,)    posterior mean: the level, how closely they follow the consensus, and their own taste
    factor  (k, k)  a factor F of the covariance: w | s ~ N(mean, s F F')
    scale   (3,)    a, b and n: the squared spread s ~ inverse gamma(a, b), learned from n ratings or choices

The header's metadata are texts: `format`, `format_version`, `model_digest` (of the checkpoint whose weights these are:
with another model they mean nothing), `study`, `model_version`, `encoder`, `scale_min`, `scale_max` and `ratings`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FORMAT, FORMAT_VERSION = "pamela-taste", "1"
METADATA = "__metadata__"  # where safetensors keeps texts
LENGTH_BYTES = 8  # at the start of a safetensors file: how long its header is
ARRAYS = ("mean", "factor", "scale")
TEXTS = ("model_digest", "study", "model_version", "encoder", "scale_min", "scale_max", "ratings")


class TasteFileError(ValueError):
    """A file that is no taste, or one of another model, and why."""


@dataclass(frozen=True, kw_only=True)
class TasteFacts:
    """What a taste belongs to: without it, its numbers mean nothing."""

    model_digest: str
    study: str
    model_version: str
    encoder: str
    scale_min: float
    scale_max: float
    ratings: int  # ratings or choices that it was learned from


@dataclass(frozen=True, kw_only=True)
class TasteFile:
    """A taste that was read: its facts, and the posterior as arrays."""

    facts: TasteFacts
    mean: "Floats"  # (k,)
    factor: "Floats"  # (k, k)
    shape: float  # a of the inverse gamma on the squared spread
    rate: float  # b of it
    count: int

    @property
    def level(self) -> float:
        """Give the rating, on the study's scale, that this person gives a picture that others find average."""
        return self.facts.scale_min + (self.facts.scale_max - self.facts.scale_min) * float(self.mean[0])

    @property
    def spread(self) -> float:
        """Give the expected squared spread of this person's scale, one on average over raters."""
        return self.rate / (self.shape - 1.0)

    @property
    def covariance(self) -> "Floats":
        """Give the (k, k) covariance of the weights."""
        found: Floats = self.spread * (self.factor @ self.factor.T)
        return found


def write_taste(*, posterior: bytes, facts: TasteFacts) -> bytes:
    """Put the facts into the header of a packed posterior, whose bytes stay as they are."""
    header, body = parted(posterior)
    texts = {name: str(getattr(facts, name)) for name in TEXTS}
    header[METADATA] = {"format": FORMAT, "format_version": FORMAT_VERSION, **texts}
    packed = json.dumps(header, separators=(",", ":")).encode()
    packed += b" " * (-len(packed) % LENGTH_BYTES)  # arrays begin at a multiple of eight bytes
    return len(packed).to_bytes(LENGTH_BYTES, "little") + packed + body


def is_taste_file(content: bytes) -> bool:
    """Tell whether bytes claim to be of this format; a bare posterior does not."""
    try:
        header, _ = parted(content)
    except TasteFileError:  # no safetensors at all, which reading it says
        return False
    return texts_of(header).get("format") == FORMAT


def read_taste(content: bytes) -> TasteFile:
    """Read a taste; raise `TasteFileError` with a sentence for what is none."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    header, _ = parted(content)
    facts = facts_of(texts_of(header))
    try:
        arrays = load(content)
        mean, factor, (shape, rate, count) = (arrays[name] for name in ARRAYS)
    except (SafetensorError, KeyError, ValueError) as error:
        raise TasteFileError(f"The taste file is damaged: {error}. Download it again.") from error
    if mean.ndim != 1 or factor.shape != (len(mean), len(mean)):
        raise TasteFileError("The taste file is damaged: its arrays do not fit together. Download it again.")
    return TasteFile(facts=facts, mean=mean, factor=factor, shape=float(shape), rate=float(rate), count=int(count))


def require_model(taste: TasteFile, *, digest: str, name: str) -> None:
    """Raise unless a taste is of the model that is about to use it."""
    if taste.facts.model_digest != digest:
        raise TasteFileError(
            f"This taste belongs to model {taste.facts.model_version} of {taste.facts.study!r}, and this is {name}: "
            "open it with a release of that version, or take along a new file."
        )


def parted(content: bytes) -> tuple[dict[str, Any], bytes]:
    """Part a safetensors file into its header and its arrays' bytes."""
    length = int.from_bytes(content[:LENGTH_BYTES], "little")
    if len(content) < LENGTH_BYTES or length > len(content) - LENGTH_BYTES:
        raise TasteFileError("This is no taste file: it is no safetensors file, or cut short.")
    try:
        header = json.loads(content[LENGTH_BYTES : LENGTH_BYTES + length])
    except ValueError as error:
        raise TasteFileError("This is no taste file: its header is no JSON.") from error
    if not isinstance(header, dict):
        raise TasteFileError("This is no taste file: its header is no table.")
    return header, content[LENGTH_BYTES + length :]


def texts_of(header: Mapping[str, Any]) -> dict[str, str]:
    """Give the texts of a header."""
    texts = header.get(METADATA)
    return dict(texts) if isinstance(texts, dict) else {}


def facts_of(texts: Mapping[str, str]) -> TasteFacts:
    """Read the facts; raise for another format, a later version, or a fact that is missing."""
    if texts.get("format") != FORMAT:
        raise TasteFileError("This is no taste file: its header does not say that it is one.")
    if texts.get("format_version") != FORMAT_VERSION:
        raise TasteFileError(
            f"The taste file is of format {texts.get('format_version')}, and this program reads {FORMAT_VERSION}: "
            "update the program."
        )
    try:
        return TasteFacts(
            model_digest=texts["model_digest"],
            study=texts["study"],
            model_version=texts["model_version"],
            encoder=texts["encoder"],
            scale_min=float(texts["scale_min"]),
            scale_max=float(texts["scale_max"]),
            ratings=int(texts["ratings"]),
        )
    except (KeyError, ValueError) as error:
        raise TasteFileError(f"The taste file is damaged: {error} is missing or no number.") from error
