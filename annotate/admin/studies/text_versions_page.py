"""The page of a study's text versions: who wrote, saw and agreed to each, and what changed from the one before."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import get_language_info, gettext

from annotate.admin.parts.base import at
from annotate.prose import prose_html
from ratings.models import Study, TextVersion
from ratings.selectors.text_versions import TextChange, VersionReaders, authors_of, changes_between, readers_of
from ratings.values.languages import LANGUAGES

SHORT_DIGEST = 12


@dataclass(frozen=True, kw_only=True)
class ShownChange:
    """A text that changed, with how raters read it now."""

    change: TextChange
    language: str  # by its own name
    direction: str
    rendered: SafeString | None  # where it is Markdown


def versions_context(*, request: HttpRequest, study: Study) -> dict[str, Any]:
    """Give the versions of a study, and what changed in the one that the address names; else in the newest."""
    versions = list(study.text_versions.order_by("-number"))
    chosen = next((one for one in versions if str(one.number) == request.GET.get("version")), None)
    chosen = chosen or next(iter(versions), None)
    before = next((one for one in versions if chosen and one.number == chosen.number - 1), None)
    readers, authors = readers_of(study=study), authors_of(study=study)
    return {
        "title": gettext("Text versions of {study}").format(study=study),
        "rows": [
            version_row(one, readers=readers.get(one.pk, []), author=authors.get(one.number, "")) for one in versions
        ],
        "chosen": chosen,
        "before": before,
        "changes": [shown_change(one) for one in changes_between(before=before, after=chosen)] if chosen else [],
    }


def version_row(version: TextVersion, *, readers: list[VersionReaders], author: str) -> dict[str, Any]:
    """Put what is known of a version into words."""
    return {
        "number": version.number,
        "consent": version.consent_version,
        "digest": version.digest,
        "short_digest": version.digest[:SHORT_DIGEST] or gettext("not known"),
        "note": version.note,
        "made": at(version.created_at),
        "author": author or "\N{EN DASH}",
        "sealed": at(version.sealed_at) if version.sealed_at else gettext("not shown to raters yet"),
        "languages": [LANGUAGES[code] for code in version.content.get("languages", [])],
        "readers": [{"language": LANGUAGES[one.language], "seen": one.seen, "agreed": one.agreed} for one in readers],
        "seen": sum(one.seen for one in readers),
        "agreed": sum(one.agreed for one in readers),
    }


def shown_change(change: TextChange) -> ShownChange:
    """Prepare a text that changed to be shown."""
    is_from_right = bool(change.language) and get_language_info(change.language)["bidi"]
    return ShownChange(
        change=change,
        language=LANGUAGES.get(change.language, ""),
        direction="rtl" if is_from_right else "ltr",
        rendered=prose_html(change.after, heading=4) if change.is_markdown else None,
    )
