"""Keep what a study tells and asks its raters, in versions: what somebody may have seen is never changed."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from ratings.choices import StudyState
from ratings.exceptions import ConflictError, InvalidInputError, TextsRefusedError
from ratings.models import Study, TextVersion
from ratings.selectors.texts import base_texts, content_of, text_faults
from ratings.sentences import staff_gettext
from ratings.services.audit import log_action


@transaction.atomic
def keep_texts(*, study: Study, actor: User | None) -> TextVersion:
    """Keep a study's texts as they are now: in place while nobody can have seen them, else as a new version.

    Running it twice does no harm: texts that are kept already stay as they are.
    """
    # Guards the numbering, and the version that raters see.
    locked = Study.objects.select_for_update(no_key=True, of=("self",)).select_related("texts").get(pk=study.pk)
    content, current = content_of(locked), locked.texts
    if current is None or current.content != content:
        refuse_faulty_texts(study=locked, content=content)
        current = write_version(study=locked, content=content, current=current, actor=actor)
        Study.objects.filter(pk=locked.pk).update(texts=current)
    if locked.state != StudyState.DRAFT and current.sealed_at is None:
        seal_texts(texts=current)
    study.texts = current
    return current


def write_version(
    *, study: Study, content: dict[str, Any], current: TextVersion | None, actor: User | None
) -> TextVersion:
    """Write the content into the current version if it is not sealed, or else into the next one."""
    facts = {"content": content, "digest": digest_of(content), "consent_version": study.consent_version}
    if current is not None and current.sealed_at is None:
        for name, value in facts.items():
            setattr(current, name, value)
        current.save()
        return current
    last = study.text_versions.order_by("number").last()
    number = last.number + 1 if last else 1
    if number > 1:
        log_action(action="new-texts", target=study.slug, actor=actor, version=number)
    return TextVersion.objects.create(study=study, number=number, **facts)


@transaction.atomic
def save_translations(*, study: Study, language: str, texts: Mapping[str, str], actor: User | None) -> TextVersion:
    """Save a study's texts in one of its further languages, and keep them as raters see them from now on."""
    locked = Study.objects.select_for_update(no_key=True).get(pk=study.pk)
    if language not in locked.languages[1:]:
        further = ", ".join(locked.languages[1:]) or staff_gettext("none: add one to its languages first")
        raise InvalidInputError(
            staff_gettext("The study has no further language {language}; its further languages: {further}.").format(
                language=f"{language!r}", further=further
            ),
            fields={"language": staff_gettext("none of the study's further languages")},
        )
    known = base_texts(locked)
    said = {name: words for name, words in texts.items() if name in known and words.strip()}
    locked.translations = {**locked.translations, language: said}
    locked.save(update_fields=["translations"])
    log_action(action="translate", target=study.slug, actor=actor, language=language, texts=len(said))
    return keep_texts(study=locked, actor=actor)


def seal_texts(*, texts: TextVersion) -> None:
    """Note that raters may see a version from now on."""
    texts.sealed_at = timezone.now()
    texts.save(update_fields=["sealed_at"])


def require_consent_text(study: Study) -> None:
    """Raise where raters would agree to nothing."""
    if not study.consent_text.strip():
        raise ConflictError(
            staff_gettext("The study has no consent text: write what raters agree to before opening it.")
        )


def digest_of(content: Mapping[str, Any]) -> str:
    """Give the SHA-256 of the content as canonical JSON: keys sorted, no spaces, UTF-8."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def refuse_faulty_texts(*, study: Study, content: Mapping[str, Any]) -> None:
    """Raise where new texts would make what raters agreed to or answered mean something else."""
    faults = text_faults(study=study, content=content)
    if faults:
        name, sentence = next(iter(faults.items()))
        raise TextsRefusedError(f"{name}: {sentence}", fields=faults)
