"""The scale that a study's ratings are given on, and the named scales of one that asks for several ratings at once."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from ratings.choices import ScaleKind
from ratings.sentences import staff_gettext
from ratings.values.shapes import Note, ShapeError, checked_list, json_of, loaded

FEWEST, MOST = 2, 6
NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
ANCHORS = Note("Words by value, such as 1 = “not at all”.", pattern=NUMBER)


@dataclass(frozen=True, kw_only=True)
class StudyScale:
    """The values that a rating may have, and the words at some of them."""

    kind: Annotated[ScaleKind, Note("How it is shown.")]
    low: Annotated[float, Note("The lowest value.", key="min")]
    high: Annotated[float, Note("The highest value.", key="max")]
    step: Annotated[float, Note("Between two values; a slider takes those between as well.")]
    labels: Annotated[Mapping[str, str], ANCHORS] = field(default_factory=dict)

    @property
    def values(self) -> list[str]:
        """Give the values of a stepped scale, as its labels name them."""
        return [f"{self.low + number * self.step:g}" for number in range(round((self.high - self.low) / self.step) + 1)]

    @property
    def anchors(self) -> list[tuple[str, str]]:
        """Give the words in the order of their values."""
        return sorted(self.labels.items(), key=lambda pair: float(pair[0]))

    def as_json(self) -> dict[str, Any]:
        """Give what the rating page receives."""
        return json_of(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "StudyScale":
        """Read what `as_json` gave."""
        return loaded(cls, stored)


@dataclass(frozen=True, kw_only=True)
class NamedScale:
    """One of several scales: what it is called, and the words at some of its values."""

    key: Annotated[
        str,
        Note(
            "A name of lower-case letters, digits and underscores, which begins with a letter.",
            pattern=r"[a-z][a-z0-9_]{0,29}",
            tells_apart=True,
        ),
    ]
    label: Annotated[str, Note("The question that raters read.")]
    labels: Annotated[Mapping[str, str], ANCHORS] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Give what a study's row holds, and what pages receive."""
        return json_of(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "NamedScale":
        """Read what a row holds."""
        return loaded(cls, stored)


def stored_scales(stored: Iterable[Mapping[str, Any]]) -> tuple[NamedScale, ...]:
    """Read the scales of a study's row, the main one first."""
    return tuple(NamedScale.from_json(one) for one in stored)


def checked_scales(given: Any) -> tuple[NamedScale, ...]:
    """Take the scales that an author gives, the main one first; raise for what cannot be asked."""
    scales = checked_list(NamedScale, given, entry="scale")
    if not FEWEST <= len(scales) <= MOST:
        raise ShapeError(
            staff_gettext("give {fewest} to {most} scales, the main one first.").format(fewest=FEWEST, most=MOST)
        )
    return scales


def checked_labels(given: Any) -> Mapping[str, str]:
    """Take the words at the values of a scale; raise where they are none."""
    is_table = isinstance(given, Mapping) and all(isinstance(word, str) for word in given.values())
    if not is_table or not all(is_number(value) for value in given):
        raise ShapeError(staff_gettext("give words by value, such as 1 = “not at all”."))
    return {str(value): word for value, word in given.items()}


def is_number(text: object) -> bool:
    """Tell whether a text can name a value of a scale."""
    return re.fullmatch(NUMBER, str(text)) is not None
