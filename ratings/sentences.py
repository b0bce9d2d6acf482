"""Sentences that workers store: in English, with what it takes to say them in the language of who reads them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext, ngettext

Made = dict[str, Any]  # what a sentence was made of: its message, or those for one and several with the count; values


class Sentence(str):
    """A sentence of the catalogue that remembers what it was made of; to all others it is its text."""

    __slots__ = ("made",)
    made: Made

    def __new__(cls, text: str, made: Made | None = None) -> "Sentence":
        """Keep what a text was made of."""
        sentence = super().__new__(cls, text)
        sentence.made = made or {"message": text}
        return sentence

    def format(self, *args: object, **values: object) -> "Sentence":
        """Put values into the places; one that is a sentence itself is remembered as such."""
        return Sentence(super().format(*args, **values), {**self.made, "values": stored_values(values)})


def stored_values(values: Mapping[str, object]) -> dict[str, Any]:
    """Give values as JSON has them."""
    return {name: stored_value(value) for name, value in values.items()}


def stored_value(value: object) -> Any:
    """Give a value as JSON has it."""
    if isinstance(value, Sentence):
        return value.made
    return value if isinstance(value, int | float) else str(value)


def staff_gettext(message: str) -> str:
    """Say a message that only staff read, so that a worker can store what it was made of."""
    return Sentence(gettext(message), {"message": message})


def staff_ngettext(one: str, several: str, count: int) -> str:
    """Say a message about a count, alike."""
    return Sentence(ngettext(one, several, count), {"message": one, "plural": several, "count": count})


def enumerated(parts: Sequence[str], *, between: str = ", ") -> str:
    """Put sentences into one line, of which each is remembered."""
    names = [f"part{place}" for place, _ in enumerate(parts)]
    places = Sentence(between.join(f"{{{name}}}" for name in names))
    return places.format(**dict(zip(names, parts, strict=True)))


def say(made: Made) -> str:
    """Say a stored sentence in the language of who reads it."""
    message, several = made["message"], made.get("plural")
    sentence = gettext(message) if several is None else ngettext(message, several, made["count"])
    if "values" not in made:
        return sentence
    values = {name: say(value) if isinstance(value, dict) else value for name, value in made["values"].items()}
    return sentence.format(**values)


def sentences_in(fact: Any) -> Iterator[Sentence]:
    """Find the sentences within a fact that is stored."""
    if isinstance(fact, Sentence):
        yield from [fact] if fact else ()
    elif isinstance(fact, Mapping):
        for value in fact.values():
            yield from sentences_in(value)
    elif isinstance(fact, list | tuple):
        for value in fact:
            yield from sentences_in(value)


def made_of(facts: Mapping[str, Any]) -> dict[str, dict[str, Made]]:
    """Give, for each fact with sentences, what each of its texts was made of."""
    found = {name: {str(one): one.made for one in sentences_in(fact)} for name, fact in facts.items()}
    return {name: texts for name, texts in found.items() if texts}
