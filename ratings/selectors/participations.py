"""Who takes part in what, and everything stored about a rater."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache
from typing import Any, cast
from uuid import UUID

from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import get_language, gettext

from ratings.choices import StudyState
from ratings.exceptions import NotEnrolledError, WithdrawnError
from ratings.models import Choice, Participation, Rater, Rating, Study, TextSighting
from ratings.registry import FAMILIES, ONE_IMAGE, SEVERAL_IMAGES, Family, comparison_of
from ratings.selectors.stored import rows_about, withheld_fields
from ratings.selectors.studies import access_study
from ratings.statements.prepared import fetched
from ratings.statements.raters import PART_OF_RATER, RATER_BY_PART, RATERS
from ratings.values.languages import DEFAULT_LANGUAGE

LONGEST_TOKEN = 120  # characters; 32 of the key, 43 of the signature, and what parts them
TOKEN_SALT = "ratings.participation"  # noqa: S105 - names the purpose, is no secret


@cache
def signer() -> signing.Signer:
    """Give the signer of tokens, made once."""
    return signing.Signer(salt=TOKEN_SALT)


def participation_token(*, participation: Participation) -> str:
    """Give the token of a participation: signed, never stored, the same at every call."""
    return signer().sign(participation.pk.hex)


def key_of_token(token: str) -> UUID | None:
    """Give the participation's key that a token was signed for; a forged one gives nothing."""
    return signed_key(token) if len(token) <= LONGEST_TOKEN else None


@lru_cache(maxsize=10_000)  # each click brings its token again
def signed_key(token: str) -> UUID | None:
    """Check the signature of what may be a token by its length: nothing longer is remembered."""
    try:
        return UUID(hex=signer().unsign(token))
    except (signing.BadSignature, ValueError):  # forged, or cut short: nobody's, and the caller says so
        return None


def rater_by_id(*, rater_id: str) -> Rater | None:
    """Find the rater that a cookie names; what is no identifier finds none."""
    try:
        return Rater.objects.filter(pk=rater_id).first()
    except ValidationError:  # a cookie of another software, or of an older version
        return None


def rater_by_token(*, token: str) -> Rater | None:
    """Find the rater that a token speaks for; a forged or outdated token finds none."""
    key = key_of_token(token)
    return next(iter(RATERS.fetched(RATER_BY_PART, {"participation": key})), None) if key else None


def participation_with_study(*, participation_id: UUID) -> Participation | None:
    """Give a participation with its study and the rater's profile; none where it is gone."""
    return Participation.objects.select_related("study", "rater__profile").filter(pk=participation_id).first()


def uuid_of(name: str) -> UUID | None:
    """Read a name as an identifier, if it is one."""
    try:
        return UUID(name)
    except ValueError:  # a name of another kind
        return None


def participation_in(*, rater: Rater, study: Study) -> Participation | None:
    """Give the rater's part in the study, if they have one."""
    return Participation.objects.filter(rater=rater, study=study).first()


def participations_of(*, rater: Rater) -> QuerySet[Participation]:
    """Give the rater's participations, with their studies."""
    return Participation.objects.filter(rater=rater).select_related("study", "rater__profile").order_by("created_at")


def answers_in_words(*, participation: Participation) -> list[dict[str, str]]:
    """Give the answers of the profile as the study's questions put them."""
    profile = getattr(participation.rater, "profile", None)
    answers = profile.answers if profile else {}
    return [
        {"label": question.label, "value": words, "language": language}
        for language, question in participation.study.questions_in(get_language() or DEFAULT_LANGUAGE)
        if (words := question.label_of(answers.get(question.key))) is not None
    ]


def number_of_answers(*, rater: Rater) -> int:
    """Count the ratings and choices of a rater that stand."""
    standing = (family.answer._default_manager.current() for family in FAMILIES)  # type: ignore[attr-defined]
    return sum(answers.filter(participation__rater=rater).count() for answers in standing)


def access_participation(*, rater: Rater, slug: str) -> UUID:
    """Give the key of the rater's part in a study; say whether the study or only the part is missing."""
    found = fetched(PART_OF_RATER, {"rater": rater.pk, "slug": slug})
    if not found:
        access_study(slug=slug)
        raise NotEnrolledError(gettext("You are not taking part in this study yet: open its page and join first."))
    key: UUID = found[0][0]
    return key


def access_own_part(*, key: UUID) -> Participation:
    """Give a rater's part with its study, by its key; raise where its rater has withdrawn meanwhile."""
    found = Participation.objects.select_related("study").filter(pk=key).first()
    if found is None:
        raise WithdrawnError(gettext("Everything about you was deleted at your request: join again to continue."))
    return found


def access_participation_of_answer(*, family: Family, rater: Rater, nonce: UUID) -> UUID:
    """Give the participation in which the rater gave an answer."""
    answers = family.answer._default_manager.filter(nonce=nonce, participation__rater=rater)
    found = answers.values_list("participation_id").first()
    if found is None:
        raise family.not_found(gettext("Nothing of yours has this nonce."))
    key: UUID = found[0]
    return key


def stored_about(*, rater: Rater) -> dict[str, Any]:
    """Give everything stored about a rater, as they may read it.

    Where they still rate, what would sway them is null, and `withheld` names those fields.
    """
    participations = Participation.objects.filter(rater=rater).select_related("study").order_by("created_at")
    profile = getattr(rater, "profile", None)
    still_rating = {one.pk for one in participations if not rates_no_more(one)}
    return {
        "rater": str(rater.pk),
        "simulated": rater.is_simulated,
        "since": rater.created_at,
        "profile": profile.answers if profile else {},
        "participations": [stored_about_participation(participation) for participation in participations],
        "records": rows_about(rater=rater, still_rating=still_rating),
        "withheld": withheld_fields() if still_rating else {},
    }


def rates_no_more(participation: Participation) -> bool:
    """Tell whether a rater gives no more ratings, so that nothing that they see can sway one."""
    return participation.is_complete or participation.study.state == StudyState.CLOSED


def stored_about_participation(participation: Participation) -> dict[str, Any]:
    """Give a participation with every answer given in it, the replaced ones included."""
    return {
        "participation": str(participation.pk),
        "study": participation.study.slug,
        "title": participation.study.title,
        "state": participation.state,
        "consent_version": participation.consent_version,
        "consented_at": participation.consented_at,
        "texts": [stored_about_texts(sighting) for sighting in sightings_of(participation)],
        "external_id": participation.external_id,
        "end": participation.end,
        "end_answers": participation.end_answers,
        "done": participation.done,
        "quota": participation.quota,
        **{family.calls: stored_answers(family=family, participation=participation) for family in FAMILIES},
    }


def sightings_of(participation: Participation) -> QuerySet[TextSighting]:
    """Give the versions of a study's texts that a rater saw, the first one first, with their words."""
    return TextSighting.objects.filter(participation=participation).select_related("texts").order_by("seen_at", "pk")


def stored_about_texts(sighting: TextSighting) -> dict[str, Any]:
    """Give a version of a study's texts as a rater saw it and agreed to it; words that are not known are none."""
    texts, language = sighting.texts, sighting.language
    return {
        "texts_version": texts.number,
        "digest": texts.digest,
        "language": language,
        "consent_version": texts.consent_version,
        "consent_text": texts.text_in(language=language, name="consent_text") if texts.is_known else None,
        "note": texts.note,
        "seen_at": sighting.seen_at,
        "agreed_at": sighting.agreed_at,
    }


def stored_answers(*, family: Family, participation: Participation) -> list[dict[str, Any]]:
    """Give the answers of a participation, with what each says."""
    answers = family.answer._default_manager.filter(participation=participation).order_by("id")
    related = answers.select_related("participation__study", f"assignment__{family.item_field}")
    return [
        {
            "nonce": str(answer.nonce),
            **SAID[family](answer),
            "response_ms": answer.response_ms,
            "client": answer.client,
            "replaced_at": answer.replaced_at,
        }
        for answer in cast("Iterable[Any]", related)
    ]


def said_in_rating(rating: Rating) -> dict[str, Any]:
    """Give what a rating says."""
    further = {"scales": rating.scales} if rating.scales else {}
    return {"image": str(rating.image_id), "value": rating.value, **further, "rated_at": rating.created_at}


def said_in_choice(choice: Choice) -> dict[str, Any]:
    """Give what a choice says, and of which pictures, as the rater saw them."""
    shown = choice.assignment.pair.shown(choice.assignment.left)
    named = comparison_of(choice.participation.study).named([str(image) for image in shown])
    return {**named, "choice": choice.answer or None, "chosen_at": choice.created_at}


SAID: Mapping[Family, Callable[[Any], dict[str, Any]]] = {ONE_IMAGE: said_in_rating, SEVERAL_IMAGES: said_in_choice}
