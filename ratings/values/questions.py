"""The questions of a study's profile: what raters are asked of themselves, and the answers that they may choose."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from ratings.values.shapes import Note, ShapeError, checked_list, json_of, loaded


@dataclass(frozen=True, kw_only=True)
class Option:
    """One answer that a question offers."""

    value: Annotated[str, Note("What is stored and dumped, a text such as “18-29”.", tells_apart=True)]
    label: Annotated[str, Note("The words that raters read, such as “18 to 29”.")]
    screens_out: Annotated[bool, Note("Whether it ends the part before the first image.", left_out_blank=True)] = False
    most: Annotated[int | None, Note("Most people who give it and take part.", left_out_blank=True, lowest=1)] = None


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question of the profile, optional unless it is required."""

    key: Annotated[str, Note("A short name, which the dump's column bears as well.", tells_apart=True)]
    label: Annotated[str, Note("The question as raters read it.")]
    help: Annotated[str, Note("A sentence below it.", left_out_blank=True)] = ""
    required: Annotated[bool, Note("Whether it has to be answered.", left_out_blank=True)] = False
    options: Annotated[
        tuple[Option, ...],
        Note("The answers to choose from, a list with “value” and “label” of each.", entry="option", fewest=1),
    ]

    def option(self, value: object) -> Option | None:
        """Give the option with a value; none where there is no such one."""
        return next((option for option in self.options if option.value == value), None)

    def shown(self) -> dict[str, Any]:
        """Give what raters may know: not which answers end a part."""
        options = [{"value": option.value, "label": option.label} for option in self.options]
        return {**self.as_json(), "options": options}

    @property
    def values(self) -> list[str]:
        """Give the answers as they are stored."""
        return [option.value for option in self.options]

    def label_of(self, value: object) -> str | None:
        """Give the words of an answer; none where it is not one of the options."""
        found = self.option(value)
        return None if found is None else found.label

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


LONGEST_TEXT = 2000  # characters of an answer in free text


@dataclass(frozen=True, kw_only=True)
class EndQuestion:
    """One question after the last picture; without options its answer is free text."""

    key: Annotated[
        str,
        Note("A short name of lower-case letters, digits and _.", tells_apart=True, pattern=r"[a-z][a-z0-9_]{0,29}"),
    ]
    label: Annotated[str, Note("The question as raters read it.")]
    help: Annotated[str, Note("A sentence below it.", left_out_blank=True)] = ""
    required: Annotated[bool, Note("Whether it has to be answered.", left_out_blank=True)] = False
    options: Annotated[
        tuple[Option, ...], Note("The answers to choose from; none for free text.", entry="option", left_out_blank=True)
    ] = ()

    @property
    def is_text(self) -> bool:
        """Tell whether raters answer in their own words."""
        return not self.options

    def as_json(self) -> dict[str, Any]:
        """Give what a study's row holds."""
        return json_of(self)

    def in_dumps(self) -> Question:
        """Give it as a question whose answers a dump publishes in bands, as those of the profile."""
        return Question(key=f"end_{self.key}", label=self.label, options=self.options)


def stored_end_questions(stored: Iterable[Mapping[str, Any]]) -> tuple[EndQuestion, ...]:
    """Read the questions after the last picture from a study's row."""
    return tuple(loaded(EndQuestion, one) for one in stored)


def checked_end_questions(given: Any) -> tuple[EndQuestion, ...]:
    """Take the questions after the last picture that an author gives."""
    return checked_list(EndQuestion, given, entry="question")


def checked_end_answers(questions: Iterable[EndQuestion], given: Mapping[str, str]) -> dict[str, str]:
    """Take what a rater answers after the last picture; raise with the keys of what is missing or not offered."""
    answers = {question.key: str(given.get(question.key, "")).strip() for question in questions}
    wrong = [
        question.key
        for question in questions
        if (question.required and not answers[question.key])
        or len(answers[question.key]) > LONGEST_TEXT
        or (answers[question.key] and question.options and not is_offered(question, answers[question.key]))
    ]
    if wrong:
        raise ShapeError(" ".join(wrong))
    return {key: answer for key, answer in answers.items() if answer}


def is_offered(question: EndQuestion, answer: str) -> bool:
    """Tell whether an answer is one of the options."""
    return any(option.value == answer for option in question.options)
