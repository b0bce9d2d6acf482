"""What is said of a picture's light, colour and composition is what can be seen in it."""

import numpy as np
import pytest
from PIL import Image

from scoring.ml.encoders import DEFAULT_KEY, build_encoder, encode_images
from scoring.ml.encoders.composition import describe
from scoring.ml.encoders.keys import FIRST_KEY
from scoring.ml.encoders.measures import measures_of, place_of_statistics

SIDE = 128
GREY = 128


def measured(*pictures: Image.Image) -> dict[str, list[float]]:
    """Measure pictures by their statistics alone."""
    found = measures_of(np.stack([np.concatenate(describe(picture)) for picture in pictures]).astype(np.float64))
    return {name: values.tolist() for name, values in found.items()}


def plain(colour: tuple[int, int, int]) -> Image.Image:
    return Image.new("RGB", (SIDE, SIDE), colour)


def grey(pixels: np.ndarray) -> Image.Image:
    return Image.fromarray(pixels.astype(np.uint8), "L").convert("RGB")


def noise_at(where: np.ndarray) -> Image.Image:
    """Draw noise in a part of a grey picture."""
    noise = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE))
    return grey(np.where(where, noise, GREY))


def chequered(dark: int, bright: int) -> Image.Image:
    rows, columns = np.mgrid[:SIDE, :SIDE] // 16
    return grey(np.where((rows + columns) % 2, dark, bright))


def ramp() -> np.ndarray:
    return np.tile(np.linspace(0, 255, SIDE), (SIDE, 1))


middle = np.zeros((SIDE, SIDE), bool)
middle[44:84, 44:84] = True
FIRST_HAS_MORE = [
    ("brightness", plain((220, 220, 220)), plain((30, 30, 30))),
    ("contrast", chequered(0, 255), chequered(118, 138)),
    ("colourfulness", plain((230, 30, 30)), plain((130, 128, 126))),
    ("warmth", plain((230, 120, 40)), plain((40, 120, 230))),
    ("symmetry", grey(np.minimum(ramp(), ramp()[:, ::-1])), grey(ramp())),
    ("detail", noise_at(np.ones((SIDE, SIDE), bool)), grey(ramp())),
    ("centring", noise_at(middle), noise_at(~middle)),
]


@pytest.mark.parametrize(("name", "more", "less"), FIRST_HAS_MORE, ids=[one[0] for one in FIRST_HAS_MORE])
def test_a_measure_is_greater_of_the_picture_that_shows_more_of_it(
    name: str, more: Image.Image, less: Image.Image
) -> None:
    high, low = measured(more, less)[name]
    assert high > low


def test_every_measure_is_tried() -> None:
    assert {name for name, _, _ in FIRST_HAS_MORE} == set(measured(plain((0, 0, 0))))


@pytest.mark.parametrize("key", [DEFAULT_KEY, FIRST_KEY])
def test_the_statistics_lie_in_the_encoders_vector_where_they_are_read(key: str) -> None:
    picture = noise_at(middle)
    place = place_of_statistics(key)
    assert place is not None
    start, length = place
    vector = encode_images(build_encoder(key), [picture])[0]
    np.testing.assert_array_equal(vector[start : start + length], np.concatenate(describe(picture)))
    assert place_of_statistics("open_clip:a-model") is None
