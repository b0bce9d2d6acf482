"""Give one person's taste to trainers and pipelines, in the shape that each of them calls.

`compute_score` is what verl-omni loads by its path, `flow_grpo_reward` makes what flow_grpo calls, and `best_of` draws
several pictures with a pipeline of diffusers and keeps the one that this person should like best.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .asynchronous import AsyncPamela
from .errors import PamelaError
from .pictures import Picture, pixels_of
from .plans import EVERYBODY
from .shapes import Floats, ScoreArrays
from .transport import Retries

Figure: TypeAlias = Literal["mean", "lower", "percentile"]
FIGURES: tuple[Figure, ...] = ("mean", "lower", "percentile")
FlowGrpoReward: TypeAlias = Callable[..., tuple[Floats, dict[str, Any]]]

PICTURE_AXES, BATCH_AXES = 3, 4
clients: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[Any, ...], AsyncPamela]] = WeakKeyDictionary()


class PictureScorer(Protocol):
    """What scores pictures: `client.taste(rater)` of a server, or a released `RewardModel`."""

    def score(self, pictures: Sequence[Picture], prompts: Sequence[str] | None = None) -> ScoreArrays:
        """Score pictures with the prompts that they were made from."""


@dataclass(frozen=True, kw_only=True)
class BestOf:
    """The picture that somebody should like best among several of one prompt; `seed` draws it again."""

    image: Image.Image
    seed: int
    place: int
    images: list[Image.Image]
    scores: ScoreArrays


async def compute_score(
    solution_image: Any,
    ground_truth: str,
    server_url: str,
    max_retries: int = 2,
    retry_backoff: float = 0.5,
    **kwargs: Any,
) -> dict[str, float]:
    """Score one picture of verl-omni, which calls this for all pictures of a batch at once.

    `solution_image` is a tensor of uint8, (C, H, W) or (N, C, H, W), of which the first counts; `ground_truth` is the
    prompt. Of the further keys of the configuration, `rater`, `study`, `figure` ("lower", "mean" or "percentile"), `k`
    and `token_file`, a file that holds the token, are read; what the trainer adds is ignored.
    """
    figure = checked_figure(kwargs.get("figure", "lower"))
    client = client_of_loop(
        server_url,
        token_file=kwargs.get("token_file"),
        retries=Retries(most=max_retries, first_wait=retry_backoff),
    )
    taste = client.taste(kwargs.get("rater", EVERYBODY), study=kwargs.get("study", ""))
    picture = pixel_arrays(solution_image)[0]
    found = await taste.score([picture], [ground_truth], k=float(kwargs.get("k", 1.0)))
    return {"score": float(getattr(found, figure)[0]), "mean": float(found.mean[0]), "sd": float(found.sd[0])}


def client_of_loop(url: str, *, token_file: str | None, retries: Retries) -> AsyncPamela:
    """Give the client of this event loop for a server: connections are kept from one picture to the next."""
    known = clients.setdefault(asyncio.get_running_loop(), {})
    key = (url, token_file, retries)
    if key not in known:
        token = Path(token_file).read_text().strip() if token_file else ""
        known[key] = AsyncPamela(url, token, retries=retries)
    return known[key]


def flow_grpo_reward(taste: PictureScorer, *, figure: Figure = "lower") -> FlowGrpoReward:
    """Make a reward of flow_grpo: `reward(images, prompts, metadata)` gives an array of scores, and an empty dict.

    `images` are a tensor (N, C, H, W) from 0 to 1, or an array of uint8 (N, H, W, C), as its trainers hand them over.
    """
    checked_figure(figure)

    def reward(
        images: Any,
        prompts: Sequence[str],
        metadata: Any,  # noqa: ARG001 - a part of the signature, which a taste has no use for
    ) -> tuple[Floats, dict[str, Any]]:
        """Score a batch."""
        found = taste.score(pixel_arrays(images), list(prompts))
        scores: Floats = np.asarray(getattr(found, figure))
        return scores, {}

    return reward


def best_of(
    pipeline: Callable[..., Any],
    taste: PictureScorer,
    prompt: str,
    *,
    seeds: Sequence[int] = range(8),
    figure: Figure = "lower",
    arguments: Mapping[str, Any] | None = None,
) -> BestOf:
    """Draw a picture for each seed with a pipeline of diffusers, and give the best for this person.

    Each goes through the pipeline alone, so that memory does not grow with them; `arguments` go to the pipeline.
    """
    import torch

    checked_figure(figure)
    if not seeds:
        raise PamelaError("There are no seeds: give at least one.")
    images: list[Image.Image] = []
    for seed in seeds:
        generator = torch.Generator().manual_seed(seed)
        images += pipeline(prompt=prompt, generator=generator, num_images_per_prompt=1, **(arguments or {})).images
    scores = taste.score(images, [prompt] * len(images))
    best = int(np.argmax(getattr(scores, figure)))
    return BestOf(image=images[best], seed=seeds[best], place=best, images=images, scores=scores)


def pixel_arrays(images: Any) -> list[NDArray[np.uint8]]:
    """Give N pictures as arrays of uint8 (H, W, C), from tensors (N, C, H, W) or arrays (N, H, W, C).

    Numbers with a decimal point run from 0 to 1; what lies outside is clipped, as a decoder overshoots a little.
    """
    is_tensor = hasattr(images, "detach")
    if is_tensor:
        images = images.detach().cpu()
        images = (images.float() if images.is_floating_point() else images).numpy()
    array = np.asarray(images)
    array = array[None] if array.ndim == PICTURE_AXES else array
    if array.ndim != BATCH_AXES:
        raise PamelaError(
            f"Pictures are (N, colours, H, W) as a tensor, (N, H, W, colours) as an array: {array.shape}."
        )
    array = array.transpose(0, 2, 3, 1) if is_tensor else array
    array = np.clip(array, 0, 1) if np.issubdtype(array.dtype, np.floating) else array
    return [pixels_of(picture) for picture in array]


def checked_figure(figure: str) -> Figure:
    """Give the figure that is to be the reward; raise on any other word."""
    found = next((one for one in FIGURES if one == figure), None)
    if found is None:
        raise PamelaError(f"There is no figure {figure!r}: choose from {', '.join(FIGURES)}.")
    return found
