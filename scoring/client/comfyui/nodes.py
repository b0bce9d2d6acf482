"""The nodes, in ComfyUI's protocol: classes that name their inputs, their outputs and the method that runs."""

import hashlib
import tempfile
from pathlib import Path
from typing import Any, ClassVar

from pamela_client import Pamela
from pamela_client.pictures import content_of
from pamela_client.trainers import pixel_arrays

CATEGORY = "Pamela"
FIGURES = ["lower", "mean", "percentile"]
# Workflows are saved inside the pictures that they make: a token would travel with them, the name of a file may.
SERVER: dict[str, Any] = {
    "image": ("IMAGE",),
    "url": ("STRING", {"default": "http://127.0.0.1:8000"}),
    "token_file": ("STRING", {"default": "", "tooltip": "A file that holds the token."}),
    "study": ("STRING", {"default": ""}),
}
PERSON: dict[str, Any] = {
    **SERVER,
    "rater": ("STRING", {"default": "everybody"}),
    "prompt": ("STRING", {"default": "", "multiline": True}),
}


def client_for(url: str, token_file: str) -> Pamela:
    """Connect with the token of a file, or with none."""
    return Pamela(url, Path(token_file).expanduser().read_text().strip() if token_file else "")


def pictures_of(image: Any) -> list[Any]:
    """Give the pictures of a batch of ComfyUI, a tensor (N, H, W, C) from 0 to 1, as arrays of uint8."""
    pictures: list[Any] = pixel_arrays(image.detach().cpu().numpy())
    return pictures


class TasteNode:
    """What the nodes that ask for scores share."""

    CATEGORY = CATEGORY

    @classmethod
    def IS_CHANGED(cls, **_inputs: Any) -> float:  # noqa: N802 - ComfyUI's name
        """Run at every execution: a taste changes with each rating. NaN equals nothing, itself included."""
        return float("nan")

    def scores(self, image: Any, prompt: str, *, server: dict[str, str]) -> Any:
        """Score the pictures of a batch."""
        pictures = pictures_of(image)
        with client_for(server["url"], server["token_file"]) as client:
            taste = client.taste(server["rater"], study=server["study"])
            return taste.score(pictures, [prompt] * len(pictures))


class ScoreNode(TasteNode):
    """Score the pictures of a batch for one person."""

    RETURN_TYPES = ("STRING", "FLOAT")
    RETURN_NAMES = ("scores", "mean")
    FUNCTION = "score"

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:  # noqa: N802 - ComfyUI's name
        """Name the inputs."""
        return {"required": PERSON}

    def score(self, image: Any, prompt: str, **server: str) -> tuple[str, float]:
        """Give a line for each picture, and the mean of all."""
        found = self.scores(image, prompt, server=server)
        lines = [f"{place}: {found.mean[place]:.2f} ± {found.sd[place]:.2f}" for place in range(len(found.mean))]
        return "\n".join(lines), float(found.mean.mean())


class PickBestNode(TasteNode):
    """Keep the picture of a batch that one person should like best."""

    RETURN_TYPES = ("IMAGE", "INT", "FLOAT")
    RETURN_NAMES = ("image", "place", "score")
    FUNCTION = "pick"

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:  # noqa: N802 - ComfyUI's name
        """Name the inputs."""
        return {"required": {**PERSON, "figure": (FIGURES, {"default": "lower"})}}

    def pick(self, image: Any, prompt: str, figure: str, **server: str) -> tuple[Any, int, float]:
        """Give the picture as a batch of one, its place, and its score."""
        found = getattr(self.scores(image, prompt, server=server), figure)
        best = int(found.argmax())
        return image[best : best + 1], best, float(found[best])


class SendToRateNode:
    """Hand the pictures of a batch in for a study, so that people rate them."""

    CATEGORY = CATEGORY
    RETURN_TYPES = ("STRING",)
    RETURN_NAMES = ("report",)
    FUNCTION = "send"
    OUTPUT_NODE = True

    inputs: ClassVar[dict[str, Any]] = {
        **SERVER,
        "prompt": ("STRING", {"default": "", "multiline": True}),
        "generator": ("STRING", {"default": "ComfyUI"}),
    }

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:  # noqa: N802 - ComfyUI's name
        """Name the inputs."""
        return {"required": cls.inputs}

    def send(self, image: Any, prompt: str, generator: str, **server: str) -> dict[str, Any]:
        """Hand them in, each named by its content, so that sending one twice adds it once."""
        contents = [content_of(picture) for picture in pictures_of(image)]
        distinct = {f"{hashlib.sha256(content).hexdigest()[:16]}.png": content for content in contents}
        with tempfile.TemporaryDirectory() as folder, client_for(server["url"], server["token_file"]) as client:
            paths = [Path(folder) / name for name in distinct]
            for path in paths:
                path.write_bytes(distinct[path.name])
            details = [{"prompt": prompt, "generator": generator}] * len(paths)
            client.add_images(server["study"], paths, details=details)
        said = f"{len(paths)} pictures sent to {server['study']}."
        return {"ui": {"text": [said]}, "result": (said,)}
