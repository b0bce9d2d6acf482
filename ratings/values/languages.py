"""The languages that raters can be asked in: their codes as in HTML, and their names as their speakers write them."""

from collections.abc import Iterable, Sequence

DEFAULT_LANGUAGE = "en"
LANGUAGES: dict[str, str] = {
    "en": "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "pt": "Português",
    "it": "Italiano",
    "pl": "Polski",
    "tr": "Türkçe",
    "ar": "العربية",
    "he": "עברית",
    "hi": "हिन्दी",
    "zh-hans": "简体中文",
    "zh-hant": "繁體中文",
    "ja": "日本語",
    "ko": "한국어",
}
LONGEST_CODE = 10


def only_english() -> list[str]:
    """Give the languages of a study that names none."""
    return [DEFAULT_LANGUAGE]


def spoken_language(*, offered: Sequence[str], preferred: Iterable[str]) -> str:
    """Choose the language that somebody likes best among those offered; the first one where none is liked."""
    return next((language for language in preferred if language in offered), offered[0])
