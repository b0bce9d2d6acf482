"""The page on which a study's texts are translated: what the first language says beside each translation."""

from dataclasses import dataclass, field
from typing import Any, cast

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language_info, gettext

from annotate.admin.parts.base import carry_out
from annotate.admin.parts.edit_tracking import version_of
from annotate.flows.studies import save_translations
from ratings.exceptions import RecordError
from ratings.models import Study
from ratings.selectors.texts import base_texts, missing_sentence
from ratings.values.languages import LANGUAGES
from ratings.values.translations import LONG

PREFIX = "text."
SEEN = "seen."  # before the name of a text whose version the form was shown with


@dataclass(frozen=True, kw_only=True)
class PostedTexts:
    """What a form brings, and what somebody else wrote meanwhile where this person wrote otherwise, by name."""

    said: dict[str, str] = field(default_factory=dict)
    theirs: dict[str, str] = field(default_factory=dict)


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


def bring_together(*, request: HttpRequest, study: Study, language: str) -> PostedTexts:
    """Keep what only somebody else changed since the form was shown; what both changed otherwise is left to decide."""
    said, stored = posted_texts(request), study.translated(language)
    theirs: dict[str, str] = {}
    for name, words in said.items():
        seen, now = request.POST.get(f"{SEEN}{name}"), stored.get(name, "")
        if seen is None or shown_version(now) == seen:
            continue
        if shown_version(words) == seen:
            said[name] = now
        elif words != now:
            theirs[name] = now
    return PostedTexts(said=said, theirs=theirs)


def shown_version(words: str) -> str:
    """Give the version of a translation as a form sends it back unchanged."""
    return version_of(words.replace("\r\n", "\n").strip())


def save_posted(*, request: HttpRequest, study: Study, texts: dict[str, str]) -> HttpResponse:
    """Save the translations that a form brings, and come back to the page."""
    language = chosen_language(request, study)
    return carry_out(
        request=request,
        act=lambda: save_translations(study=study, language=language, texts=texts, actor=cast("User", request.user)),
        done=gettext("Saved in {language}.").format(language=LANGUAGES.get(language, "")),
        errors=RecordError,
        url=request.get_full_path(),
    )


def translations_context(*, study: Study, language: str, posted: PostedTexts) -> dict[str, Any]:
    """Give every text beside its translation, and how much of each language is there."""
    texts, stored = base_texts(study), study.translated(language)
    return {
        "title": gettext("Translations of {study}").format(study=study),
        "first": {"code": study.languages[0], "name": LANGUAGES[study.languages[0]]},
        "languages": [language_share(study=study, code=code, texts=texts) for code in study.languages[1:]],
        "language": {"code": language, "name": LANGUAGES.get(language, "")},
        "direction": "rtl" if language and get_language_info(language)["bidi"] else "ltr",
        "rows": [
            {"name": name, "field": f"{PREFIX}{name}", "words": words, "is_long": name in LONG or "\n" in words}
            | {"said": posted.said.get(name, stored.get(name, "")), "theirs": posted.theirs.get(name)}
            | {"seen_field": f"{SEEN}{name}", "seen": shown_version(stored.get(name, ""))}
            for name, words in texts.items()
        ],
        "missing": missing_sentence(study),
    }


def language_share(*, study: Study, code: str, texts: dict[str, str]) -> dict[str, Any]:
    """Say how many of the texts a language has."""
    done = sum(bool(study.translated(code).get(name)) for name in texts)
    return {"code": code, "name": LANGUAGES[code], "percent": 100 * done // max(1, len(texts)), "done": done}
