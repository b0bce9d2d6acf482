"""Enrol raters: consent, profile, participation."""

from dataclasses import dataclass, field
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext

from ratings.choices import End, LinkFaultKind, ParticipationState
from ratings.exceptions import (
    AlreadyTakingPartError,
    ConsentOutdatedError,
    ExternalIdRefusedError,
    NotEnrolledError,
    PreviewOnlyError,
    ProfileInvalidError,
)
from ratings.models import Participation, Profile, Rater, Study, StudyImage
from ratings.selectors.screening import screens_out
from ratings.selectors.studies import require_open
from ratings.selectors.visitors import StudyVisitor, VisitorKind, visitor_at
from ratings.services.assign import enqueue_practice
from ratings.services.devices import note_move, require_allowed_device
from ratings.services.reservations import Reservation, reserve_places
from ratings.services.sightings import ensure_agreed_texts, note_first_agreement, record_new_consent
from ratings.values.devices import Device
from ratings.values.languages import spoken_language
from ratings.values.platform_links import NO_LINK, PlatformLink


@dataclass(frozen=True, kw_only=True)
class Enrolment:
    """What somebody gives to take part."""

    consent_version: str
    profile: dict[str, str] = field(default_factory=dict)
    link: PlatformLink = NO_LINK
    rater_id: UUID | None = None
    languages: tuple[str, ...] = ()  # that the rater understands, the best liked first
    texts_number: int | None = None  # of the version that they were shown, where the page says which
    device: Device | None = None  # that they join on, where it is known


def enrol_rater(*, study: Study, enrolment: Enrolment) -> Participation:
    """Enrol a rater; who takes part already goes on with the same participation."""
    visitor = visitor_at(study=study, link=enrolment.link, rater_id=enrolment.rater_id)
    if visitor.kind == VisitorKind.NEWCOMER:
        try:
            return enrol_newcomer(visitor=visitor, study=study, enrolment=enrolment)
        except IntegrityError:  # the same person enrolled twice at once: the other request was first
            if not takes_part(study=study, enrolment=enrolment):
                raise
    else:
        require_open(study=study)
        require_enrollable(visitor=visitor, study=study, enrolment=enrolment)
    participation = claim_participation(study=study, link=enrolment.link, rater_id=enrolment.rater_id)
    return renew_consent(participation=participation, enrolment=enrolment)


@transaction.atomic
def enrol_newcomer(*, visitor: StudyVisitor, study: Study, enrolment: Enrolment) -> Participation:
    """Enrol somebody new. Places are kept before anything else is looked at: a full study says so first."""
    reservation = reserve_places(study=study)
    answers = require_enrollable(visitor=visitor, study=study, enrolment=enrolment)
    return create_participation(study=study, enrolment=enrolment, answers=answers, reservation=reservation)


def require_enrollable(*, visitor: StudyVisitor, study: Study, enrolment: Enrolment) -> dict[str, str]:
    """Give the answers of the profile; raise where identity, consent or an answer stands in the way."""
    require_identity(visitor)
    if enrolment.consent_version != study.consent_version:
        raise ConsentOutdatedError(
            gettext("The consent text has changed: read the current one and agree again."),
            fields={"consent_version": gettext("is now {version}").format(version=study.consent_version)},
        )
    if visitor.kind == VisitorKind.NEWCOMER:
        require_allowed_device(study=study, device=enrolment.device)
    return valid_answers(study=study, answers=enrolment.profile)


@transaction.atomic
def renew_consent(*, participation: Participation, enrolment: Enrolment) -> Participation:
    """Take the consent of somebody who takes part already, where they agreed to an earlier text."""
    study = participation.study
    if participation.consent_version != study.consent_version:
        record_new_consent(
            participation=participation,
            texts=ensure_agreed_texts(study=study, number=enrolment.texts_number),
            language=spoken_language(offered=study.languages, preferred=(*enrolment.languages, participation.language)),
        )
    return participation


def takes_part(*, study: Study, enrolment: Enrolment) -> bool:
    """Tell whether somebody takes part under the enrolment's id or in its browser."""
    visitor = visitor_at(study=study, link=enrolment.link, rater_id=enrolment.rater_id)
    return visitor.kind != VisitorKind.NEWCOMER


def claim_participation(*, study: Study, link: PlatformLink, rater_id: UUID | None) -> Participation:
    """Give the participation of somebody who takes part already, adding the link's id to one begun without."""
    visitor = visitor_at(study=study, link=link, rater_id=rater_id)
    require_identity(visitor)
    if visitor.claimed is None:
        raise NotEnrolledError(gettext("You are not taking part in this study yet: open its page and join first."))
    if visitor.kind == VisitorKind.ADDABLE and not add_external_id(participation=visitor.claimed, link=link):
        return claim_participation(study=study, link=link, rater_id=rater_id)
    if visitor.kind == VisitorKind.RESUMABLE:
        note_move(participation=visitor.claimed)
    return visitor.claimed


def add_external_id(*, participation: Participation, link: PlatformLink) -> bool:
    """Give an id to a participation begun without one; not where id or participation was taken meanwhile."""
    unnamed = Participation.objects.filter(pk=participation.pk, external_id="")
    try:
        with transaction.atomic():
            return bool(unnamed.update(external_id=link.external_id, external_session=link.external_session))
    except IntegrityError:  # somebody else enrolled under this id at the same moment: the caller looks again
        return False


def require_identity(visitor: StudyVisitor) -> None:
    """Raise where the link names nobody, or somebody that the visitor does not show to be."""
    fault = visitor.link.refusal
    if fault is not None and fault.kind == LinkFaultKind.PREVIEW:
        raise PreviewOnlyError(fault.sentence)
    if fault is not None:
        raise ExternalIdRefusedError(fault.sentence, fields={fault.field: str(fault.kind.label)})
    if visitor.kind == VisitorKind.TAKEN:
        raise AlreadyTakingPartError(visitor.obstacle)


def answer_fault(offered: list[str]) -> str:
    """Say what an answer may be, or that nobody asks for it."""
    if not offered:
        return gettext("is not asked in this study")
    return gettext("choose one of: {offered}").format(offered=", ".join(offered))


def valid_answers(*, study: Study, answers: dict[str, str]) -> dict[str, str]:
    """Keep the answers that were given; raise for one that the study does not offer."""
    offered = {question.key: question.values for question in study.questions}
    given = {key: value for key, value in answers.items() if value not in ("", None)}
    wrong = {
        key: answer_fault(sorted(offered.get(key, ())))
        for key, value in given.items()
        if key not in offered or value not in offered[key]
    }
    wrong |= {
        one.key: gettext("has to be answered") for one in study.questions if one.required and one.key not in given
    }
    if wrong:
        raise ProfileInvalidError(gettext("An answer of the profile is not one of the options."), fields=wrong)
    return given


def reusable_rater(*, study: Study, enrolment: Enrolment) -> Rater | None:
    """Give the known rater where this is the same person: who takes no part yet and has no other id elsewhere."""
    if enrolment.rater_id is None:
        return None
    known = Rater.objects.filter(pk=enrolment.rater_id).exclude(participations__study=study)
    if enrolment.link.external_id:
        others = Participation.objects.filter(rater=OuterRef("pk")).exclude(external_id=enrolment.link.external_id)
        known = known.exclude(Exists(others))
    return known.first()


def create_participation(
    *, study: Study, enrolment: Enrolment, answers: dict[str, str], reservation: Reservation
) -> Participation:
    """Make the rater (unless known), the profile and the participation, within the caller's transaction."""
    rater = reusable_rater(study=study, enrolment=enrolment) or Rater.objects.create()
    if answers:
        save_profile(rater=rater, answers=answers)
    is_screened_out = screens_out(study=study, answers=answers)
    texts = ensure_agreed_texts(study=study, number=enrolment.texts_number)
    participation = Participation.objects.create(
        study=study,
        rater=rater,
        texts=texts,
        consent_version=study.consent_version,
        consented_at=timezone.now(),
        language=spoken_language(offered=study.languages, preferred=enrolment.languages),
        external_id=enrolment.link.external_id,
        external_session=enrolment.link.external_session,
        device=enrolment.device.as_json() if enrolment.device else None,
        quota=reservation.quota,
        reserved=0 if is_screened_out else reservation.reserved,
        end=End.SCREENED_OUT if is_screened_out else "",
        state=ParticipationState.LEFT if is_screened_out else ParticipationState.ACTIVE,
    )
    note_first_agreement(participation=participation, texts=texts)
    if is_screened_out:
        return participation
    aside = StudyImage.objects.filter(study=study, is_practice=True, is_active=True)
    practice = aside.filter(attention_value__isnull=True).order_by("shuffle")
    enqueue_practice(
        participation=participation,
        study_images=list(practice.values_list("pk", "image_id")[: study.practice_count]),
    )
    return participation


def save_profile(*, rater: Rater, answers: dict[str, str]) -> None:
    """Keep the answers, new ones over old ones."""
    profile, _ = Profile.objects.get_or_create(rater=rater)
    profile.answers = {**profile.answers, **answers}
    profile.save(update_fields=["answers", "updated_at"])
