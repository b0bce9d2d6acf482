"""Draw the plates of the check of colour vision and screen: a number in dots of another colour, or in a near grey.

The colours of the dots lie on the confusion lines of people without red or without green cones, after the linear
transformations of Viénot, Brettel and Mollon (Color Research & Application 24, 1999), so that to them the number has
the colour of what is around it; the lightness of the dots varies too much to give it away. It is no medical test.
"""

import math
from collections.abc import Iterator
from functools import lru_cache
from io import BytesIO
from random import Random

from PIL import Image, ImageDraw, ImageFont

from ratings.choices import PlateKind
from ratings.values.plates import Plate

Linear = tuple[float, float, float]  # light of red, green and blue, 0 to 1

SIDE = 720  # pixels
FONT_SIZE = 440  # pixels
FINER = 2  # times, in which dots are drawn before they are scaled down
SPACING = 20  # between the centres of neighbouring dots
RADII = (6.0, 9.0)
OFF_PLACE = 2.0  # at most, of a dot from its place in the lattice
LIGHTNESS = (0.7, 1.1)  # of a dot, times its colour
INSIDE = 255  # of a mask
PAGE = (255, 255, 255)
# Figure and ground: the same middle colour, moved along the direction that the eye cannot tell, there and back.
PROTAN: tuple[Linear, Linear] = ((0.52, 0.185, 0.12), (0.08, 0.241, 0.118))
DEUTAN: tuple[Linear, Linear] = ((0.47, 0.173, 0.105), (0.15, 0.305, 0.095))
CONTROL: tuple[Linear, Linear] = ((0.02, 0.05, 0.25), (0.85, 0.7, 0.35))
DOTTED = {PlateKind.CONTROL: CONTROL, PlateKind.PROTAN: PROTAN, PlateKind.DEUTAN: DEUTAN}
LINEAR_BELOW = 0.0031308
GREYS = {PlateKind.DARK: (13, 0), PlateKind.LIGHT: (242, 255)}


@lru_cache(maxsize=256)  # a page that is read again, in the same process
def plate_png(plate: Plate) -> bytes:
    """Give the picture of a plate as a PNG file."""
    drawn = dotted_plate(plate) if plate.kind in DOTTED else grey_plate(plate)
    file = BytesIO()
    drawn.save(file, "PNG", optimize=False)
    return file.getvalue()


def number_mask(number: int, *, size: int) -> Image.Image:
    """Draw a number in white on black, in the middle."""
    mask = Image.new("L", (SIDE, SIDE))
    font = ImageFont.load_default(size)
    ImageDraw.Draw(mask).text(
        (SIDE / 2, SIDE / 2), str(number), fill=INSIDE, font=font, anchor="mm", stroke_width=size // 24
    )
    return mask


def dotted_plate(plate: Plate) -> Image.Image:
    """Draw a disc of dots, those within the number in its colour."""
    rng = Random(plate.seed)  # noqa: S311 - where dots lie is no secret
    mask = number_mask(plate.number, size=FONT_SIZE)
    figure, ground = DOTTED[plate.kind]
    fine = Image.new("RGB", (SIDE * FINER, SIDE * FINER), PAGE)
    draw = ImageDraw.Draw(fine)
    for x, y in places(rng):
        is_inside = mask.getpixel((int(x), int(y))) == INSIDE
        colour = shaded(figure if is_inside else ground, rng.uniform(*LIGHTNESS))
        draw.circle((x * FINER, y * FINER), rng.uniform(*RADII) * FINER, fill=colour)
    return fine.reduce(FINER)


def places(rng: Random) -> Iterator[tuple[float, float]]:
    """Give the centres of the dots: a lattice of triangles within a disc, each a little off its place."""
    middle, reach = SIDE / 2, SIDE / 2 - RADII[1] - OFF_PLACE
    rows = int(SIDE / (SPACING * math.sqrt(3) / 2)) + 1
    for row in range(rows):
        for column in range(SIDE // SPACING + 1):
            x = (column + row % 2 / 2) * SPACING
            y = row * SPACING * math.sqrt(3) / 2
            if math.hypot(x - middle, y - middle) <= reach:
                yield x + rng.uniform(-OFF_PLACE, OFF_PLACE), y + rng.uniform(-OFF_PLACE, OFF_PLACE)


def grey_plate(plate: Plate) -> Image.Image:
    """Draw a number in a grey a twentieth from black or from white."""
    figure, ground = GREYS[plate.kind]
    drawn = Image.new("L", (SIDE, SIDE), ground)
    drawn.paste(figure, mask=number_mask(plate.number, size=FONT_SIZE))
    return drawn


def shaded(colour: Linear, lightness: float) -> tuple[int, int, int]:
    """Give a colour at another lightness as sRGB bytes."""
    red, green, blue = (encoded(channel * lightness) for channel in colour)
    return red, green, blue


def encoded(channel: float) -> int:
    """Encode linear light as sRGB (IEC 61966-2-1)."""
    level = 12.92 * channel if channel <= LINEAR_BELOW else 1.055 * channel ** (1 / 2.4) - 0.055
    return round(255 * min(1.0, level))
