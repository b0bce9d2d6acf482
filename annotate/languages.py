"""In which language a page speaks: what the link says, then what the visitor chose here, then what the browser asks."""

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import get_supported_language_variant, to_locale
from django.utils.translation.trans_real import parse_accept_lang_header

from ratings.values.languages import DEFAULT_LANGUAGE, LANGUAGES

PARAMETER = "lang"
COOKIE = "pamela_language"
COOKIE_SECONDS = 180 * 24 * 3600
STAFF_PAGES = "/admin/"  # they speak the languages that somebody has translated the admin into
ENGLISH_PAGES = ("/api/docs/", "/api/schema/")


def supported_language(code: str) -> str | None:
    """Give the language that a code means, such as zh-hant for zh-TW; none for one that nobody has translated."""
    try:
        return get_supported_language_variant(code)
    except LookupError:  # no such language here: the next wish counts
        return None


def chosen_codes(request: HttpRequest) -> Iterator[str]:
    """Give the codes that speak for the visitor, the most telling first."""
    if not request.path_info.startswith("/api/"):  # scripts of a page say its language in the header
        yield request.GET.get(PARAMETER, "")
        yield request.COOKIES.get(COOKIE, "")
    yield from (code for code, _ in parse_accept_lang_header(request.META.get("HTTP_ACCEPT_LANGUAGE", "")))


def preferred_languages(request: HttpRequest) -> list[str]:
    """Give the visitor's languages, the best liked first."""
    if request.path_info.startswith(ENGLISH_PAGES):
        return []
    found = (supported_language(code) for code in chosen_codes(request) if code)
    wished = dict.fromkeys(language for language in found if language)
    if request.path_info.startswith(STAFF_PAGES):
        spoken = languages_of_admin(settings.ADMIN_LOCALE_PATH)
        return [language for language in wished if language in spoken]
    return list(wished)


def languages_of_admin(folder: Path) -> frozenset[str]:
    """Give the languages that the whole admin speaks: not those in which only Django's own words are translated."""
    translated = {code for code in LANGUAGES if (folder / to_locale(code) / "LC_MESSAGES" / "django.mo").exists()}
    return frozenset({DEFAULT_LANGUAGE, *translated})


def language_of(request: HttpRequest) -> str:
    """Choose the language of a page that belongs to no study."""
    return next(iter(preferred_languages(request)), DEFAULT_LANGUAGE)


def named_language(request: HttpRequest) -> str | None:
    """Give the language that the link itself names."""
    return supported_language(request.GET.get(PARAMETER, "")) if request.GET.get(PARAMETER) else None


def is_language_chosen(request: HttpRequest) -> bool:
    """Tell whether the visitor chose a language by a link or here, not only in the browser's settings."""
    return any(supported_language(code) for code in (request.GET.get(PARAMETER), request.COOKIES.get(COOKIE)) if code)


def remember_language(answer: HttpResponseBase, language: str, *, is_secure: bool) -> None:
    """Let the browser keep the visitor's choice."""
    answer.set_cookie(COOKIE, language, max_age=COOKIE_SECONDS, httponly=True, samesite="Lax", secure=is_secure)


def languages_in_own_words(codes: list[str] | None) -> list[tuple[str, str]]:
    """Give languages, or all there are, with the names that their speakers know them by."""
    return [(code, LANGUAGES[code]) for code in (codes or LANGUAGES)]
