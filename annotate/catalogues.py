"""The catalogues of translations: extracted from code and templates, kept in order, and compiled, with Babel alone."""

from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation import to_locale
from django.utils.translation.template import templatize

SOURCE_LANGUAGE = "en"
CODE_FOLDERS = ("annotate", "ratings", "scoring")
TEMPLATES = ("frontend/templates/pages/*.html", "frontend/templates/*.html", "frontend/templates/designs/*/*.html")
FUNCTIONS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
# How each language counts: how many forms, and which of them follows a number.
PLURALS = {
    "ar": (6, "n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 && n%100<=99 ? 4 : 5"),
    "de": (2, "n != 1"),
    "es": (2, "n != 1"),
    "fr": (2, "n > 1"),
    "he": (3, "n==1 ? 0 : n==2 ? 1 : 2"),
    "hi": (2, "n > 1"),
    "it": (2, "n != 1"),
    "ja": (1, "0"),
    "ko": (1, "0"),
    "pl": (3, "n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2"),
    "pt": (2, "n > 1"),
    "tr": (2, "n != 1"),
    "zh-hans": (1, "0"),
    "zh-hant": (1, "0"),
}


def translated_languages() -> list[str]:
    """Give the languages that have a catalogue: all but the one that code and templates are written in."""
    return [code for code, _ in settings.LANGUAGES if code != SOURCE_LANGUAGE]


def catalogue_path(language: str) -> Path:
    """Give where a language's catalogue lies."""
    folder: Path = settings.LOCALE_PATHS[0]
    return folder / to_locale(language) / "LC_MESSAGES" / "django.po"


@cache
def source_messages() -> Catalog:
    """Collect every sentence that raters can see, with the files that say it; once per process: it reads all code."""
    found = Catalog()
    for path in sorted(source_files()):
        text = path.read_text()
        name = str(path.relative_to(settings.BASE_DIR))
        code = f"({templatize(text)}\n)" if path.suffix == ".html" else text
        for _, message, comments, context in extract("python", BytesIO(code.encode()), FUNCTIONS):
            found.add(message, context=context, locations=[(name, 0)], auto_comments=comments, flags=())
    return found


def source_files() -> Iterator[Path]:
    """Give the files that may hold words of raters."""
    base: Path = settings.BASE_DIR
    for folder in CODE_FOLDERS:
        yield from (path for path in (base / folder).rglob("*.py") if "tests" not in path.parts)
    for pattern in TEMPLATES:
        yield from base.glob(pattern)


class LanguageCatalogue(Catalog):
    """A language's sentences; its head names the language and how that counts, but no dates and no people."""

    def __init__(self, language: str) -> None:
        """Begin empty."""
        super().__init__(charset="utf-8", fuzzy=False)
        self.language = language
        setattr(self, "_num_plurals", PLURALS[language][0])  # noqa: B010 - by locale, Babel counts more than we write

    def __iter__(self) -> Iterator[Message]:
        """Give the head, then the sentences."""
        yield Message("", self.head)
        yield from (message for message in super().__iter__() if message.id)

    @property
    def head(self) -> str:
        """Say what the file is."""
        count, rule = PLURALS[self.language]
        lines = (
            f"Language: {to_locale(self.language)}",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: 8bit",
            f"Plural-Forms: nplurals={count}; plural=({rule});",
        )
        return "".join(f"{line}\n" for line in lines)


def read_catalogue(language: str) -> LanguageCatalogue:
    """Read a language's catalogue; an empty one where there is none yet."""
    path = catalogue_path(language)
    catalogue = LanguageCatalogue(language)
    if path.exists():
        with path.open("rb") as file:
            for message in read_po(file):
                if message.id:
                    catalogue[message.id] = message
    return catalogue


def updated_catalogue(language: str) -> LanguageCatalogue:
    """Give a language's catalogue with the sentences that are said now: new ones untranslated, old ones gone."""
    known, catalogue = read_catalogue(language), LanguageCatalogue(language)
    for message in source_messages():
        if message.id:
            found = known.get(message.id, message.context)
            words = found.string if found else None
            catalogue.add(message.id, words, context=message.context, locations=message.locations)
    return catalogue


def write_catalogue(language: str) -> int:
    """Bring a language's catalogue up to date and compile it; give the number of sentences that lack a translation."""
    catalogue = updated_catalogue(language)
    path = catalogue_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(catalogue_text(catalogue))
    path.with_suffix(".mo").write_bytes(compiled(catalogue))
    return len(untranslated(catalogue))


def catalogue_text(catalogue: LanguageCatalogue) -> bytes:
    """Write a catalogue as translators read it: in the order of the sentences, wherever in the code they stand."""
    out = BytesIO()
    head = "".join(f'"{line}\\n"\n' for line in catalogue.head.splitlines())
    out.write(f'msgid ""\nmsgstr ""\n{head}\n'.encode())
    write_po(out, catalogue, width=120, no_location=True, omit_header=True, sort_output=True)
    return out.getvalue()


def compiled(catalogue: Catalog) -> bytes:
    """Write a catalogue as programs read it."""
    out = BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def untranslated(catalogue: Catalog) -> list[str]:
    """Name the sentences that have no translation, or not one for each form of the plural."""
    return [str(message.id) for message in catalogue if message.id and not all(forms_of(message))]


def forms_of(message: Message) -> list[str]:
    """Give a sentence's translations: one, or one for each form of the plural."""
    found = message.string
    return [found or ""] if isinstance(found, str | None) else [str(form) for form in found]
