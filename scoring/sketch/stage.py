"""The setting of one sketch: its sheet, palette, light, camera and random streams."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from PIL import ImageOps

from scoring.prompts.attributes import PromptParts
from scoring.sketch.canvas import Camera, Linear, Sheet
from scoring.sketch.colour import PALETTES, Colour, Palette, mix
from scoring.sketch.geometry import XY, rectangle
from scoring.sketch.mood import MOODS, Mood

DENSITY_SCALE = {"minimal": 0.22, "spacious": 0.55, "detailed": 1.0, "intricate": 1.75}
ZOOM = {"close-up": 1.6, "wide": 0.66}
KEYSTONE = {"low-angle": 0.55, "birds-eye": -0.5}
STRETCH = {"low-angle": 1.1, "birds-eye": 0.8}
HORIZON = {"low-angle": 0.74, "birds-eye": 0.24, "close-up": 0.58, "wide": 0.6}


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """Everything a scene needs to draw itself."""

    parts: PromptParts
    seed: int
    sheet: Sheet
    palette: Palette
    mood: Mood

    def rng(self, name: str) -> np.random.Generator:
        """Give a stream of its own to each element, so that attributes do not disturb each other."""
        return stream(self.parts, self.seed, name)

    def count(self, usual: float, least: int = 1) -> int:
        """Scale a number of things by the density."""
        return max(least, round(usual * DENSITY_SCALE[self.parts.attributes.density]))

    def sparse(self) -> bool:
        """Say whether extras are to be left out."""
        return self.parts.attributes.density in {"minimal", "spacious"}

    @property
    def middle(self) -> XY:
        """Give the centre of the sheet."""
        return self.sheet.width / 2, self.sheet.height / 2

    @property
    def horizon(self) -> float:
        """Give the level where ground meets sky."""
        return self.sheet.height * HORIZON.get(self.parts.attributes.viewpoint, 0.58)

    @property
    def light(self) -> XY:
        """Give the place that the light comes from."""
        side = 0.5
        if self.parts.attributes.composition not in {"symmetrical", "centred"}:
            side = float(self.rng("light").choice([0.26, 0.74]))
        low = 0.12 if self.parts.attributes.lighting == "golden" else 0.3
        return self.sheet.width * side, max(self.horizon - low, 0.14 * self.sheet.height)

    def tone(self, t: float) -> Colour:
        """Give a thing's colour by its lightness under this light."""
        low, high = self.mood.span
        return self.palette.ramp(low + (high - low) * t)

    def accent(self, index: int, shade: float = 0.0) -> Colour:
        """Give an accent colour under this light, darker by `shade`."""
        dim = 0.4 if self.parts.attributes.lighting == "moonlight" else 0.0
        return mix(self.palette.accent(index), self.palette.ramp(0.0), min(0.95, shade + dim))

    @property
    def air(self) -> Colour:
        """Give the colour that distance fades into."""
        return self.sky_colours[2]

    def far(self, colour: Colour, distance: float) -> Colour:
        """Fade a colour with distance, 0 near and 1 at the horizon."""
        return mix(colour, self.air, self.mood.haze * distance)

    @property
    def sky_colours(self) -> tuple[Colour, Colour, Colour]:
        """Give the sky's colours from the zenith to the horizon."""
        top, middle, low = (self.palette.ramp(tone) for tone in self.mood.sky)
        if self.parts.attributes.lighting == "golden":
            low = mix(low, (255, 206, 128), 0.3)
        if self.parts.attributes.lighting == "neon":
            middle, low = mix(middle, self.palette.accent(3), 0.3), mix(low, self.lamp, 0.45)
        return top, middle, low

    @property
    def lamp(self) -> Colour:
        """Give the colour of artificial light."""
        if self.parts.attributes.lighting == "neon":
            return max(self.palette.accents[:3], key=lambda colour: max(colour) - min(colour))
        return mix((255, 214, 150), self.palette.stops[-1], 0.35)

    def paint_backdrop(self, light: float, dark: float) -> None:
        """Cover the sheet with a studio wall lit from the light's side."""
        reach = 1.1 * (self.sheet.width + self.sheet.height) / 2
        x, y = self.light
        self.sheet.wash(Linear((self.tone(light), self.tone(dark)), (x, y), (x + 0.1, y + reach)))

    def mirror(self) -> None:
        """Fold the left half over the right one where the composition is symmetrical."""
        if self.parts.attributes.composition != "symmetrical":
            return
        image = self.sheet.image
        half = image.crop((0, 0, image.width // 2, image.height))
        image.paste(ImageOps.mirror(half), (image.width - half.width, 0))

    def frame(self, broad: float = 0.085) -> None:
        """Lay a mat with a fine inner line around a framed composition."""
        if self.parts.attributes.composition != "framed":
            return
        sheet = self.sheet
        scene_camera, sheet.camera = sheet.camera, Camera(focus=(0, 0))
        wide, tall = sheet.width, sheet.height
        mat = mix(self.palette.ramp(1.0), self.tone(1.0), 0.4)
        sheet.fill(
            rectangle(0, 0, wide, broad),
            rectangle(0, tall - broad, wide, tall),
            rectangle(0, 0, broad, tall),
            rectangle(wide - broad, 0, wide, tall),
            ink=mat,
        )
        inner = broad * 0.78
        corners = rectangle(inner, inner, wide - inner, tall - inner)
        sheet.stroke(np.concatenate([corners, corners[:1]]), width=0.004, ink=self.palette.ramp(0.3))
        sheet.camera = scene_camera


def stream(parts: PromptParts, seed: int, name: str) -> np.random.Generator:
    """Seed a random stream from subject, domain, seed and the element's name."""
    text = f"{parts.domain}\n{parts.subject.casefold()}\n{seed}\n{name}"
    digest = hashlib.blake2b(text.encode(), digest_size=16).digest()
    return np.random.default_rng(int.from_bytes(digest, "big"))


def build_stage(parts: PromptParts, seed: int, size: tuple[int, int]) -> Stage:
    """Set up the sheet, palette and camera that the attributes ask for."""
    values = parts.attributes
    unit = min(size)
    wide, tall = size[0] / unit, size[1] / unit
    rng = stream(parts, seed, "camera")
    side = float(rng.choice([-1.0, 1.0]))
    tilt = side * float(rng.uniform(0.13, 0.22))
    is_portrait = parts.domain == "fashion" and values.viewpoint == "close-up"  # keeps the head in view
    camera = Camera(
        focus=(wide / 2, tall * (0.24 if is_portrait else 0.5)),
        zoom=ZOOM.get(values.viewpoint, 1.0),
        turn=tilt if values.composition == "diagonal" else 0.0,
        shift=(side * 0.17 * wide, 0.03) if values.composition == "thirds" else (0.0, 0.0),
        keystone=KEYSTONE.get(values.viewpoint, 0.0),
        stretch=STRETCH.get(values.viewpoint, 1.0),
    )
    shadow = 0.42 if values.medium == "cutout" else 0.0
    return Stage(
        parts=parts,
        seed=seed,
        sheet=Sheet(size, camera, shadow),
        palette=PALETTES[values.palette].varied(stream(parts, seed, "palette")),
        mood=MOODS[values.lighting],
    )
