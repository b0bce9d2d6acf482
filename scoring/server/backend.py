"""The interface of what serves models to the reward server: a study's live model, or a released folder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np

from scoring.ml.data.arrays import Floats32
from scoring.ml.encoders.keys import has_text_tower
from scoring.ml.reward import RepresentedImages, RewardModel
from scoring.ml.scores import Scale
from scoring.ml.taste.posterior import TastePosterior
from scoring.server.requests import Picture, ScoreRequest


@dataclass(frozen=True, kw_only=True)
class ScoredRater:
    """A rater whom pictures are scored for; one with no ratings is expected to rate like everybody."""

    name: str
    taste: TastePosterior


@dataclass(frozen=True, kw_only=True)
class Judge:
    """A model that scores, and the scale that it speaks on."""

    model: RewardModel
    version: str
    scale: Scale
    study: str = ""
    reference: RepresentedImages | None = None


@dataclass(frozen=True, kw_only=True)
class KnownContents:
    """What is known of some of the pictures, by place: what the model sees in them, or else the encoder's vector."""

    places: tuple[int, ...] = ()
    seen: RepresentedImages | None = None  # of those places
    vectors: Mapping[int, Floats32] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Case:
    """All that is needed to score, but for what has to be fetched or embedded."""

    judge: Judge
    raters: tuple[ScoredRater, ...]
    pictures: tuple[Picture, ...]  # with what the study says of those that it knows
    known: KnownContents = field(default_factory=KnownContents)
    k: float = 1.0

    def missing(self) -> list[int]:
        """Give the places of the pictures that have to be embedded."""
        done = {*self.known.places, *self.known.vectors}
        return [place for place in range(len(self.pictures)) if place not in done]

    def with_pictures(self, pictures: Sequence[Picture]) -> "Case":
        """Give the case with the contents of pictures that were fetched."""
        return replace(self, pictures=tuple(pictures))


class Backend(Protocol):
    """Where models, rights and known pictures come from; all of it may block, and runs in threads."""

    @property
    def name(self) -> str:
        """Name what is served."""
        ...

    def caller(self, token: str) -> Any:
        """Give who asks; raise `RefusedError` for nobody known."""
        ...

    def open(self, request: ScoreRequest, caller: Any) -> Case:
        """Check the rights and give what is needed to score; raise `RefusedError` where that cannot be."""
        ...

    def encoder_keys(self) -> Sequence[str]:
        """Load what serves now, and give the encoders that it needs; raise while there is a fault."""
        ...


def merged(parts: Mapping[int, tuple[RepresentedImages, int]], count: int) -> RepresentedImages:
    """Put rows of several representations into the order of the places 0 to `count`."""
    rows = [(seen.z[row], seen.consensus[row], seen.variance[row]) for seen, row in (parts[at] for at in range(count))]
    return RepresentedImages(
        z=np.array([row[0] for row in rows]),
        consensus=np.array([row[1] for row in rows]),
        variance=np.array([row[2] for row in rows]),
    )


def judged_prompts(case: Case) -> list[bool]:
    """Tell for each picture whether the encoder's text tower read its prompt."""
    reads = has_text_tower(case.judge.model.encoder_key)
    return [reads and bool((picture.facts.prompt or "").strip()) for picture in case.pictures]
