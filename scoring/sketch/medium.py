"""Media: what oil, water, ink, print, paper and film make of a lit scene."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from scoring.sketch.noise import Field, clouds, lattice, speckle
from scoring.sketch.pixels import (
    brightness,
    coordinates,
    displaced,
    relief,
    saturated,
    softened,
)
from scoring.sketch.stage import Stage

Rgb = tuple[float, float, float]
PAPER: Rgb = (0.985, 0.972, 0.94)


def _paint_oil(stage: Stage, pixels: Field) -> Field:
    """Set the picture in curved dabs of paint, each of one colour with a ridge along it."""
    size = stage.sheet.image.size
    rng = stage.rng("oil")
    unit = np.float32(stage.sheet.unit)
    long, broad = unit / 36, unit / 130
    turn = np.float32(rng.uniform(0.2, 0.9))
    x, y = coordinates(pixels)
    bend = lattice(rng, size, (3, 3)) * unit / 7
    along = x * np.cos(turn) + y * np.sin(turn) + bend
    across = y * np.cos(turn) - x * np.sin(turn) + lattice(rng, size, (4, 4)) * unit / 8
    row = np.floor(across / broad)
    along = along + (row * np.float32(0.618)) % 1 * long
    column = np.floor(along / long)
    to_end = (column + np.float32(0.5)) * long - along
    to_spine = (row + np.float32(0.5)) * broad - across
    dab = displaced(
        pixels,
        to_end * np.cos(turn) * np.float32(0.4) - to_spine * np.sin(turn),
        to_end * np.sin(turn) * np.float32(0.4) + to_spine * np.cos(turn),
    )
    ridge = 1 - (2 * to_spine / broad) ** 2 + np.float32(0.6) * to_end / long
    loads = rng.normal(0, 1, 1024).astype(np.float32)  # each dab takes up a little more or less paint
    load = loads[(row.astype(np.int32) * 57 + column.astype(np.int32) * 131) & 1023]
    mixed = np.float32(0.66) * dab + np.float32(0.34) * pixels
    lit = (np.float32(0.965) + np.float32(0.05) * ridge + np.float32(0.03) * load)[..., None]
    return np.asarray(saturated(mixed, 1.15) * lit, dtype=np.float32)


def _paint_watercolour(stage: Stage, pixels: Field) -> Field:
    """Thin the paint, let it pool at edges and bleed out towards a paper margin."""
    size = stage.sheet.image.size
    rng = stage.rng("watercolour")
    unit = stage.sheet.unit
    flow = clouds(rng, size, (4, 4), 5)
    drift = clouds(rng, size, (7, 7), 2) - np.float32(0.5)
    bled = displaced(pixels, (flow - np.float32(0.5)) * unit * 0.02, drift * unit * 0.02)
    luma = brightness(bled)
    pooled = (softened(luma, 0.005 * unit) - luma).clip(0, 0.2)
    strength = (np.float32(0.62) + np.float32(0.55) * flow)[..., None]
    paint = 1 - (1 - saturated(bled, 1.25)) * strength - np.float32(1.3) * pooled[..., None]
    paper = np.asarray(PAPER, dtype=np.float32)
    return np.asarray(paper + (paint - paper) * _margin(stage, flow)[..., None], dtype=np.float32)


def _margin(stage: Stage, flow: Field) -> Field:
    """Give a painted area with a ragged edge inside the sheet; a mat takes its place when framed."""
    x = np.linspace(0, stage.sheet.width, flow.shape[1], dtype=np.float32)[None, :]
    y = np.linspace(0, stage.sheet.height, flow.shape[0], dtype=np.float32)[:, None]
    if stage.parts.attributes.composition == "framed":
        return np.ones_like(flow)
    edge = np.minimum(np.minimum(x, stage.sheet.width - x), np.minimum(y, stage.sheet.height - y))
    cover = (edge - np.float32(0.012) - np.float32(0.05) * flow) * 60
    return np.asarray(cover.clip(0, 1), dtype=np.float32)


def _pull_print(stage: Stage, pixels: Field) -> Field:
    """Print few flat inks, with halftone dots only where tones change, slightly out of register."""
    levels = np.float32(4)
    pitch = np.float32(np.pi / (max(stage.sheet.unit / 185, 2.0) * 1.4142))
    x, y = coordinates(pixels)
    dots = np.sin((x + y) * pitch) * np.sin((x - y) * pitch)
    slip = max(1, round(stage.sheet.unit / 400))
    shifted = saturated(pixels, 1.25)
    shifted[..., 0] = np.roll(shifted[..., 0], slip, 1)
    shifted[..., 2] = np.roll(shifted[..., 2], slip, 0)
    inks = np.floor(shifted * levels + (np.float32(0.5) + np.float32(0.3) * dots)[..., None]) / levels
    uneven = clouds(stage.rng("print"), stage.sheet.image.size, (5, 5), 5)
    paper = np.asarray((0.975, 0.955, 0.91), dtype=np.float32)
    ink = inks.clip(0, 1) * paper
    return np.asarray(ink + (np.float32(0.05) * uneven)[..., None] * (paper - ink), dtype=np.float32)


def _cut_paper(stage: Stage, pixels: Field) -> Field:
    """Give the sheets of paper a faint tooth and slightly uneven dye."""
    size = stage.sheet.image.size
    rng = stage.rng("cutout")
    dye = clouds(rng, size, (9, 9), 4) - np.float32(0.5)
    tooth = relief(speckle(rng, size))
    shade = 1 + np.float32(0.05) * dye + np.float32(0.014) * tooth
    return np.asarray(saturated(pixels, 1.08) * shade[..., None], dtype=np.float32)


def _draw_ink(stage: Stage, pixels: Field) -> Field:
    """Draw contours and hatching in ink over a pale wash on paper."""
    unit = stage.sheet.unit
    luma = brightness(pixels)
    soft = softened(luma, unit / 340)
    contour = ((np.abs(luma - soft) - np.float32(0.016)) * 14).clip(0, 1)
    shade = softened(luma, unit / 150)
    x, y = coordinates(pixels)
    wobble = lattice(stage.rng("hatch"), stage.sheet.image.size, (14, 14)) * np.float32(unit / 160)
    pitch = np.float32(2 * np.pi / max(unit / 130, 4.0))
    first = (np.sin((x + y + wobble) * pitch) - np.float32(3.1) * shade + np.float32(0.15)) * 2
    second = (np.sin((x - y - wobble) * pitch) - np.float32(5.2) * shade + np.float32(0.15)) * 2
    hatch = np.maximum(first, second).clip(0, 1) * np.float32(0.8)
    solid = ((np.float32(0.2) - luma) * 9).clip(0, 1) * np.float32(0.85)
    ink = np.maximum(np.maximum(contour, hatch), solid)[..., None]
    paper = np.asarray(PAPER, dtype=np.float32)
    wash = paper * (np.float32(0.3) + np.float32(0.7) * saturated(pixels, 0.95))
    line = np.asarray(stage.palette.ramp(0.03), dtype=np.float32) / np.float32(420)
    return np.asarray(wash + (line - wash) * ink, dtype=np.float32)


def _expose_film(stage: Stage, pixels: Field) -> Field:
    """Bloom the highlights, deepen the tones and darken the corners."""
    unit = stage.sheet.unit
    bright = ((brightness(pixels) - np.float32(0.6)) * 2).clip(0, 1)
    bloom = (softened(bright, unit / 30) * np.float32(0.34)).clip(0, 1)[..., None]
    pixels = pixels + bloom * pixels * (1 - pixels)
    curve = pixels + np.float32(0.05) * np.sin((pixels - np.float32(0.5)) * np.float32(2 * np.pi))
    x = np.linspace(-1, 1, pixels.shape[1], dtype=np.float32)[None, :] ** 2
    y = np.linspace(-1, 1, pixels.shape[0], dtype=np.float32)[:, None] ** 2
    corners = 1 - np.float32(0.3) * ((x + y) / 2) ** 1.5
    return np.asarray(curve * corners[..., None], dtype=np.float32)


MEDIA: Mapping[str, Callable[[Stage, Field], Field]] = MappingProxyType(
    {
        "oil": _paint_oil,
        "watercolour": _paint_watercolour,
        "print": _pull_print,
        "cutout": _cut_paper,
        "ink": _draw_ink,
        "photo": _expose_film,
    }
)
