"""Points of curves and figures, in a sheet's own coordinates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Points: TypeAlias = NDArray[np.float64]
XY: TypeAlias = tuple[float, float]


def points(*pairs: XY) -> Points:
    """Make an array of corner points."""
    return np.asarray(pairs, dtype=np.float64)


def rectangle(left: float, top: float, right: float, bottom: float) -> Points:
    """Give the corners of an upright rectangle."""
    return points((left, top), (right, top), (right, bottom), (left, bottom))


def ellipse(centre: XY, rx: float, ry: float | None = None, steps: int = 64) -> Points:
    """Give an ellipse, a circle where only one radius is given."""
    angles = np.linspace(0, 2 * np.pi, steps, endpoint=False)
    tall = rx if ry is None else ry
    return np.stack([centre[0] + rx * np.cos(angles), centre[1] + tall * np.sin(angles)], axis=1)


def regular(centre: XY, radius: float, corners: int, turn: float = 0.0) -> Points:
    """Give a regular polygon."""
    angles = turn + 2 * np.pi * np.arange(corners) / corners
    return np.stack([centre[0] + radius * np.cos(angles), centre[1] + radius * np.sin(angles)], axis=1)


def arc(centre: XY, radius: float, start: float, stop: float, steps: int = 48) -> Points:
    """Give the open line of an arc, angles in radians."""
    angles = np.linspace(start, stop, steps)
    return np.stack([centre[0] + radius * np.cos(angles), centre[1] + radius * np.sin(angles)], axis=1)


def sector(centre: XY, outer: float, start: float, stop: float, inner: float = 0.0) -> Points:
    """Give a slice of a disc or of a ring."""
    outside = arc(centre, outer, start, stop)
    inside = arc(centre, inner, stop, start) if inner > 0 else points(centre)
    return np.concatenate([outside, inside])


def curve(anchors: Sequence[XY] | Points, *, steps: int = 12) -> Points:
    """Run a smooth open line through the anchors (Catmull-Rom)."""
    given = np.asarray(anchors, dtype=np.float64)
    padded = np.concatenate([2 * given[:1] - given[1:2], given, 2 * given[-1:] - given[-2:-1]])
    return np.concatenate([_spline(padded, steps), given[-1:]])


def closed(anchors: Sequence[XY] | Points, *, steps: int = 10) -> Points:
    """Run a smooth closed line through the anchors (Catmull-Rom)."""
    given = np.asarray(anchors, dtype=np.float64)
    return _spline(np.concatenate([given[-1:], given, given[:2]]), steps)


def _spline(padded: Points, steps: int) -> Points:
    """Evaluate the Catmull-Rom segments between the second and the last but one anchor."""
    t = np.linspace(0, 1, steps, endpoint=False)[None, :, None]
    p0, p1, p2, p3 = (padded[i : len(padded) - 3 + i, None, :] for i in range(4))
    line = 0.5 * (2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3)
    return np.asarray(line.reshape(-1, 2))


def ribbon(line: Points, widths: Sequence[float] | NDArray[np.float64]) -> Points:
    """Give a line a width that changes along it, spread evenly over its points."""
    along = np.gradient(line, axis=0)
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    spread = np.interp(np.linspace(0, 1, len(line)), np.linspace(0, 1, len(widths)), widths)
    side = normal * spread[:, None] / 2
    return np.concatenate([line + side, (line - side)[::-1]])


def blob(centre: XY, radius: float, rng: np.random.Generator, rough: float = 0.2) -> Points:
    """Give a soft irregular pebble."""
    count = int(rng.integers(7, 11))
    radii = radius * rng.uniform(1 - rough, 1 + rough, count)
    angles = 2 * np.pi * np.arange(count) / count + rng.uniform(0, 6.28)
    anchors = np.stack([centre[0] + radii * np.cos(angles), centre[1] + radii * np.sin(angles)], axis=1)
    return closed(anchors)


def ridge(span: XY, level: float, height: float, rng: np.random.Generator, rough: float = 0.5) -> Points:
    """Give a skyline of hills (low `rough`) or mountains (high), as an open line from left to right."""
    x = np.linspace(span[0], span[1], 160)
    y = np.zeros_like(x)
    scale, wave = 1.0, float(rng.uniform(0.9, 1.6))
    for _ in range(6):
        knots = rng.uniform(-1, 1, int(np.ceil((span[1] - span[0]) * wave)) + 4)
        place = (x - span[0]) * wave + rng.uniform(0, 1)
        y += scale * _interpolate(knots, place, sharp=rough > 0.5)
        scale *= rough
        wave *= 2.1
    return np.stack([x, level - height * y], axis=1)


def _interpolate(knots: NDArray[np.float64], place: Points, *, sharp: bool) -> Points:
    """Read noise between its knots, with corners or without."""
    low = place.astype(int)
    t = place - low
    ease = t if sharp else t * t * (3 - 2 * t)
    return np.asarray(knots[low] * (1 - ease) + knots[low + 1] * ease)


def below(line: Points, bottom: float) -> Points:
    """Close an open line downwards to the level `bottom`."""
    return np.concatenate([line, points((line[-1, 0], bottom), (line[0, 0], bottom))])


def turned(shape: Points, angle: float, about: XY = (0.0, 0.0)) -> Points:
    """Turn a shape about a point."""
    cosine, sine = np.cos(angle), np.sin(angle)
    turn = np.array([[cosine, sine], [-sine, cosine]])
    return np.asarray((shape - about) @ turn + about)


def moved(shape: Points, across: float, down: float) -> Points:
    """Move a shape."""
    return np.asarray(shape + np.asarray((across, down)))


def placed(shape: Points, at: XY, scale: float = 1.0, flip: float = 1.0) -> Points:
    """Scale a shape drawn around the origin, mirror it for `flip` -1, and move it."""
    return np.asarray(shape * (scale * flip, scale) + at)
