"""Colours and the curated palettes that every sketch is painted from."""

from __future__ import annotations

import colorsys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

Colour: TypeAlias = tuple[int, int, int]

WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)


def parse_hex(text: str) -> Colour:
    """Read `rrggbb`."""
    return int(text[0:2], 16), int(text[2:4], 16), int(text[4:6], 16)


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """Blend two colours in (nearly) linear light; `share` is how much of the second."""
    t = min(max(share, 0.0), 1.0)
    red, green, blue = (round(((1 - t) * a * a + t * b * b) ** 0.5) for a, b in zip(first, second, strict=True))
    return red, green, blue


def luminance(colour: Colour) -> float:
    """Give the perceived brightness in [0, 1]."""
    return (0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]) / 255


def shift_hue(colour: Colour, turn: float, gain: float = 1.0) -> Colour:
    """Turn the hue by a share of the circle and scale the saturation."""
    hue, light, saturation = colorsys.rgb_to_hls(*(channel / 255 for channel in colour))
    rgb = colorsys.hls_to_rgb((hue + turn) % 1.0, light, min(1.0, saturation * gain))
    red, green, blue = (round(255 * channel) for channel in rgb)
    return red, green, blue


@dataclass(frozen=True, slots=True)
class Palette:
    """A ramp of five colours from dark to light, and accents that go with it."""

    stops: tuple[Colour, ...]
    accents: tuple[Colour, ...]

    def ramp(self, t: float) -> Colour:
        """Give the ramp's colour at `t`, 0 darkest and 1 lightest."""
        place = min(max(t, 0.0), 1.0) * (len(self.stops) - 1)
        low = min(int(place), len(self.stops) - 2)
        return mix(self.stops[low], self.stops[low + 1], place - low)

    def accent(self, index: int) -> Colour:
        """Give an accent, counting round."""
        return self.accents[index % len(self.accents)]

    def varied(self, rng: np.random.Generator) -> Palette:
        """Nudge the hues a little and reorder the accents, so that no two pictures match exactly."""
        turn, gain = float(rng.uniform(-0.012, 0.012)), float(rng.uniform(0.92, 1.08))
        order = rng.permutation(len(self.accents))
        return Palette(
            tuple(shift_hue(stop, turn, gain) for stop in self.stops),
            tuple(shift_hue(self.accents[i], turn, gain) for i in order),
        )


def _palette(stops: str, accents: str) -> Palette:
    return Palette(
        tuple(parse_hex(code) for code in stops.split()),
        tuple(parse_hex(code) for code in accents.split()),
    )


PALETTES: Mapping[str, Palette] = MappingProxyType(
    {
        "ember": _palette("1e0b10 5c1a1c b63a2a f0904e fbe6c6", "f4b536 dd4a2b 8c2f4b f7d08a"),
        "sunset": _palette("1c1035 54215f b2416f f38160 fde3b8", "ffab5e e5507d 6a479f ffd27a"),
        "earth": _palette("2a1c14 6a4429 b0754a dcb588 f5ead8", "8c9a5e c8623e 466460 e2a94f"),
        "forest": _palette("0e1b15 24432d 54804c a8bf82 f2f0da", "dda850 7fa362 c65a40 e9d8a0"),
        "ocean": _palette("07182a 0e3f60 22809a 80c8c8 eaf6f1", "f2c654 2fa598 f0876a 9bdbe0"),
        "nordic": _palette("1b2631 425868 8299a6 c6d1d4 f4f1ea", "e0b24e b8583f 63847a d9c7b0"),
        "pastel": _palette("5f5b80 a99fc8 f2b5c4 fadbc8 fef7ee", "a3dccc f9c39a b5c3f4 f49ab0"),
        "jewel": _palette("0f0b2a 2c1b62 13695f 55b096 f6e8c6", "cc2050 e4ac2c 3560d6 8e3bb0"),
        "electric": _palette("0b0720 33126a 8d22b4 ff4fae fcdcf6", "16e0f0 ff3470 f8f06a 7a5cff"),
        "monochrome": _palette("0f1013 3b3d43 7e8188 c2c4c9 f5f5f3", "24262b a3a6ac dcdcd9 5b5e65"),
    }
)


def lookup_table(colours: Sequence[Colour]) -> np.ndarray:
    """Spread colours evenly over 256 steps."""
    places = np.linspace(0, len(colours) - 1, 256)
    squares = np.asarray(colours, dtype=np.float64) ** 2
    channels = [np.interp(places, np.arange(len(colours)), squares[:, channel]) for channel in range(3)]
    return np.sqrt(np.stack(channels, axis=1)).round().astype(np.uint8)  # (256, 3)
