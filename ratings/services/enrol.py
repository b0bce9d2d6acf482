"""Let raters in: consent, profile, participation."""

from dataclasses import dataclass, field
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from ratings.exceptions import AlreadyTakingPartError, ConsentOutdatedError, ProfileInvalidError
from ratings.models import Participation, Profile, Rater, Study, StudyImage
from ratings.selectors.studies import require_open
from ratings.services.assign import enqueue_practice


@dataclass(frozen=True, kw_only=True)
class Enrolment:
    """What somebody gives to take part."""

    consent_version: str
    profile: dict[str, str] = field(default_factory=dict)
    external_id: str = ""
    external_session: str = ""
    rater_id: UUID | None = None


def enrol_rater(*, study: Study, enrolment: Enrolment) -> Participation:
    """Let somebody take part; whoever takes part already goes on with the same participation."""
    require_open(study=study)
    if enrolment.consent_version != study.consent_version:
        raise ConsentOutdatedError(
            "The consent text has changed: read the current one and agree again.",
            fields={"consent_version": f"is now {study.consent_version}"},
        )
    answers = valid_answers(study=study, answers=enrolment.profile)
    known = known_participation(study=study, enrolment=enrolment)
    if known is not None:
        return known
    try:
        return create_participation(study=study, enrolment=enrolment, answers=answers)
    except IntegrityError:  # the same person enrolled twice at once: the other request was first
        first = known_participation(study=study, enrolment=enrolment)
        if first is None:
            raise
        return first


def known_participation(*, study: Study, enrolment: Enrolment) -> Participation | None:
    """Give the participation of the same external id, or of the same rater if they came without one then or now."""
    everybody = Participation.objects.filter(study=study).select_related("rater")
    mine = everybody.filter(rater=enrolment.rater_id).first() if enrolment.rater_id else None
    if not enrolment.external_id:
        return mine
    known = everybody.filter(external_id=enrolment.external_id).first()
    if known is not None:
        require_same_person(known=known, enrolment=enrolment)
        return known
    return mine if mine is not None and not mine.external_id else None


def require_same_person(*, known: Participation, enrolment: Enrolment) -> None:
    """Raise unless the asker is that rater's browser or comes with the platform's session: names are no secrets."""
    is_same_rater = known.rater_id == enrolment.rater_id
    is_same_session = bool(known.external_session) and known.external_session == enrolment.external_session
    if not is_same_rater and not is_same_session:
        raise AlreadyTakingPartError(
            "Somebody takes part under this external id already: go on in the browser you began in, "
            "open your resume link, or come from the crowd platform in the same session."
        )


def valid_answers(*, study: Study, answers: dict[str, str]) -> dict[str, str]:
    """Keep the answers that were given; raise for one that the study does not offer."""
    offered = {
        question["key"]: {option["value"] for option in question["options"]} for question in study.profile_questions
    }
    given = {key: value for key, value in answers.items() if value not in ("", None)}
    wrong = {
        key: f"choose one of: {', '.join(sorted(offered[key]))}" if key in offered else "is not asked in this study"
        for key, value in given.items()
        if key not in offered or value not in offered[key]
    }
    if wrong:
        raise ProfileInvalidError("An answer of the profile is not one of the options.", fields=wrong)
    return given


def newcomer(*, study: Study, rater_id: UUID | None) -> Rater | None:
    """Give the known rater, unless they take part already: under another external id it is another person here."""
    if rater_id is None:
        return None
    return Rater.objects.filter(pk=rater_id).exclude(participations__study=study).first()


@transaction.atomic
def create_participation(*, study: Study, enrolment: Enrolment, answers: dict[str, str]) -> Participation:
    """Make the rater (unless known), the profile and the participation."""
    rater = newcomer(study=study, rater_id=enrolment.rater_id) or Rater.objects.create()
    if answers:
        save_profile(rater=rater, answers=answers)
    participation = Participation.objects.create(
        study=study,
        rater=rater,
        consent_version=study.consent_version,
        consented_at=timezone.now(),
        external_id=enrolment.external_id,
        external_session=enrolment.external_session,
        quota=study.quota,
    )
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
