"""A picture that is sent for a score is judged by the colours that an import would keep of it."""

import io

import numpy as np
import pytest
from PIL import Image

from ratings.files.decoding import decode
from ratings.files.decoding.profiles import (
    ADOBE_CURVE,
    ADOBE_RGB,
    PRIMARIES,
    SRGB_CURVE,
    Curve,
    Primaries,
    made_profile,
)
from ratings.services.pictures import encode_picture
from ratings.tests.picture_files import BROWN, BROWN_OF_P3, P3_POINTS, plain, saved
from scoring.ml.encoders import build_encoder, encode_images, read_image
from scoring.server.pictures import read_picture

P3 = PRIMARIES[P3_POINTS]


def drawing(mode: str) -> Image.Image:
    """Draw two colours, one half clear where the mode has that: few enough for an import to keep them exactly."""
    picture = plain("RGBA", (*BROWN, 255), side=64)
    picture.paste((30, 160, 220, 100), (0, 0, 40, 24))
    return picture.convert(mode)


def profile(primaries: Primaries, curve: Curve = SRGB_CURVE) -> bytes:
    """Make a profile; a wide one is not that of sRGB, for which there is none to make."""
    made = made_profile(primaries=primaries, curve=curve)
    assert made
    return made


def test_display_p3_is_seen_as_browsers_show_it() -> None:
    sent = saved(plain("RGB", BROWN), "JPEG", quality=100, icc_profile=profile(P3))
    seen = read_picture(sent).getpixel((5, 5))
    assert isinstance(seen, tuple)
    assert np.abs(np.subtract(seen, BROWN_OF_P3)).max() <= 2


@pytest.mark.parametrize("wide", [profile(P3), profile(ADOBE_RGB, ADOBE_CURVE), b"no profile at all"])
@pytest.mark.parametrize(
    ("image_format", "mode"),
    [
        *(("PNG", mode) for mode in ("RGB", "RGBA", "L", "P", "LA")),
        *(("JPEG", mode) for mode in ("RGB", "L", "CMYK")),
        *(("WEBP", mode) for mode in ("RGB", "RGBA")),
        ("AVIF", "RGB"),
    ],
)
def test_what_is_sent_and_what_is_imported_have_the_same_pixels(image_format: str, mode: str, wide: bytes) -> None:
    sent = saved(drawing(mode), image_format, icc_profile=wide)
    assert np.array_equal(np.asarray(read_picture(sent)), np.asarray(decode(content=sent).picture))


def test_a_wide_picture_has_the_same_vector_sent_and_imported() -> None:
    sent = saved(drawing("RGB"), "PNG", icc_profile=profile(P3))
    stored = read_image(Image.open(io.BytesIO(encode_picture(content=sent).full.content)))
    ours, theirs, plain_ones = encode_images(build_encoder(), [read_picture(sent), stored, drawing("RGB")])
    assert np.array_equal(ours, theirs)
    assert not np.allclose(ours, plain_ones, atol=1e-3)
