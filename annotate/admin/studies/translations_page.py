"""The page on which a study's texts are translated: what the first language says beside each translation."""

from typing import Any, cast

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language_info, gettext

from annotate.admin.parts.base import carry_out
from annotate.flows.studies import save_translations
from ratings.exceptions import RecordError
from ratings.models import Study
from ratings.selectors.texts import base_texts, missing_sentence
from ratings.values.languages import LANGUAGES
from ratings.values.translations import LONG

PREFIX = "text."


def chosen_language(request: HttpRequest, study: Study) -> str:
    """Give the further language that the page is about; the first of them where none is named."""
    named = request.GET.get("language", "")
    return named if named in study.languages[1:] else next(iter(study.languages[1:]), "")


def posted_texts(request: HttpRequest) -> dict[str, str]:
    """Give the translations that a form brings, by the name of the text."""
    return {
        name.removeprefix(PREFIX): words.replace("\r\n", "\n").strip()
        for name, words in request.POST.items()
        if name.startswith(PREFIX) and isinstance(words, str)
    }


def save_posted(*, request: HttpRequest, study: Study) -> HttpResponse:
    """Save the translations that a form brings, and come back to the page."""
    language = chosen_language(request, study)
    return carry_out(
        request=request,
        act=lambda: save_translations(
            study=study, language=language, texts=posted_texts(request), actor=cast("User", request.user)
        ),
        done=gettext("Saved in {language}.").format(language=LANGUAGES.get(language, "")),
        errors=RecordError,
        url=request.get_full_path(),
    )


def translations_context(*, study: Study, language: str) -> dict[str, Any]:
    """Give every text beside its translation, and how much of each language is there."""
    texts = base_texts(study)
    return {
        "title": gettext("Translations of {study}").format(study=study),
        "first": {"code": study.languages[0], "name": LANGUAGES[study.languages[0]]},
        "languages": [language_share(study=study, code=code, texts=texts) for code in study.languages[1:]],
        "language": {"code": language, "name": LANGUAGES.get(language, "")},
        "direction": "rtl" if language and get_language_info(language)["bidi"] else "ltr",
        "rows": [
            {"name": name, "field": f"{PREFIX}{name}", "words": words, "is_long": name in LONG or "\n" in words}
            | {"said": study.translated(language).get(name, "")}
            for name, words in texts.items()
        ],
        "missing": missing_sentence(study),
    }


def language_share(*, study: Study, code: str, texts: dict[str, str]) -> dict[str, Any]:
    """Say how many of the texts a language has."""
    done = sum(bool(study.translated(code).get(name)) for name in texts)
    return {"code": code, "name": LANGUAGES[code], "percent": 100 * done // max(1, len(texts)), "done": done}
