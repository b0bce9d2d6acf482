"""The catalogues of translations: extracted from code and templates, kept in order, and compiled, with Babel alone.

Raters' words and the admin's are kept apart: those of raters are there in every language, those of the admin in the
languages that somebody has translated it into.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import django
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.apps import apps
from django.conf import settings
from django.utils.translation import to_locale
from django.utils.translation.template import templatize

from annotate.languages import languages_of_admin
from annotate.record_words import words_of_records

SOURCE_LANGUAGE = "en"
CODE_FOLDERS = ("annotate", "ratings", "scoring")
TEMPLATES = ("frontend/templates/pages/*.html", "frontend/templates/*.html", "frontend/templates/designs/*/*.html")
ADMIN_FOLDERS = ("annotate/admin/", "ratings/models/", "scoring/models/")  # whose words only staff read
LIBRARIES = ("unfold", "django_celery_beat")
DJANGO_LOCALES = ("conf", "contrib/admin", "contrib/auth", "contrib/contenttypes", "contrib/sessions")
ADMIN_TEMPLATES = ("frontend/templates/admin/**/*.html", "frontend/templates/admin/**/*.txt")
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
# Under these names the other folders import Django's functions for a sentence that only staff read.
ADMIN_FUNCTIONS = {
    "staff_gettext": None,
    "staff_gettext_lazy": None,
    "staff_gettext_noop": None,
    "staff_ngettext": (1, 2),
    "staff_pgettext": ((1, "c"), 2),
    "staff_pgettext_lazy": ((1, "c"), 2),
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


def admin_languages() -> list[str]:
    """Give the languages that the admin has a catalogue in, besides the one that it is written in."""
    return sorted(languages_of_admin(settings.ADMIN_LOCALE_PATH) - {SOURCE_LANGUAGE})


def catalogue_path(language: str) -> Path:
    """Give where a language's catalogue of raters' words lies."""
    folder: Path = settings.LOCALE_PATHS[0]
    return path_in(folder, language)


def admin_catalogue_path(language: str) -> Path:
    """Give where a language's catalogue of the admin's words lies."""
    return path_in(settings.ADMIN_LOCALE_PATH, language)


def path_in(folder: Path, language: str) -> Path:
    """Give where Django looks for a language's catalogue below a folder."""
    return folder / to_locale(language) / "LC_MESSAGES" / "django.po"


@cache
def source_messages() -> Catalog:
    """Collect every sentence that raters can see, with the files that say it; once per process: it reads all code."""
    found = Catalog()
    for path in sorted(source_files()):
        if not name_of(path).startswith(ADMIN_FOLDERS):
            add_sentences(found, path, FUNCTIONS)
    return found


@cache
def admin_messages() -> Catalog:
    """Collect every sentence that only staff can see, without those that the raters' catalogues hold already."""
    found = Catalog()
    for path in sorted(source_files()):
        is_admin = name_of(path).startswith(ADMIN_FOLDERS)
        add_sentences(found, path, {**FUNCTIONS, **ADMIN_FUNCTIONS} if is_admin else ADMIN_FUNCTIONS)
    for pattern in ADMIN_TEMPLATES:
        for path in sorted(settings.BASE_DIR.glob(pattern)):
            add_sentences(found, path, FUNCTIONS)
    for word in words_of_records():
        found.add(word)
    for path in library_files():
        add_sentences(found, path, FUNCTIONS)
    wanted = Catalog()
    for message in found:
        if message.id and (message.id, message.context) not in known_elsewhere():
            wanted.add(message.id, context=message.context, locations=message.locations)
    return wanted


def library_files() -> Iterator[Path]:
    """Give the files of the libraries that the admin shows words of and that come without all our languages."""
    for label in LIBRARIES:
        folder = Path(apps.get_app_config(label).path)
        found = (path for kind in ("*.py", "*.html") for path in folder.rglob(kind))
        yield from sorted(path for path in found if not {"tests", "migrations"} & set(path.parts))


@cache
def known_elsewhere() -> frozenset[tuple[Any, str | None]]:
    """Give the sentences that have translations already: in the raters' catalogues, or in those that Django brings."""
    return frozenset((one.id, one.context) for one in (*source_messages(), *django_messages()) if one.id)


def django_messages() -> Iterator[Message]:
    """Give the sentences that Django says itself in the admin, and has translated."""
    for folder in (Path(django.__file__).parent / place for place in DJANGO_LOCALES):
        with (folder / "locale" / "en" / "LC_MESSAGES" / "django.po").open("rb") as file:
            yield from read_po(file)


def name_of(path: Path) -> str:
    """Name a file by its place in the tree; one of a library by its place there."""
    base = settings.BASE_DIR if path.is_relative_to(settings.BASE_DIR) else path.parents[-1]
    return path.relative_to(base).as_posix()


def add_sentences(found: Catalog, path: Path, functions: Mapping[str, Any]) -> None:
    """Add what a file says through some functions."""
    text = path.read_text()
    code = text if path.suffix == ".py" else f"({templatize(text)}\n)"
    for _, message, comments, context in extract("python", BytesIO(code.encode()), functions):
        found.add(message, context=context, locations=[(name_of(path), 0)], auto_comments=comments, flags=())


def source_files() -> Iterator[Path]:
    """Give the files that may hold words of raters, and the code that may hold words of staff."""
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


def read_catalogue(language: str, path: Path | None = None) -> LanguageCatalogue:
    """Read a language's catalogue, that of raters' words unless another is named; an empty one where there is none."""
    path = path or catalogue_path(language)
    catalogue = LanguageCatalogue(language)
    if path.exists():
        with path.open("rb") as file:
            for message in read_po(file):
                if message.id:
                    catalogue[message.id] = message
    return catalogue


def updated_catalogue(language: str) -> LanguageCatalogue:
    """Give a language's catalogue with the sentences that are said now: new ones untranslated, old ones gone."""
    return brought_up_to_date(read_catalogue(language), source_messages())


def updated_admin_catalogue(language: str) -> LanguageCatalogue:
    """Give a language's catalogue of the admin with the sentences that it says now."""
    return brought_up_to_date(read_catalogue(language, admin_catalogue_path(language)), admin_messages())


def brought_up_to_date(known: LanguageCatalogue, wanted: Catalog) -> LanguageCatalogue:
    """Give the wanted sentences with the translations that are known."""
    catalogue = LanguageCatalogue(known.language)
    for message in wanted:
        if message.id:
            found = known.get(message.id, message.context)
            words = found.string if found else None
            catalogue.add(message.id, words, context=message.context, locations=message.locations)
    return catalogue


def write_catalogue(language: str) -> int:
    """Bring a language's catalogue up to date and compile it; give the number of sentences that lack a translation."""
    return write_both(updated_catalogue(language), catalogue_path(language))


def write_admin_catalogue(language: str) -> int:
    """Bring a language's catalogue of the admin up to date, or begin it; give the number of sentences it lacks."""
    return write_both(updated_admin_catalogue(language), admin_catalogue_path(language))


def write_both(catalogue: LanguageCatalogue, path: Path) -> int:
    """Write a catalogue as text and compiled; give the number of sentences that lack a translation."""
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
