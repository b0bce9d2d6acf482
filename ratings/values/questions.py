"""The questions of a study's profile: what raters are asked of themselves, and the answers that they may choose."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from ratings.values.shapes import Note, checked_list, json_of, loaded


@dataclass(frozen=True, kw_only=True)
class Option:
    """One answer that a question offers."""

    value: Annotated[str, Note("What is stored and dumped, a text such as “18-29”.", tells_apart=True)]
    label: Annotated[str, Note("The words that raters read, such as “18 to 29”.")]


@dataclass(frozen=True, kw_only=True)
class Question:
    """One optional question of the profile."""

    key: Annotated[str, Note("A short name, which the dump's column bears as well.", tells_apart=True)]
    label: Annotated[str, Note("The question as raters read it.")]
    help: Annotated[str, Note("A sentence below it.", left_out_blank=True)] = ""
    options: Annotated[
        tuple[Option, ...],
        Note("The answers to choose from, a list with “value” and “label” of each.", entry="option", fewest=1),
    ]

    @property
    def values(self) -> list[str]:
        """Give the answers as they are stored."""
        return [option.value for option in self.options]

    def label_of(self, value: object) -> str | None:
        """Give the words of an answer; none where it is not one of the options."""
        return next((option.label for option in self.options if option.value == value), None)

    def as_json(self) -> dict[str, Any]:
        """Give what a study's row holds."""
        return json_of(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Question":
        """Read what a row holds."""
        return loaded(cls, stored)


def stored_questions(stored: Iterable[Mapping[str, Any]]) -> tuple[Question, ...]:
    """Read the questions of a study's row."""
    return tuple(Question.from_json(one) for one in stored)


def checked_questions(given: Any) -> tuple[Question, ...]:
    """Take the questions that an author gives; raise for what no page could ask."""
    return checked_list(Question, given, entry="question")
