"""What the server answers, as plain values; what a newer server adds stays in `more`."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Shape = TypeVar("Shape", bound="AnswerFacts")

ENDED = ("ready", "succeeded", "skipped", "failed", "cancelled")


@dataclass(frozen=True, kw_only=True)
class AnswerFacts:
    """One object of an answer."""

    more: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def read(cls: type[Shape], row: Mapping[str, Any]) -> Shape:
        """Take the fields that this version knows, and keep the rest."""
        names = {one.name for one in fields(cls)} - {"more"}
        known = {name: value for name, value in row.items() if name in names}
        return cls(**known, more={name: value for name, value in row.items() if name not in names})


@dataclass(frozen=True, kw_only=True)
class StudyFacts(AnswerFacts):
    """A study."""

    slug: str
    title: str
    state: str
    design: str = ""
    target: int = 0
    quota: int = 0


@dataclass(frozen=True, kw_only=True)
class JobFacts(AnswerFacts):
    """Work that the server does, and how far it is: `progress` from 0 to 1."""

    state: str
    progress: float = 0.0
    error: str = ""

    @property
    def has_ended(self) -> bool:
        """Tell whether nothing more will change."""
        return self.state in ENDED


@dataclass(frozen=True, kw_only=True)
class PushFacts(JobFacts):
    """A dump or a version on its way to the Hugging Face Hub; `address` is that of the commit that it became."""

    id: int
    repository: str
    is_public: bool = False
    address: str = ""


@dataclass(frozen=True, kw_only=True)
class ImportFacts(JobFacts):
    """An import of pictures; the report counts and names what came in."""

    id: int
    report: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RunFacts(JobFacts):
    """A training run; `version` is the number of the model that it made, if any."""

    id: int
    stage: str = ""
    version: int | None = None
    warnings: tuple[str, ...] | list[str] = ()


@dataclass(frozen=True, kw_only=True)
class VersionFacts(AnswerFacts):
    """A version of a study's model."""

    number: int
    state: str
    metrics: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, kw_only=True)
class DumpFacts(JobFacts):
    """A dump; its files are listed once it is ready."""

    study: str
    version: int
    format: str = ""
    rows: int = 0
    files: tuple[Mapping[str, Any], ...] | list[Mapping[str, Any]] = ()


@dataclass(frozen=True, kw_only=True)
class ScoreArrays:
    """What raters are expected to give pictures: arrays of (raters, pictures), or (pictures,) for one person.

    `mean` orders pictures and may lie beyond the study's scale; `rating` is the same within it, NaN from a server of an
    earlier version. `lower` is `mean - k * sd`, for optimisers; `percentile` is the share of the study's pictures that
    this rater is expected to like less, 0 to 100, NaN where the server knows no pictures to compare with.
    """

    mean: Floats
    rating: Floats
    sd: Floats
    lower: Floats
    percentile: Floats
    prompt_judged: NDArray[np.bool_]
    raters: tuple[str, ...]
    model_version: str

    def of_one(self) -> "ScoreArrays":
        """Give the scores of the only rater without the axis of raters."""
        (name,) = self.raters
        return ScoreArrays(
            mean=self.mean[0],
            rating=self.rating[0],
            sd=self.sd[0],
            lower=self.lower[0],
            percentile=self.percentile[0],
            prompt_judged=self.prompt_judged,
            raters=(name,),
            model_version=self.model_version,
        )


def joined(parts: list[ScoreArrays]) -> ScoreArrays:
    """Put the scores of batches of pictures side by side."""
    names = ("mean", "rating", "sd", "lower", "percentile")
    return ScoreArrays(
        **{name: np.concatenate([getattr(part, name) for part in parts], axis=-1) for name in names},
        prompt_judged=np.concatenate([part.prompt_judged for part in parts]),
        raters=parts[0].raters,
        model_version=parts[-1].model_version,
    )
