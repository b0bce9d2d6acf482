"""The texts of a study by name, and what becomes of its questions and scales in another language.

A text has a flat name, such as `title`, `profile_questions.age.options.18-29` or `scale_labels.1`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from ratings.sentences import staff_gettext
from ratings.values.consent_facts import DATA_USE
from ratings.values.languages import LANGUAGES
from ratings.values.questions import EndQuestion, Question
from ratings.values.scales import NamedScale
from ratings.values.shapes import ShapeError

PLAIN = ("title", "summary", "instructions", "consent_text", *DATA_USE, "taste_consent")
LONG = ("instructions", "consent_text", "taste_consent")  # that run over several lines
FILLED = ("consent_text",)  # that have places for the facts of the consent

PROFILE_QUESTIONS, END_QUESTIONS = "profile_questions", "end_questions"  # fields of a study

Texts = Mapping[str, str]  # words by the name of a text
Asked = TypeVar("Asked", Question, EndQuestion)


def question_texts(question: Question | EndQuestion, *, field: str = PROFILE_QUESTIONS) -> Iterator[tuple[str, str]]:
    """Name the texts of a question."""
    prefix = f"{field}.{question.key}"
    yield f"{prefix}.label", question.label
    yield f"{prefix}.help", question.help
    for option in question.options:
        yield f"{prefix}.options.{option.value}", option.label


def scale_texts(scale: NamedScale) -> Iterator[tuple[str, str]]:
    """Name the texts of one of several scales."""
    yield f"scales.{scale.key}.label", scale.label
    for value, word in scale.labels.items():
        yield f"scales.{scale.key}.labels.{value}", word


def label_texts(labels: Texts) -> Iterator[tuple[str, str]]:
    """Name the words of the scale."""
    for value, word in labels.items():
        yield f"scale_labels.{value}", word


def is_whole(named: Iterator[tuple[str, str]], texts: Texts) -> bool:
    """Tell whether every text that there is has its translation: what belongs together is read in one language."""
    return all(texts.get(name) for name, words in named if words)


def translated_question(question: Asked, texts: Texts, *, field: str = PROFILE_QUESTIONS) -> Asked | None:
    """Give a question in another language; none where any of its texts is missing there."""
    if not is_whole(question_texts(question, field=field), texts):
        return None
    found = dict(question_texts(question, field=field)) | dict(texts)
    prefix = f"{field}.{question.key}"
    options = tuple(replace(one, label=found[f"{prefix}.options.{one.value}"]) for one in question.options)
    return replace(question, label=found[f"{prefix}.label"], help=found[f"{prefix}.help"], options=options)


def translated_labels(labels: Texts, texts: Texts) -> dict[str, str] | None:
    """Give the words of the scale in another language; none where any of them is missing there."""
    return {value: texts[f"scale_labels.{value}"] for value in labels} if is_whole(label_texts(labels), texts) else None


def translated_scale(scale: NamedScale, texts: Texts) -> NamedScale | None:
    """Give one of several scales in another language; none where any of its texts is missing there."""
    if not is_whole(scale_texts(scale), texts):
        return None
    labels = {value: texts[f"scales.{scale.key}.labels.{value}"] for value in scale.labels}
    return replace(scale, label=texts[f"scales.{scale.key}.label"], labels=labels)


def flattened(nested: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Name the texts of nested tables, as a description has them; raise for what is no text."""
    if isinstance(nested, str):
        yield prefix, nested
        return
    if not isinstance(nested, Mapping):
        raise ShapeError(
            staff_gettext("{prefix}: give texts by name, such as title = “…”.").format(prefix=prefix or "texts")
        )
    for name, part in nested.items():
        yield from flattened(part, f"{prefix}.{name}" if prefix else str(name))


def checked_translations(given: Any, *, languages: Sequence[str], known: Texts) -> dict[str, dict[str, str]]:
    """Take the translations that an author gives, by language; raise for a language or a text that is not there."""
    if not isinstance(given, Mapping):
        raise ShapeError(staff_gettext("give a table for each further language, such as [texts.de]."))
    return {code: checked_texts(code, nested, languages=languages, known=known) for code, nested in given.items()}


def checked_texts(code: str, nested: Any, *, languages: Sequence[str], known: Texts) -> dict[str, str]:
    """Take the texts that an author gives in one further language."""
    if code == languages[0]:
        raise ShapeError(
            staff_gettext(
                "{code} is the study's first language: its texts are the study's own title, summary …"
            ).format(code=code)
        )
    if code not in languages:
        raise ShapeError(
            staff_gettext("the study does not offer {code}: add it to languages = {languages}.").format(
                code=f"{code!r}", languages=list(languages)
            )
        )
    texts = dict(flattened(nested))
    unknown = next((name for name in texts if name not in known), None)
    if unknown is not None:
        raise ShapeError(
            staff_gettext("{code}.{unknown}: the study has no such text in {languages}.").format(
                code=code, unknown=unknown, languages=LANGUAGES[languages[0]]
            )
        )
    return {name: words for name, words in texts.items() if words.strip()}
