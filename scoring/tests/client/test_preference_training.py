"""A LoRA trained on one person's exported preferences draws what they like: measured by a reward that it never saw.

The loss is that of SalesforceAIResearch/DiffusionDPO, `train.py`, commit 8d3ee5c.
"""

import hashlib
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import scoring
from scoring.client import PamelaError, preferences
from scoring.client.pictures import content_of
from scoring.client.preference_training import TrainingTerms, preference_margins, train_on_preferences
from scoring.ml.data.arrays import Floats
from scoring.ml.evaluation.metrics import paired_difference
from scoring.ml.release import Release, open_release
from scoring.ml.threads import one_thread
from scoring.tests.colour_pipeline import PROMPT, SIDE, make_colour_pipeline
from scoring.tests.server.taste_world import fitted, make_release

CONVOLUTIONS = ("to_q", "to_k", "to_v", "to_out.0", "conv1", "conv2", "conv_in", "conv_out")
TERMS = TrainingTerms(steps=100, pairs_at_once=8, learning_rate=1e-3, beta=500.0, layers=CONVOLUTIONS)
DRAWN = 8  # pictures that the best is picked among
GROUPS = 8


def draw(pipeline: Any, seeds: Sequence[int]) -> list[Image.Image]:
    """Draw a picture for each seed."""
    torch: Any = import_module("torch")
    found: list[Image.Image] = pipeline(
        prompt=[PROMPT] * len(seeds),
        generator=[torch.Generator().manual_seed(seed) for seed in seeds],
        num_inference_steps=5,
        height=SIDE,
        width=SIDE,
        guidance_scale=1.0,
    ).images
    return found


def redness(picture: Image.Image) -> float:
    """Give how red rather than blue a picture is, from -1 to 1: what the rater truly likes."""
    pixels = np.asarray(picture, np.float64) / 255
    return float(pixels[..., 0].mean() - pixels[..., 2].mean())


def exported_ratings(pictures: Sequence[Image.Image]) -> pd.DataFrame:
    """Give the table of a dump: noisy ratings by somebody who likes red, of which four are repeats."""
    rng = np.random.default_rng(0)
    shown = [(place, "fresh") for place in range(len(pictures))] + [(place, "repeat") for place in range(4)]
    rows = [
        ("a-rater", name_of(pictures[place]), PROMPT, 3 + 2 * redness(pictures[place]) + rng.normal(0, 0.1), kind)
        for place, kind in shown
    ]
    return pd.DataFrame(rows, columns=["rater", "sha256", "prompt", "rating", "kind"])


def name_of(picture: Image.Image) -> str:
    """Give the SHA-256 of a picture's file."""
    return hashlib.sha256(content_of(picture)).hexdigest()


@pytest.fixture(scope="module")
def one_core() -> Iterator[None]:
    """Keep tiny networks on one core: two would wait for each other."""
    with one_thread():
        yield


@pytest.fixture(scope="module")
def pipeline_folder(tmp_path_factory: pytest.TempPathFactory, one_core: None) -> Path:
    """Make the tiny pipeline once."""
    folder = tmp_path_factory.mktemp("colours")
    make_colour_pipeline(folder).save_pretrained(folder / "pipeline", safe_serialization=True)
    return folder


def opened(folder: Path) -> Any:
    """Load the pipeline as it was made."""
    found = import_module("diffusers").DiffusionPipeline.from_pretrained(folder / "pipeline")
    found.set_progress_bar_config(disable=True)
    return found


def rewards(release: Release, pictures: Sequence[Image.Image], folder: Path) -> tuple[Floats, Floats]:
    """Give what somebody who likes red is expected to say of pictures, and everybody."""
    files = [folder / f"{place}.png" for place in range(len(pictures))]
    for picture, file in zip(pictures, files, strict=True):
        picture.save(file)
    seen = release.look_at(files, [""] * len(files))
    return release.predict(seen, fitted().tastes["red"]).mean, release.predict(seen).mean


def test_the_loss_is_that_of_diffusion_dpo() -> None:
    """Work the margin out by hand: a model that predicts the noisy picture, beside a reference that predicts 0.

    With x = 0.6 x_0 + 0.8 e, d is mean (e - x)^2 less mean e^2; both pictures share e, so mean e^2 cancels.
    """
    torch: Any = import_module("torch")

    class Network:
        """Predicts the noisy picture, or without its adapters nothing."""

        def __init__(self) -> None:
            self.is_adapted = True

        def disable_adapters(self) -> None:
            self.is_adapted = False

        def enable_adapters(self) -> None:
            self.is_adapted = True

        def __call__(self, noisy: Any, *_: Any, **__: Any) -> Any:
            return SimpleNamespace(sample=noisy if self.is_adapted else torch.zeros_like(noisy))

    def add_noise(latents: Any, noise: Any, times: Any) -> Any:
        return 0.6 * latents + 0.8 * noise

    terms = SimpleNamespace(num_train_timesteps=10, prediction_type="epsilon")
    scheduler = SimpleNamespace(config=terms, add_noise=add_noise)
    latents = torch.cat([torch.full((1, 1, 2, 2), 2.0), torch.full((1, 1, 2, 2), -1.0)])
    noise = torch.randn((1, 1, 2, 2), generator=torch.Generator().manual_seed(3))
    found = preference_margins(Network(), scheduler, (latents, None), torch.Generator().manual_seed(3))
    better = float((noise - (1.2 + 0.8 * noise)).square().mean())
    worse = float((noise - (-0.6 + 0.8 * noise)).square().mean())
    assert found.tolist() == [pytest.approx(better - worse, abs=1e-5)]


def test_ratings_without_a_pair_are_refused_in_a_sentence() -> None:
    nothing = pd.DataFrame(columns=["prompt", "chosen", "rejected"])
    with pytest.raises(PamelaError, match="There are no pairs"):
        train_on_preferences(None, nothing, {})


@pytest.mark.slow
def test_best_of_eight_and_a_lora_of_ones_own_preferences_raise_ones_held_out_reward_and_not_everybodys(
    pipeline_folder: Path, tmp_path: Path
) -> None:
    release, pipeline = open_release(make_release(tmp_path)), opened(pipeline_folder)
    rated = draw(pipeline, range(32))
    found = preferences(exported_ratings(rated), rater="a-rater")
    new = range(1000, 1000 + GROUPS * DRAWN)
    own, everybody = (one.reshape(GROUPS, DRAWN) for one in rewards(release, draw(pipeline, new), tmp_path))
    pictures = {name_of(picture): picture for picture in rated}
    outcome = train_on_preferences(pipeline, found.pairs, pictures, terms=TERMS)
    assert np.mean(outcome.accuracies[-20:]) > 0.9
    after_own, after_everybody = rewards(release, draw(pipeline, new[:: DRAWN // 2]), tmp_path)
    before_own, before_everybody = own[:, :: DRAWN // 2].ravel(), everybody[:, :: DRAWN // 2].ravel()
    rows, best = np.arange(GROUPS), own.argmax(axis=1)
    gains = {
        "best of eight": (own[rows, best] - own.mean(axis=1), everybody[rows, best] - everybody.mean(axis=1)),
        "lora": (after_own - before_own, after_everybody - before_everybody),
    }
    for name, (mine, theirs) in gains.items():
        gain, lead = paired_difference(mine, np.zeros_like(mine)), paired_difference(mine, theirs)
        assert (gain.low > 0, lead.low > 0) == (True, True), (name, gain, lead)


@pytest.mark.slow
def test_the_program_on_the_page_of_finetuning_runs(pipeline_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the opening program of finetuning.md with fewer steps of smaller networks."""
    text = (Path(scoring.__file__).parents[1] / "docs" / "finetuning.md").read_text()
    program = text.split("```python\n", 1)[1].split("```", 1)[0].replace("pamela_client", "scoring.client")
    assert "steps=1000" in program
    program = program.replace("steps=1000", f"steps=2, layers={CONVOLUTIONS}").replace(
        "pipeline(prompt)", f"pipeline(prompt, height={SIDE}, width={SIDE}, num_inference_steps=2)"
    )
    monkeypatch.chdir(pipeline_folder)
    pictures = draw(opened(pipeline_folder), range(8))
    Path("pictures").mkdir()
    for place, picture in enumerate(pictures):
        Path(f"pictures/{place}.png").write_bytes(content_of(picture))
    Path("dump").mkdir()
    exported_ratings(pictures).to_csv("dump/ratings.csv", index=False)
    names: dict[str, Any] = {}
    exec(program, names)  # noqa: S102 - our own page
    assert Path("for-one.png").read_bytes().startswith(b"\x89PNG")
    fresh = opened(pipeline_folder)
    fresh.load_lora_weights("lora")
    trained, loaded = lora_weights(names["pipeline"].unet), lora_weights(fresh.unet)
    assert trained.keys() == loaded.keys()
    assert all(np.array_equal(weight, loaded[name]) for name, weight in trained.items())
    assert all(np.abs(weight).max() > 0 for name, weight in trained.items() if "lora_B" in name)


def lora_weights(unet: Any) -> dict[str, Floats]:
    """Give the weights of a LoRA by layer, whatever it is called."""
    named = ((name.replace(".default_0.", ".default."), weight) for name, weight in unet.named_parameters())
    return {name: weight.detach().numpy() for name, weight in named if "lora" in name}
