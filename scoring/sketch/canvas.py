"""A sheet to draw on: antialiased shapes, gradients and glows seen through a camera."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from scoring.sketch.colour import BLACK, Colour, lookup_table
from scoring.sketch.geometry import XY, Points
from scoring.sketch.noise import Field

Box: TypeAlias = tuple[int, int, int, int]
SMALL_AREA = 40_000  # pixels; below it we can afford finer antialiasing


@dataclass(frozen=True, kw_only=True, slots=True)
class Camera:
    """Where a scene's point lands: zoom and turn about a focus, then a keystone from tilting."""

    focus: XY
    zoom: float = 1.0
    turn: float = 0.0
    shift: XY = (0.0, 0.0)
    keystone: float = 0.0
    stretch: float = 1.0

    def project(self, shape: Points) -> Points:
        """Map scene points to sheet points."""
        cosine, sine = np.cos(self.turn), np.sin(self.turn)
        x, y = shape[:, 0] - self.focus[0], shape[:, 1] - self.focus[1]
        across = self.zoom * (cosine * x - sine * y)
        down = self.zoom * self.stretch * (sine * x + cosine * y)
        widening = np.maximum(1 + self.keystone * down, 0.2)
        return np.stack(
            [
                across * widening + self.focus[0] + self.shift[0],
                down + self.focus[1] + self.shift[1],
            ],
            axis=1,
        )


@dataclass(frozen=True, slots=True)
class Linear:
    """Colours along a line from `start` to `end`."""

    colours: tuple[Colour, ...]
    start: XY
    end: XY

    def place(self, x: Field, y: Field, anchors: Points) -> Field:
        """Give each pixel's place along the line in [0, 1]."""
        (x0, y0), (x1, y1) = anchors
        length = max((x1 - x0) ** 2 + (y1 - y0) ** 2, 1e-9)
        return np.asarray(((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length)


@dataclass(frozen=True, slots=True)
class Radial:
    """Colours from the middle at `start` out to `end`."""

    colours: tuple[Colour, ...]
    start: XY
    end: XY

    def place(self, x: Field, y: Field, anchors: Points) -> Field:
        """Give each pixel's place along the radius in [0, 1]."""
        (x0, y0), (x1, y1) = anchors
        radius = max(float(np.hypot(x1 - x0, y1 - y0)), 1e-6)
        return np.asarray(np.hypot(x - x0, y - y0) / radius)


Ink: TypeAlias = Colour | Linear | Radial | Image.Image  # a picture lends what lies at the place


class Sheet:
    """A picture in the making; its shorter side is one unit long, whatever its pixels."""

    def __init__(self, size: tuple[int, int], camera: Camera, shadow: float = 0.0) -> None:
        self.image = Image.new("RGB", size)
        self.unit = min(size)
        self.camera = camera
        self.shadow = shadow
        self.width = size[0] / self.unit
        self.height = size[1] / self.unit

    def fill(self, *shapes: Points, ink: Ink, opacity: float = 1.0, blur: float = 0.0) -> None:
        """Fill closed shapes."""
        ends = np.cumsum([len(shape) for shape in shapes])[:-1]
        corners = np.split(self._pixels(np.concatenate(shapes)), ends)

        def draw(pen: ImageDraw.ImageDraw, origin: XY, scale: int) -> None:
            for corner in corners:
                pen.polygon(((corner - origin) * scale).ravel().tolist(), fill=255)

        self._stamp(corners, draw, ink, opacity, blur * self.unit)

    def stroke(self, *lines: Points, width: float, ink: Ink, opacity: float = 1.0) -> None:
        """Draw open lines of even width with round ends."""
        paths = [self._pixels(line) for line in lines]
        thick = max(width * self.unit * self.camera.zoom, 0.6)

        def draw(pen: ImageDraw.ImageDraw, origin: XY, scale: int) -> None:
            broad = max(1, round(thick * scale))
            for path in paths:
                dots = (path - origin) * scale
                pen.line(dots.ravel().tolist(), fill=255, width=broad, joint="curve")
                for x, y in (dots[0], dots[-1]):
                    pen.circle((x, y), broad / 2, fill=255)

        outline = [np.concatenate([path - thick, path + thick]) for path in paths]
        self._stamp(outline, draw, ink, opacity, 0.0)

    def wash(self, ink: Ink) -> None:
        """Cover the whole sheet, opaque."""
        self.image.paste(self._ink_image(ink, (0, 0, *self.image.size)))

    def veil(self, cover: Field, ink: Ink, opacity: float = 1.0) -> None:
        """Lay ink over the whole sheet through a field in [0, 1]."""
        mask = Image.fromarray((np.clip(cover, 0, 1) * (255 * opacity)).astype(np.uint8))
        self.image.paste(self._ink_image(ink, (0, 0, *self.image.size)), (0, 0), mask)

    def glow(self, centre: XY, radius: float, colour: Colour, strength: float = 1.0) -> None:
        """Add light that falls off softly."""
        middle = self._pixels(np.asarray([centre]))[0]
        reach = radius * self.unit * self.camera.zoom
        box = self._clip(np.asarray([middle - reach, middle + reach]), 0)
        if box is None:
            return
        step = max(1, round(reach / 48))
        x, y = _grid(box, step)
        fall = np.clip(1 - np.hypot(x - middle[0], y - middle[1]) / reach, 0, 1) ** 2.2
        light = (fall[..., None] * np.asarray(colour) * strength).clip(0, 255).astype(np.uint8)
        patch = Image.fromarray(light).resize(_size(box), Image.Resampling.BILINEAR)
        self.image.paste(ImageChops.screen(self.image.crop(box), patch), box)

    def text(self, words: str, at: XY, size: float, ink: Ink, turn: float = 0.0, weight: float = 0.0) -> None:
        """Set a line of type centred on a point; `weight` thickens it by a share of its size."""
        height = max(6.0, size * self.unit * self.camera.zoom)
        font = ImageFont.load_default(size=height)
        bold = weight * height
        left, top, right, bottom = font.getbbox(words, stroke_width=bold)
        mask = Image.new("L", (int(right - left) + 4, int(bottom - top) + 4))
        ImageDraw.Draw(mask).text((2 - left, 2 - top), words, fill=255, font=font, stroke_width=bold)
        angle = np.degrees(turn + self.camera.turn)
        mask = mask.rotate(-angle, Image.Resampling.BICUBIC, expand=True)
        middle = self._pixels(np.asarray([at]))[0]
        corner = (middle - np.asarray(mask.size) / 2).round().astype(int)
        box = (int(corner[0]), int(corner[1]), *(corner + mask.size).tolist())
        self._lay(mask, box, ink, 1.0)

    def bounds(self) -> tuple[float, float, float, float]:
        """Give a scene rectangle that covers all that the camera can see."""
        reach = 0.75 * (self.width + self.height) / (self.camera.zoom * min(1.0, self.camera.stretch))
        x, y = (f - s for f, s in zip(self.camera.focus, self.camera.shift, strict=True))
        return x - reach, y - reach, x + reach, y + reach

    def _pixels(self, shape: Points) -> Points:
        return self.camera.project(shape) * self.unit

    def _clip(self, corners: Points, margin: float) -> Box | None:
        """Give the pixels that a shape may touch, None when it lies outside the sheet."""
        low = np.floor(corners.min(axis=0) - margin).astype(int).clip(0)
        high = np.ceil(corners.max(axis=0) + margin).astype(int)
        right, bottom = min(int(high[0]), self.image.width), min(int(high[1]), self.image.height)
        if low[0] >= right or low[1] >= bottom:
            return None
        return int(low[0]), int(low[1]), right, bottom

    def _stamp(
        self,
        corners: Sequence[Points],
        draw: Callable[[ImageDraw.ImageDraw, XY, int], None],
        ink: Ink,
        opacity: float,
        blur: float,
    ) -> None:
        """Draw a mask at several times the size, shrink it, and lay ink through it."""
        box = self._clip(np.concatenate(corners), 3 * blur + 1)
        if box is None:
            return
        width, height = _size(box)
        scale = 4 if width * height < SMALL_AREA else 2
        mask = Image.new("L", (width * scale, height * scale))
        draw(ImageDraw.Draw(mask), (box[0], box[1]), scale)
        self._lay(_blurred(mask.reduce(scale), blur), box, ink, opacity)

    def _lay(self, mask: Image.Image, box: Box, ink: Ink, opacity: float) -> None:
        """Paste ink through a mask, with a soft shadow beneath where the sheet casts them."""
        if self.shadow and opacity > 0.9:
            drop = round(0.009 * self.unit)
            dark = _blurred(mask, 0.008 * self.unit).point(lambda v: v * self.shadow)
            self.image.paste(BLACK, (box[0] + drop // 2, box[1] + drop), dark)
        if opacity < 1:
            mask = mask.point(lambda v: v * opacity)
        self.image.paste(self._ink_image(ink, box), (box[0], box[1]), mask)

    def _ink_image(self, ink: Ink, box: Box) -> Image.Image:
        """Render the ink under a box."""
        if isinstance(ink, tuple):
            return Image.new("RGB", _size(box), ink)
        if isinstance(ink, Image.Image):
            return ink.crop(box)
        x, y = _grid(box, 4 if _size(box)[0] > 64 else 1)
        place = ink.place(x, y, self._pixels(np.asarray([ink.start, ink.end])))
        pixels = lookup_table(ink.colours)[(np.clip(place, 0, 1) * 255).astype(np.uint8)]
        return Image.fromarray(pixels).resize(_size(box), Image.Resampling.BILINEAR)


def _size(box: Box) -> tuple[int, int]:
    return box[2] - box[0], box[3] - box[1]


def _grid(box: Box, step: int) -> tuple[Field, Field]:
    """Give pixel centres of a box on a coarse grid that spans it."""
    width, height = _size(box)
    across, down = max(1, width // step), max(1, height // step)
    x = box[0] + (np.arange(across, dtype=np.float32) + np.float32(0.5)) * (width / across)
    y = box[1] + (np.arange(down, dtype=np.float32) + np.float32(0.5)) * (height / down)
    return x[None, :].astype(np.float32), y[:, None].astype(np.float32)


def _blurred(mask: Image.Image, radius: float) -> Image.Image:
    """Blur, at a reduced size where the blur is wide."""
    if radius < 0.3:
        return mask
    shrink = max(1, int(radius / 4))
    if shrink == 1 or min(mask.size) < 4 * shrink:
        return mask.filter(ImageFilter.GaussianBlur(radius))
    small = mask.reduce(shrink).filter(ImageFilter.GaussianBlur(radius / shrink))
    return small.resize(mask.size, Image.Resampling.BICUBIC)
