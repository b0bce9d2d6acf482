"""What each kind of light does to a sky, to distance and to the finished picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, kw_only=True, slots=True)
class Mood:
    """One kind of light; tones are places on a palette's ramp."""

    sky: tuple[float, float, float]  # tones at the zenith, halfway and at the horizon
    span: tuple[float, float]  # the tones that black and white things take
    haze: float  # how far distance fades into the sky
    is_night: bool = False
    glow: float = 0.5  # strength of sun, moon and lamps
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    exposure: float = 1.0
    contrast: float = 1.0
    lift: float = 0.0  # how much white air lies over everything
    spot: float = 0.0  # how much darker it is away from the light


MOODS: Mapping[str, Mood] = MappingProxyType(
    {
        "daylight": Mood(sky=(0.62, 0.82, 0.97), span=(0.08, 1.0), haze=0.72, exposure=1.05),
        "golden": Mood(
            sky=(0.5, 0.72, 0.93),
            span=(0.05, 0.95),
            haze=0.7,
            glow=0.85,
            tint=(1.08, 1.0, 0.87),
            contrast=1.06,
            spot=0.18,
        ),
        "moonlight": Mood(
            sky=(0.02, 0.14, 0.36),
            span=(0.0, 0.62),
            haze=0.62,
            is_night=True,
            glow=0.7,
            tint=(0.78, 0.9, 1.16),
            exposure=0.86,
            contrast=1.05,
            spot=0.25,
        ),
        "dramatic": Mood(
            sky=(0.06, 0.3, 0.82),
            span=(0.0, 0.92),
            haze=0.5,
            glow=1.0,
            exposure=1.08,
            contrast=1.28,
            spot=0.72,
        ),
        "misty": Mood(
            sky=(0.76, 0.86, 0.93),
            span=(0.2, 0.97),
            haze=0.88,
            glow=0.3,
            contrast=0.88,
            lift=0.19,
        ),
        "neon": Mood(
            sky=(0.0, 0.12, 0.42),
            span=(0.0, 0.8),
            haze=0.55,
            is_night=True,
            glow=1.0,
            tint=(1.05, 0.92, 1.12),
            exposure=0.98,
            contrast=1.15,
            spot=0.3,
        ),
    }
)
