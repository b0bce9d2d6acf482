"""The client scores pictures with a reward server, and with a released model on its own, to the same numbers."""

import asyncio
import inspect
import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import scoring
from scoring.client import (
    AsyncPamela,
    AsyncPersonalReward,
    Pamela,
    PamelaError,
    PersonalReward,
    RefusedCallError,
    RewardModel,
)
from scoring.client.pictures import Picture, content_of
from scoring.tests.server.http_calls import free_port, running
from scoring.tests.server.taste_world import make_release, picture

SHADES = (0.9, 0.1, 0.55)  # red, blue, and between
PROMPTS = ["a red field", "", "a field"]


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a release with the tastes of two people beside it."""
    return make_release(tmp_path_factory.mktemp("client"))


@pytest.fixture(scope="module")
def address(release: Path) -> Iterator[str]:
    """Serve the release in a process of its own."""
    port = free_port()
    command = ["-m", "scoring.server", str(release), "--port", str(port), "--tastes", str(release.parent / "tastes")]
    with running(command, port=port, folder=release, PYTHONPATH=str(Path(scoring.__file__).parents[1])):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Write pictures that no model has seen."""
    paths = [tmp_path / f"{row}.png" for row in range(len(SHADES))]
    for row, path in enumerate(paths):
        path.write_bytes(picture(SHADES[row], seed=200 + row))
    return paths


def test_two_people_of_opposite_tastes_like_fresh_pictures_in_opposite_orders(address: str, files: list[Path]) -> None:
    with Pamela(address) as client:
        red = client.taste("red").score(files)
        blue = client.taste("blue").score(files)
        both = client.score(files, raters=["red", "blue"])
    assert np.argsort(red.mean).tolist() == [1, 2, 0]
    assert np.argsort(blue.mean).tolist() == [0, 2, 1]
    assert red.lower == pytest.approx(red.mean - red.sd)
    assert both.raters == ("red", "blue")
    np.testing.assert_allclose(both.mean, [red.mean, blue.mean], atol=1e-6)
    assert (red.model_version, red.percentile[0] > red.percentile[1]) == ("v7", True)


def test_a_picture_is_scored_alike_as_file_bytes_picture_or_array(address: str, files: list[Path]) -> None:
    opened = Image.open(files[0])
    pixels = np.asarray(opened)
    forms: list[Picture] = [files[0], str(files[0]), files[0].read_bytes(), opened, pixels, pixels / 255]
    with Pamela(address) as client:
        means = client.taste("red").score(forms).mean
    np.testing.assert_allclose(means, means[0], atol=1e-6)


@pytest.mark.slow
def test_many_pictures_go_in_batches_and_say_how_far_they_are(address: str) -> None:
    contents = [picture(shade, seed=300) for shade in np.linspace(0, 1, 40)]
    steps: list[float] = []
    with Pamela(address) as client:
        found = client.taste("red").score(contents, progress=lambda share, _what: steps.append(share))
    assert found.mean.shape == (40,)
    assert np.corrcoef(found.mean, np.arange(40))[0, 1] > 0.9
    assert steps == [0.8, 1.0]


def test_the_released_model_gives_the_same_scores_without_a_server(
    address: str, release: Path, files: list[Path]
) -> None:
    model = RewardModel.from_pretrained(release)
    with Pamela(address) as client:
        for name, taste in (("everybody", None), ("red", release.parent / "tastes" / "red.safetensors")):
            there = client.taste(name).score(files, PROMPTS)
            here = model.score(files, PROMPTS, taste=taste)
            for figure in ("mean", "sd", "lower", "percentile"):
                np.testing.assert_allclose(getattr(here, figure), getattr(there, figure), atol=1e-5)


def test_the_async_client_asks_for_several_people_at_once(address: str, files: list[Path]) -> None:
    async def ask() -> list[list[int]]:
        async with AsyncPamela(address) as client:
            found = await asyncio.gather(*(client.taste(name).score(files) for name in ("red", "blue")))
            return [np.argsort(one.mean).tolist() for one in found]

    with ThreadPoolExecutor(1) as thread:  # where no other test's event loop runs
        assert thread.submit(asyncio.run, ask()).result() == [[1, 2, 0], [0, 2, 1]]


def test_what_the_server_refuses_is_said_in_its_own_words(address: str, files: list[Path]) -> None:
    with Pamela(address) as client:
        with pytest.raises(RefusedCallError, match="There is no taste of 'green'") as refused:
            client.taste("green").score(files)
        assert (refused.value.status, refused.value.code) == (404, "unknown_rater")
        with pytest.raises(RefusedCallError) as refused:
            client.taste("red").score([b"no picture"])
        assert refused.value.code == "unreadable_image"


def test_wrong_input_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    client = Pamela("http://127.0.0.1:9")
    with pytest.raises(ValueError, match="There are 1 pictures and 2 prompts"):
        client.score([b""], ["a", "b"])
    with pytest.raises(PamelaError, match="run from 0 to 1"):
        client.score([np.full((4, 4, 3), 255.0)])
    with pytest.raises(PamelaError, match=r"\(height, width, 3 or 4\), not of \(4, 4\)"):
        client.score([np.zeros((4, 4))])
    with pytest.raises(PamelaError, match=r"it has no card\.json"):
        RewardModel.from_pretrained(tmp_path)
    with pytest.raises(PamelaError, match="There is no folder"):
        RewardModel.from_pretrained(tmp_path / "gone")


def test_pictures_in_memory_keep_their_pixels() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 4), np.uint8)
    back = np.asarray(Image.open(io.BytesIO(content_of(pixels))))
    np.testing.assert_array_equal(back, pixels)


@pytest.mark.parametrize(("plain", "awaited"), [(Pamela, AsyncPamela), (PersonalReward, AsyncPersonalReward)])
def test_the_async_client_has_every_call_of_the_plain_one(plain: type, awaited: type) -> None:
    def calls(client: type) -> dict[str, list[tuple[str, object]]]:
        found = inspect.getmembers(client, inspect.isfunction)
        return {
            name: [(one.name, one.default) for one in inspect.signature(call).parameters.values()]
            for name, call in found
            if not name.startswith("_")
        }

    assert calls(awaited) == calls(plain)
