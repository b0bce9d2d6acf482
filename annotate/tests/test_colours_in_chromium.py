"""What is stored of a picture looks in Chromium as its original does there, however the colours were declared."""

import base64
from io import BytesIO
from typing import Any

import pytest
from PIL import Image as Pillow
from playwright.sync_api import Browser

from ratings.files.decoding.profiles import ADOBE_CURVE, ADOBE_RGB, CURVES, PRIMARIES, SRGB_CURVE, made_profile
from ratings.services.pictures import encode_picture
from ratings.tests.picture_files import (
    GREY,
    GREY_ALPHA,
    P3_CHROMATICITIES,
    PALETTE,
    RGBA,
    avif_file,
    chrm,
    cicp,
    gama,
    iccp,
    plain,
    png_file,
    saved,
    trns,
)

pytestmark = pytest.mark.browser

BROWN = (200, 100, 50)
TILE = 20  # pixels of the screen
AS_FAR = 3  # of 255, for what rounding changes
P3_PROFILE = made_profile(primaries=PRIMARIES[12], curve=SRGB_CURVE)
ADOBE_PROFILE = made_profile(primaries=ADOBE_RGB, curve=ADOBE_CURVE)
P3 = cicp(12, 13)
TYPES = {"PNG": "png", "JPEG": "jpeg", "WEBP": "webp", "AVIF": "avif"}


def samples() -> dict[str, bytes]:
    """Write a picture for each way to declare colours, in the modes that there are."""
    return {
        **{f"cICP primaries {number}": png_file(BROWN, cicp(number, 13)) for number in PRIMARIES},
        **{f"cICP transfer {number}": png_file(BROWN, cicp(12, number)) for number in CURVES},
        **{
            f"nclx primaries {number}": avif_file(plain("RGB", BROWN, side=64), primaries=number, transfer=13)
            for number in PRIMARIES
        },
        **{
            f"nclx transfer {number}": avif_file(plain("RGB", BROWN, side=64), primaries=12, transfer=number)
            for number in sorted(set(CURVES) - {11})  # which Chromium does not show at all
        },
        "cICP grey": png_file((100,), cicp(12, 8), colour_type=GREY),
        "cICP palette": png_file((0,), P3, colour_type=PALETTE, palette=bytes(BROWN)),
        "cICP half transparent": png_file((*BROWN, 128), P3, colour_type=RGBA),
        "cICP 16 bits": png_file([value * 257 for value in BROWN], P3, depth=16),
        "cICP before sRGB": png_file(BROWN, P3, (b"sRGB", b"\0")),
        "gAMA and cHRM": png_file(BROWN, gama(45455), chrm(P3_CHROMATICITIES)),
        "gAMA": png_file(BROWN, gama(100_000)),
        "cHRM": png_file(BROWN, chrm(P3_CHROMATICITIES)),
        "gAMA grey 16 bits": png_file((25_700,), gama(100_000), colour_type=GREY, depth=16),
        "iCCP": png_file(BROWN, iccp(ADOBE_PROFILE)),
        "iCCP palette": png_file((0,), iccp(ADOBE_PROFILE), colour_type=PALETTE, palette=bytes(BROWN)),
        "iCCP grey with opacity": png_file((100, 128), iccp(ADOBE_PROFILE), colour_type=GREY_ALPHA),
        "JPEG grey": saved(plain("L", 100), "JPEG", icc_profile=ADOBE_PROFILE, quality=100),
        "JPEG CMYK": saved(plain("RGB", BROWN).convert("CMYK"), "JPEG", quality=100),
        "WebP": saved(plain("RGB", BROWN), "WEBP", icc_profile=P3_PROFILE, lossless=True),
        "AVIF": saved(plain("RGB", BROWN, side=64), "AVIF", icc_profile=P3_PROFILE, quality=100),
        "tRNS grey 16 bits": png_file((60_000,), trns(60_000), colour_type=GREY, depth=16),
    }


def shown_side_by_side(browser: Browser, pairs: list[tuple[bytes, bytes]]) -> list[tuple[Any, Any]]:
    """Have Chromium show pictures in two columns; give the colours on the screen."""
    page = browser.new_page(viewport={"width": 2 * TILE, "height": TILE * len(pairs)})
    images = "".join(f'<img src="{address(content)}">' for pair in pairs for content in pair)
    style = f"body {{ margin: 0; font-size: 0; background: white }} img {{ width: {TILE}px; height: {TILE}px }}"
    page.set_content(f"<style>{style}</style><body>{images}")
    page.evaluate("Promise.all([...document.images].map((image) => image.decode()))")
    screen = Pillow.open(BytesIO(page.screenshot())).convert("RGB")
    page.close()
    middle = TILE // 2
    rows = [TILE * number + middle for number in range(len(pairs))]
    return [(screen.getpixel((middle, y)), screen.getpixel((TILE + middle, y))) for y in rows]


def address(content: bytes) -> str:
    """Give a picture as an address."""
    kind = TYPES[str(Pillow.open(BytesIO(content)).format)]
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


@pytest.mark.slow
def test_what_is_stored_looks_like_the_original(browser: Browser) -> None:
    pictures = samples()
    stored = [encode_picture(content=content).full.content for content in pictures.values()]
    colours = shown_side_by_side(browser, list(zip(pictures.values(), stored, strict=True)))
    far = {
        name: pair
        for name, pair in zip(pictures, colours, strict=True)
        if max(abs(one - two) for one, two in zip(*pair, strict=True)) > AS_FAR
    }
    assert far == {}
    assert dict(zip(pictures, colours, strict=True))["cICP primaries 12"][0] != BROWN
