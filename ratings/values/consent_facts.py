"""The facts of a consent in words: as a list for raters, and in the places that a text has for them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext, override

from ratings.choices import PayBasis
from ratings.values.texts import AuthorText

PLACE = re.compile(r"\{([a-z][a-z_]*)\}")
GAP = re.compile(r"\[\[[^\[\]\n]+\]\]")  # what a template leaves to its author
DATA_USE = ("data_stored", "data_published", "data_kept")  # texts of the author, in each language
LINES = ("responsible", "contact_name", "contact_mail", "ethics_body", "ethics_number")
FIELDS_OF_PLACES = {"pay": "pay_amount", "duration": "duration_minutes"}  # where they have other names
CONSENT_TEXTS = ("consent_text", *DATA_USE)  # what a template has
PLACES = ("title", *LINES, "pay", "duration", *DATA_USE)

Facts = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class FactRow:
    """A line of the list of facts: what it is about, and what it says in the author's words or the page's."""

    term: str
    words: str = ""
    language: str = ""  # of the author's words; blank for a name, or the page's own words
    mail: str = ""


def pay_in_words(facts: Facts) -> str:
    """Say what a rater is paid, in the language of the page; nothing where that is not known."""
    if "pay_amount" not in facts:
        return ""
    amount = float(facts["pay_amount"])
    if not amount:
        return gettext("no payment")
    paid = f"{number_format(amount, decimal_pos=0 if amount.is_integer() else 2)} {facts['pay_currency']}"
    form = gettext("{amount} per hour") if facts["pay_basis"] == PayBasis.HOUR else gettext("{amount} in total")
    return form.format(amount=paid)


def duration_in_words(facts: Facts) -> str:
    """Say how long taking part takes, in the language of the page; nothing where that is not known."""
    count = facts.get("duration_minutes")
    return ngettext("{count} minute", "{count} minutes", count).format(count=count) if count else ""


def place_values(*, facts: Facts, texts: Mapping[str, str], language: str) -> dict[str, str]:
    """Give the words for each place of a text in a language; blank ones stay open."""
    with override(language):
        words = {"pay": pay_in_words(facts), "duration": duration_in_words(facts)}
    found = {name: str(facts.get(name, "")) for name in LINES} | dict(texts) | words
    return {name: value for name, value in found.items() if value.strip()}


def filled(words: str, values: Mapping[str, str]) -> str:
    """Write the facts into the places of a text; an open place stays as it is."""
    return PLACE.sub(lambda place: values.get(place[1], place[0]), words)


def open_places(words: str, values: Mapping[str, str]) -> list[str]:
    """Name the places of a text that nothing fills; braces in a text without any known place are just braces."""
    named = list(dict.fromkeys(PLACE.findall(words)))
    return [name for name in named if name not in values] if set(named) & set(PLACES) else []


def open_gaps(words: str) -> list[str]:
    """Give the gaps of a text that its author has to fill, as they stand in it."""
    return list(dict.fromkeys(GAP.findall(words)))


def fact_rows(*, facts: Facts, say: Callable[[str], AuthorText]) -> list[FactRow]:
    """List the facts in the language of the page; `say` gives the author's texts by name."""
    ethics = ", ".join(facts[name] for name in ("ethics_body", "ethics_number") if name in facts)
    rows = [
        FactRow(term=gettext("Responsible"), words=facts.get("responsible", "")),
        FactRow(term=gettext("Contact"), words=facts.get("contact_name", ""), mail=facts.get("contact_mail", "")),
        FactRow(term=gettext("Ethics approval"), words=ethics),
        FactRow(term=gettext("Payment"), words=pay_in_words(facts)),
        FactRow(term=gettext("Duration"), words=duration_in_words(facts)),
        *(
            FactRow(term=term, words=text.words, language=text.language)
            for term, text in zip(terms_of_data(), map(say, DATA_USE), strict=True)
        ),
    ]
    return [row for row in rows if row.words.strip() or row.mail]


def terms_of_data() -> tuple[str, ...]:
    """Name the parts of the data's use."""
    return gettext("What is stored"), gettext("What is published"), gettext("How long it is kept")
