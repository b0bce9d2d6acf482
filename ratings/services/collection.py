"""What a click says: a rating, or a choice among pictures."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from ratings.registry import ONE_IMAGE, SEVERAL_IMAGES, Family
from ratings.values.client_facts import NOTHING_KNOWN, ClientFacts


@dataclass(frozen=True, kw_only=True)
class Submission:
    """One click on a scale, or on each of several."""

    family: ClassVar[Family] = ONE_IMAGE
    nonce: UUID
    assignment_id: int
    value: float
    scales: Mapping[str, float] | None = None  # the values on the further scales, by their keys
    response_ms: int | None = None
    client: ClientFacts = NOTHING_KNOWN

    @property
    def said(self) -> Mapping[str, Any]:
        """Give the columns that hold what the rater said."""
        return {"value": self.value, "scales": self.scales}


@dataclass(frozen=True, kw_only=True)
class ChoiceSubmission:
    """One choice among pictures side by side."""

    family: ClassVar[Family] = SEVERAL_IMAGES
    nonce: UUID
    assignment_id: int
    answer: str
    response_ms: int | None = None
    client: ClientFacts = NOTHING_KNOWN

    @property
    def said(self) -> Mapping[str, Any]:
        """Give the columns that hold what the rater said."""
        return {"answer": self.answer}


Click = Submission | ChoiceSubmission
