"""Score with a released model here, without a server: the same call, on this machine's own processor."""

import importlib.util
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .errors import PamelaError
from .pictures import Picture, content_of
from .shapes import ScoreArrays

CARD = "card.json"
EVERYBODY = "everybody"
NO_CODE = (
    "The model needs the package `scoring` of Pamela. The folder of the release holds it: pass trust_code=True to run "
    "the code of that folder, if you trust where it comes from."
)


class RewardModel:
    """A released model: what `export_model` wrote, from a folder or the Hugging Face Hub."""

    def __init__(self, release: Any, *, version: str) -> None:
        """Take an opened release."""
        self._release, self.version = release, version

    @classmethod
    def from_pretrained(cls, folder_or_hub: str | os.PathLike[str], *, trust_code: bool = False) -> "RewardModel":
        """Open a folder, or a repository of the Hub, `owner/name`, which needs huggingface_hub.

        The code that a release brings along is run with `trust_code` only; an installed Pamela needs none of it.
        """
        folder = local_folder(folder_or_hub)
        if importlib.util.find_spec("scoring") is None:
            if not trust_code:
                raise PamelaError(NO_CODE)
            sys.path.append(str(folder))
        from scoring.ml.release import open_release, read_release_card

        return cls(open_release(folder), version=str(read_release_card(folder)["version"]))

    def score(
        self,
        pictures: Sequence[Picture],
        prompts: Sequence[str] | None = None,
        *,
        taste: bytes | str | os.PathLike[str] | None = None,
        k: float = 1.0,
    ) -> ScoreArrays:
        """Score pictures for everybody, or for whose taste a file holds: arrays of (pictures,)."""
        from scoring.ml.encoders.keys import has_text_tower
        from scoring.ml.scores import score_raters

        said = list(prompts) if prompts is not None else [""] * len(pictures)
        if len(said) != len(pictures):
            raise ValueError(f"There are {len(pictures)} pictures and {len(said)} prompts: give one for each.")
        release = self._release
        whose = release.model.prior() if taste is None else opened_taste(release, bytes_of(taste))
        reads = has_text_tower(release.model.encoder_key)
        with tempfile.TemporaryDirectory() as folder:
            seen = release.look_at([kept(one, Path(folder) / str(at)) for at, one in enumerate(pictures)], said)
        found = score_raters(release.model, seen, [whose], scale=release.scale, reference=release.reference, k=k)
        return ScoreArrays(
            mean=found.mean[0],
            rating=np.clip(found.mean[0], release.low, release.high),  # which the code of earlier releases lacks
            sd=found.sd[0],
            lower=found.lower[0],
            percentile=found.percentile[0],
            prompt_judged=np.array([reads and bool(text.strip()) for text in said]),
            raters=(EVERYBODY if taste is None else "taste",),
            model_version=self.version,
        )


def local_folder(folder_or_hub: str | os.PathLike[str]) -> Path:
    """Give the folder of a release; one on the Hub is fetched once, and kept where its own library keeps things."""
    folder = Path(folder_or_hub)
    if folder.is_dir():
        if not (folder / CARD).is_file():
            raise PamelaError(f"{folder} is no released model: it has no {CARD}.")
        return folder
    name = str(folder_or_hub)
    if name.count("/") != 1 or name.startswith((".", "/")):
        raise PamelaError(f"There is no folder {name}.")
    try:
        from huggingface_hub import snapshot_download
    except ImportError as error:
        raise PamelaError(
            f"There is no folder {name}; to fetch it from the Hub: pip install huggingface_hub"
        ) from error
    return Path(snapshot_download(name))


def kept(picture: Picture, path: Path) -> Path:
    """Write a picture to a file."""
    path.write_bytes(content_of(picture))
    return path


def opened_taste(release: Any, content: bytes) -> Any:
    """Open a taste: the file that a rater took along, or the bytes that a release's `taste_of` gives."""
    from scoring.ml.taste.posterior import TastePosterior
    from scoring.taste_file import is_taste_file

    return release.open_taste(content) if is_taste_file(content) else TastePosterior.from_bytes(content)


def bytes_of(taste: bytes | str | os.PathLike[str]) -> bytes:
    """Give the bytes of a taste."""
    return taste if isinstance(taste, bytes) else Path(taste).read_bytes()
