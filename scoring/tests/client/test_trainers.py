"""Trainers and pipelines call a taste by their own signatures, as their public sources have them.

- verl-omni, `verl_omni/utils/reward_score/http_scorer_client.py` (`compute_score`), called as
  `verl_omni/reward_loop/reward_manager/multi.py` does (verl-project/verl-omni, commit a1139ba);
- flow_grpo, `flow_grpo/rewards.py` (`_fn(images, prompts, metadata)`, called by `multi_score`; yifan123/flow_grpo,
  commit ac4c86e).
"""

import asyncio
import inspect
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import scoring
from scoring.client import Pamela, PamelaError, ScoreArrays, best_of, compute_score, flow_grpo_reward
from scoring.client.pictures import Picture
from scoring.tests.server.http_calls import free_port, running
from scoring.tests.server.taste_world import make_release, picture
from scoring.tests.tiny_pipeline import save_tiny_pipeline

RED, BLUE = (220, 60, 40), (40, 60, 220)


class Brightness:
    """A taste worked out by hand: likes what is bright, and doubts what is dark."""

    def score(self, pictures: Sequence[Picture], prompts: Sequence[str] | None = None) -> ScoreArrays:
        """Give each picture the mean of its pixels."""
        self.asked = [np.asarray(one) for one in pictures]
        self.prompts = prompts
        mean = np.array([one.mean() for one in self.asked])
        sd = np.full(len(mean), 2.0)
        return ScoreArrays(
            mean=mean,
            rating=mean,
            sd=sd,
            lower=mean - sd,
            percentile=np.full(len(mean), np.nan),
            prompt_judged=np.zeros(len(mean), bool),
            raters=("somebody",),
            model_version="v1",
        )


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a released model, and the tastes of two people who like red and blue."""
    release, port = make_release(tmp_path_factory.mktemp("trainers")), free_port()
    command = ["-m", "scoring.server", str(release), "--port", str(port), "--tastes", str(release.parent / "tastes")]
    with running(command, port=port, folder=release, PYTHONPATH=str(Path(scoring.__file__).parents[1])):
        yield f"http://127.0.0.1:{port}"


def plain(colour: tuple[int, int, int]) -> Any:
    """Give a picture of one colour as verl-omni has it: a tensor of uint8, (C, H, W)."""
    pixels = np.broadcast_to(np.array(colour, np.uint8)[:, None, None], (3, 48, 48))
    return import_module("torch").tensor(pixels.copy())


def test_verl_omni_finds_the_signature_of_its_own_http_scorer() -> None:
    parameters = inspect.signature(compute_score).parameters.values()
    assert [(one.name, one.default) for one in parameters if one.kind is not one.VAR_KEYWORD] == [
        ("solution_image", inspect.Parameter.empty),
        ("ground_truth", inspect.Parameter.empty),
        ("server_url", inspect.Parameter.empty),
        ("max_retries", 2),
        ("retry_backoff", 0.5),
    ]
    assert [one.name for one in parameters if one.kind is one.VAR_KEYWORD] == ["kwargs"]
    assert inspect.iscoroutinefunction(compute_score)


def test_verl_omni_gets_opposite_rewards_for_people_of_opposite_tastes(address: str, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("pamela_of_a_trainer\n")

    async def rewards(rater: str) -> list[dict[str, float]]:
        configured: dict[str, Any] = {"server_url": address, "rater": rater, "token_file": str(token)}
        added: dict[str, Any] = {"data_source": "ocr", "extra_info": {"num_turns": None}, "model_name": "a"}
        pictures = (plain(RED), plain(BLUE), plain(RED)[None])
        calls = [compute_score(solution_image=one, ground_truth="a field", **configured, **added) for one in pictures]
        return await asyncio.gather(*calls)

    with ThreadPoolExecutor(1) as thread:  # where no other test's event loop runs
        red, blue, again = thread.submit(asyncio.run, rewards("red")).result()
        other_red, other_blue, _ = thread.submit(asyncio.run, rewards("blue")).result()
    assert red["score"] > blue["score"]
    assert other_red["score"] < other_blue["score"]
    assert red["score"] == pytest.approx(red["mean"] - red["sd"])
    assert again["score"] == pytest.approx(red["score"])


def test_flow_grpo_hands_over_tensors_from_0_to_1_or_arrays_of_bytes() -> None:
    taste = Brightness()
    reward = flow_grpo_reward(taste)
    assert list(inspect.signature(reward).parameters) == ["images", "prompts", "metadata"]
    pixels = np.stack([np.full((4, 6, 3), value, np.uint8) for value in (51, 204)])
    scores, details = reward(pixels, ("a", "b"), {})
    assert (scores.tolist(), details, taste.prompts) == ([49.0, 202.0], {}, ["a", "b"])
    tensor = import_module("torch").tensor(pixels.transpose(0, 3, 1, 2) / 255).bfloat16()
    scores, _ = reward(tensor, ("a", "b"), [{}, {}])
    assert scores == pytest.approx([49.0, 202.0], abs=0.6)  # three digits of bfloat16
    assert [one.shape for one in taste.asked] == [(4, 6, 3)] * 2
    assert flow_grpo_reward(taste, figure="mean")(pixels, ("a", "b"), {})[0].tolist() == [51.0, 204.0]


def test_flow_grpo_sums_the_rewards_of_several_scorers() -> None:
    """Go through the loop of `multi_score`, which weighs each score."""
    functions = {flow_grpo_reward(Brightness()): 1.0, flow_grpo_reward(Brightness(), figure="mean"): 0.5}
    images = np.full((2, 4, 4, 3), 100, np.uint8)
    parts = [[weight * score for score in function(images, ["", ""], {})[0]] for function, weight in functions.items()]
    assert [first + second for first, second in zip(*parts, strict=True)] == [148.0, 148.0]


@pytest.mark.parametrize(
    ("images", "sentence"),
    [
        (np.zeros((4, 4)), "Pictures are"),
        (np.zeros((1, 4, 4, 2), np.uint8), "A picture is an array of"),
        (np.zeros((1, 4, 4, 3), np.int64), "Pixels are uint8"),
        (np.full((1, 4, 4, 3), np.nan), "run from 0 to 1; these do not"),
    ],
)
def test_what_is_no_picture_is_refused_in_a_sentence(images: Any, sentence: str) -> None:
    with pytest.raises(PamelaError, match=sentence):
        flow_grpo_reward(Brightness())(images, [""], {})


def test_a_figure_that_there_is_not_is_named_before_anything_is_drawn() -> None:
    wrong: Any = "best"
    with pytest.raises(PamelaError, match="no figure 'best': choose from mean, lower, percentile"):
        flow_grpo_reward(Brightness(), figure=wrong)


@pytest.mark.slow
def test_the_best_of_several_pictures_of_a_diffusers_pipeline_can_be_drawn_again(tmp_path: Path) -> None:
    folder = save_tiny_pipeline(tmp_path)
    pipeline = import_module("diffusers").DiffusionPipeline.from_pretrained(folder)
    terms = {"num_inference_steps": 2, "height": 64, "width": 64}
    taste = Brightness()
    best = best_of(pipeline, taste, "a vase", seeds=range(7, 11), arguments=terms)
    means = [np.asarray(image).mean() for image in best.images]
    assert (len(means), len(set(means)), best.place) == (4, 4, int(np.argmax(means)))
    assert (best.seed, taste.prompts) == (7 + best.place, ["a vase"] * 4)
    again = best_of(pipeline, taste, "a vase", seeds=[best.seed], arguments=terms)
    assert np.array_equal(np.asarray(again.image), np.asarray(best.image))


@pytest.mark.slow
def test_the_program_on_the_page_of_trainers_runs(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (Path(scoring.__file__).parents[1] / "docs" / "trainers.md").read_text()
    program = text.split("```python\n", 1)[1].split("```", 1)[0].replace("pamela_client", "scoring.client")
    program = program.replace("http://127.0.0.1:8000", address).replace('"a-rater"', '"red"').replace("pamela_…", "")
    save_tiny_pipeline(tmp_path)
    monkeypatch.chdir(tmp_path)
    exec(program, {})  # noqa: S102 - our own page
    assert (tmp_path / "best.png").read_bytes().startswith(b"\x89PNG")
    with Pamela(address) as client:
        assert client.taste("red").score([tmp_path / "best.png", picture(0.0)]).mean.shape == (2,)
