"""Note which version of a study's texts each rater agreed to and saw."""

from django.utils import timezone
from django.utils.translation import gettext

from ratings.exceptions import ConsentChangedError
from ratings.models import Participation, Study, TextSighting, TextVersion
from ratings.services.texts import keep_texts


def require_present_consent(*, participation: Participation) -> None:
    """Raise where the rater agreed to another consent than the study has now."""
    present = participation.study.consent_version
    if participation.consent_version != present:
        raise ConsentChangedError(
            gettext("The consent text has changed: read the current one and agree again."),
            fields={"consent_version": gettext("is now {version}").format(version=present)},
        )


def note_shown_texts(*, participation: Participation) -> None:
    """Note that a rater sees the present texts from now on; the caller has locked the participation."""
    present = participation.study.texts_id
    if present is None or participation.texts_id == present:
        return
    participation.texts_id = present
    Participation.objects.filter(pk=participation.pk).update(texts=present)
    note_sighting(participation=participation)


def note_sighting(*, participation: Participation) -> None:
    """Keep that the rater saw their version of the texts in their language; seeing it again changes nothing."""
    if participation.texts_id is not None:
        TextSighting.objects.get_or_create(
            participation_id=participation.pk,
            texts_id=participation.texts_id,
            language=participation.language,
            defaults={"seen_at": timezone.now()},
        )


def note_first_agreement(*, participation: Participation, texts: TextVersion) -> None:
    """Keep what somebody agreed to who joins now, and so has seen nothing before."""
    TextSighting.objects.create(
        participation=participation,
        texts=texts,
        language=participation.language,
        seen_at=participation.consented_at,
        agreed_at=participation.consented_at,
    )


def note_agreement(*, participation: Participation) -> None:
    """Keep that the rater agreed to their version of the texts, in their language, at the time of their consent."""
    if participation.texts_id is not None:
        TextSighting.objects.update_or_create(
            participation_id=participation.pk,
            texts_id=participation.texts_id,
            language=participation.language,
            defaults={"agreed_at": participation.consented_at},
            create_defaults={"agreed_at": participation.consented_at, "seen_at": participation.consented_at},
        )


def ensure_agreed_texts(*, study: Study, number: int | None) -> TextVersion:
    """Give the version that somebody agrees to: the one they were shown, if it asks for the present consent."""
    present = study.texts if study.texts is not None and study.texts.sealed_at else keep_texts(study=study, actor=None)
    if number is None or number == present.number:
        return present
    shown = study.text_versions.filter(number=number, consent_version=study.consent_version).first()
    return shown if shown is not None and shown.sealed_at else present


def record_new_consent(*, participation: Participation, texts: TextVersion, language: str) -> None:
    """Take a rater's consent to the present text; what they gave until now stays as it was given."""
    participation.consent_version = texts.consent_version
    participation.consented_at = timezone.now()
    participation.texts = texts
    participation.language = language
    participation.save(update_fields=["consent_version", "consented_at", "texts", "language"])
    note_agreement(participation=participation)
