"""Every sentence that raters can see has its translation in every catalogue, whole and compiled."""

import re
from gettext import GNUTranslations

import pytest
from django.utils.translation import override, to_locale
from django.utils.translation.trans_real import DjangoTranslation

from annotate.catalogues import (
    PLURALS,
    catalogue_path,
    catalogue_text,
    compiled,
    forms_of,
    read_catalogue,
    source_messages,
    translated_languages,
    updated_catalogue,
)
from annotate.script_words import PLURAL_PERIOD, counted_words, script_words, wishes_left

PLACES = re.compile(r"%\(\w+\)s|\{\w+\}|</?\w+[^>]*>")
LANGUAGES = translated_languages()


def places(text: str) -> set[str]:
    """Give the places of a sentence that are filled in later, and its tags."""
    return set(PLACES.findall(text))


def test_every_language_counts_in_its_own_way() -> None:
    assert sorted(PLURALS) == sorted(translated_languages())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_holds_what_is_said_now_and_nothing_else(language: str) -> None:
    wanted = {(message.context, message.id) for message in source_messages() if message.id}
    found = {(message.context, message.id) for message in read_catalogue(language) if message.id}
    assert found == wanted, "run `manage.py write_catalogues` and translate what it adds"
    assert catalogue_path(language).read_bytes() == catalogue_text(updated_catalogue(language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_is_empty_or_doubtful_and_each_keeps_its_places(language: str) -> None:
    count, _ = PLURALS[language]
    for message in read_catalogue(language):
        if not message.id:
            continue
        assert not message.fuzzy
        forms = forms_of(message)
        single, plural = (message.id, None) if isinstance(message.id, str) else message.id
        assert len(forms) == (1 if plural is None else count)
        for form in forms:
            assert form.strip(), f"{single} has no translation"
            number = {"%(count)s", "{count}"} if plural else set()  # which small numbers may say in words
            assert places(form) | number == places(plural or single) | number, form


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_that_of_the_text(language: str) -> None:
    binary = catalogue_path(language).with_suffix(".mo")
    assert binary.read_bytes() == compiled(read_catalogue(language))
    with binary.open("rb") as file:
        translations = GNUTranslations(file)
    assert translations.info()["language"] == to_locale(language)


# By the rules of CLDR 48 for whole numbers: of 0, 1, 2, 3, 5, 11, 22, 100 and 103, which sound alike.
SOUNDS = {
    "ar": "0 1 2 3 3 4 4 5 3",
    "de": "1 0 1 1 1 1 1 1 1",
    "fr": "0 0 1 1 1 1 1 1 1",
    "he": "2 0 1 2 2 2 2 2 2",
    "ja": "0 0 0 0 0 0 0 0 0",
    "pl": "2 0 1 1 2 2 1 2 1",
    "pt": "0 0 1 1 1 1 1 1 1",
}


@pytest.mark.parametrize(("language", "sounds"), SOUNDS.items())
def test_the_form_that_follows_a_number_is_that_of_the_language(language: str, sounds: str) -> None:
    numbers = (0, 1, 2, 3, 5, 11, 22, 100, 103)
    ids = ("%(count)s picture", "%(count)s pictures")
    found = next(message for message in read_catalogue(language) if message.id == ids)
    with catalogue_path(language).with_suffix(".mo").open("rb") as file:
        translations = GNUTranslations(file)
    assert [translations.ngettext(*ids, number) for number in numbers] == [
        forms_of(found)[int(form)] for form in sounds.split()
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_scripts_count_as_the_catalogue_does(language: str) -> None:
    with override(language):
        forms, sounds = counted_words()["wishes_left"]
        for number in (0, 1, 2, 3, 5, 11, 22, 100, 103, 111, 4217):
            place = number if number < PLURAL_PERIOD else PLURAL_PERIOD + number % PLURAL_PERIOD
            assert forms[int(sounds[place])] == wishes_left(number)


@pytest.mark.parametrize("language", LANGUAGES)
def test_scripts_get_their_words_in_the_language_of_the_page(language: str) -> None:
    english = script_words()["texts"]
    with override(language):
        spoken = script_words()["texts"]
    assert spoken["not_set"] != english["not_set"]
    assert {name: places(text) for name, text in spoken.items()} == {
        name: places(text) for name, text in english.items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_line_breaks_between_a_number_and_its_sign(language: str) -> None:
    texts = [text for message in read_catalogue(language) for text in forms_of(message)]
    assert [text for text in texts if re.search(r"(\d|\)s|\}) %(?!\()", text)] == []


def test_our_words_come_before_those_of_the_libraries() -> None:
    assert DjangoTranslation("de").gettext("Undo") == "Rückgängig"
