"""Studies as the public and the raters see them."""

import json
from collections.abc import Mapping
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from ratings.choices import StudyState
from ratings.exceptions import (
    NotFoundError,
    StudyClosedError,
    StudyNotFoundError,
    StudyNotYetOpenError,
    StudyPausedError,
)
from ratings.models import Participation, Study, TextVersion
from ratings.registry import design_of, first_ratings, shows_taste
from ratings.sentences import staff_gettext
from ratings.values.translations import PLAIN

CLOSED = gettext_noop("This study is closed and takes no more answers.")

SCALE = ("scale_kind", "scale_min", "scale_max", "scale_step")
# The fields that somebody sets, each with its column; the others follow from what happens to a study.
COLUMNS = {
    field.name: field.attname
    for field in Study._meta.concrete_fields
    if field.name not in {"id", "created_at", "state", "archived_at", "texts", "translations"}
} | {"texts": "translations"}
DESCRIBED = tuple(COLUMNS)


def access_study(*, slug: str) -> Study:
    """Give a study that is public; a draft is as good as absent."""
    study = Study.objects.visible().select_related("texts").filter(slug=slug).first()
    if study is None:
        raise StudyNotFoundError(
            gettext("There is no study called “{slug}”: check the link you were given.").format(slug=slug)
        )
    return study


def enrol_limits(*, slug: str) -> tuple[int | None, str]:
    """Give a study's own rate of enrolments an hour from one address, or none, and its invitation, or a blank."""
    return Study.objects.filter(slug=slug).values_list("enrol_rate", "invitation").first() or (None, "")


def access_any_study(*, slug: str, among: QuerySet[Study] | None = None) -> Study:
    """Give a study, among some or of all, drafts included: staff asks."""
    study = (Study.objects.all() if among is None else among).filter(slug=slug).first()
    if study is None:
        raise NotFoundError(staff_gettext("There is no study {slug}.").format(slug=f"{slug!r}"))
    return study


def study_description(*, study: Study) -> dict[str, Any]:
    """Give the fields that describe a study, as JSON has them: what `create_study` makes the same study of."""
    values = {name: getattr(study, COLUMNS[name]) for name in DESCRIBED}
    encoded: dict[str, Any] = json.loads(DjangoJSONEncoder().encode(values))
    return encoded


def locked_fields(*, study: Study) -> tuple[str, ...]:
    """Name the fields that stay: the scale once it was used, the design once it was asked, a public address."""
    rated = Exists(first_ratings().filter(participation__study=OuterRef("pk")))
    joined = Exists(Participation.objects.filter(study=OuterRef("pk")))
    is_rated, is_joined = Study.objects.filter(pk=study.pk).values_list(rated, joined).first() or (False, False)
    return (
        *((*SCALE, "scales") if is_rated else ()),
        *(("design", "set_size") if is_joined else ()),
        *(("slug",) if study.state != StudyState.DRAFT else ()),
    )


def open_studies() -> QuerySet[Study]:
    """Give the studies that take raters now and are shown to everybody."""
    now = timezone.now()
    return Study.objects.filter(
        Q(opens_at__isnull=True) | Q(opens_at__lte=now),
        Q(closes_at__isnull=True) | Q(closes_at__gt=now),
        state=StudyState.OPEN,
        is_listed=True,
    )


def is_over(study: Study) -> bool:
    """Tell whether the study's closing time has come."""
    return study.closes_at is not None and study.closes_at <= timezone.now()


def require_open(*, study: Study) -> None:
    """Raise unless the study hands out images now."""
    if study.state == StudyState.PAUSED:
        raise StudyPausedError(gettext("This study is paused: your ratings are safe, come back later."))
    require_not_closed(study=study)
    if is_over(study):
        raise StudyClosedError(gettext(CLOSED))
    if study.opens_at is not None and timezone.now() < study.opens_at:
        raise StudyNotYetOpenError(gettext("This study has not begun yet: come back when it is open."))


def require_not_closed(*, study: Study) -> None:
    """Raise when the study takes no more answers."""
    if study.state in {StudyState.CLOSED, StudyState.DRAFT}:
        raise StudyClosedError(gettext(CLOSED))


def texts_facts(texts: TextVersion | None) -> dict[str, Any] | None:
    """Name the version of a study's texts; none where they were never kept."""
    return {"key": texts.pk, "version": texts.number, "digest": texts.digest} if texts else None


def public_facts(*, study: Study, language: str) -> dict[str, Any]:
    """Give what anybody may know of a study, in a language as far as it has its texts there."""
    say = {name: study.text_in(language=language, name=name).words for name in PLAIN}
    scale = study.scale_in(language)[1].as_json()
    return {
        "slug": study.slug,
        "title": say["title"],
        "state": study.state,
        "instructions": say["instructions"],
        "consent": consent_facts(study=study, say=say),
        "scale": {name: value for name, value in scale.items() if name != "kind"},
        "profile": [question.shown() for _, question in study.questions_in(language)],
        "language": language,
        "texts": texts_facts(study.texts),
        **({} if study.device_rules.takes_all else {"device": study.device_rules.as_json()}),
        **design_of(study).public_settings(study, language),
    }


def consent_facts(*, study: Study, say: Mapping[str, str]) -> dict[str, str]:
    """Give what raters agree to; what they may see of their taste is a part of it, where they may."""
    facts = {"version": study.consent_version, "text": say["consent_text"]}
    return {**facts, "taste": say["taste_consent"]} if shows_taste(study) else facts
