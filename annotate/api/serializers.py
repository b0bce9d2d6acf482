"""The shapes that the API takes and gives."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.utils.translation import get_language, gettext
from rest_framework import serializers

from annotate.api.fact_serializers import FiniteField, given_fact, serializer_of
from ratings.choices import AssignmentKind, SkipReason
from ratings.models import Assignment, Image, Rating, Study
from ratings.selectors.attention import wanted_answer
from ratings.services.collection import Submission
from ratings.services.enrol import Enrolment
from ratings.services.lease import MOST_AT_ONCE
from ratings.values.client_facts import LONGEST_MS, ClientFacts
from ratings.values.devices import Device, DeviceRules
from ratings.values.languages import DEFAULT_LANGUAGE
from ratings.values.platform_links import PERSON, SESSION, read_link
from ratings.values.questions import Question
from ratings.values.scales import NamedScale, StudyScale
from ratings.values.texts import AuthorText

BIGGEST_ID = 2**63 - 1
BIGGEST_COUNT = 2**31 - 1
LONGEST_RESPONSE_MS = LONGEST_MS
MOST_ANSWERS_AT_ONCE = 200
FURTHER_VALUES = "In studies with several scales: the values on those after the main one, by their keys."


class ErrorSerializer(serializers.Serializer[Any]):
    """What went wrong: a stable code, a sentence, and the fields it is about."""

    code = serializers.CharField()
    message = serializers.CharField()
    fields = serializers.DictField(child=serializers.CharField())  # type: ignore[assignment]


class ConsentSerializer(serializers.Serializer[Any]):
    """The text that a rater agrees to."""

    version = serializers.CharField()
    text = serializers.CharField()
    taste = serializers.CharField(
        required=False, help_text="The part of it on *Your taste*, in studies that show raters their taste."
    )


ScaleSerializer = serializer_of(StudyScale, named="Scale", without=("kind",))
NamedScaleSerializer = serializer_of(NamedScale)
QuestionSerializer = serializer_of(Question)


class OtherStudySerializer(serializers.Serializer[Any]):
    """A study that takes raters now."""

    slug = serializers.CharField()
    title = serializers.CharField()


class AvailabilitySerializer(serializers.Serializer[Any]):
    """Whether somebody new may join now; where not, why, and which other studies are open."""

    code = serializers.ChoiceField(choices=["open", "not_yet_open", "paused", "closed", "full"])
    message = serializers.CharField(allow_blank=True)
    asked = serializers.IntegerField(allow_null=True, help_text="Images asked of the next one who joins.")
    opens_at = serializers.DateTimeField(allow_null=True)
    closes_at = serializers.DateTimeField(allow_null=True)
    others = OtherStudySerializer(many=True)


class TextsSerializer(serializers.Serializer[Any]):
    """The version of a study's texts."""

    key = serializers.IntegerField(help_text="As leases name it: where it differs, read the study again.")
    version = serializers.IntegerField(help_text="1 for the study's first texts; dumps name it.")
    digest = serializers.CharField(help_text="SHA-256 of the texts as canonical JSON.")


class StudySerializer(serializers.Serializer[Any]):
    """What anybody may know of a study."""

    slug = serializers.CharField()
    title = serializers.CharField()
    state = serializers.CharField()
    instructions = serializers.CharField()
    consent = ConsentSerializer()
    scale = ScaleSerializer()
    profile = QuestionSerializer(many=True)
    language = serializers.CharField(help_text="That the texts are in, but for those that it does not have yet.")
    texts = TextsSerializer(allow_null=True)
    scales = NamedScaleSerializer(many=True, required=False, help_text="Where there are several; the main one first.")
    ties_allowed = serializers.BooleanField(required=False, help_text="In pairwise studies.")
    set_size = serializers.IntegerField(required=False, help_text="In best-worst studies: the most shown at once.")
    device = serializer_of(DeviceRules)(required=False, help_text="Where not every device may take part.")
    availability = AvailabilitySerializer()


class StrictSerializer(serializers.Serializer[Any]):
    """Input in which an unknown field is an error, so that a typo never passes for a blank."""

    def to_internal_value(self, data: Any) -> Any:
        """Refuse fields that the call does not have."""
        values = super().to_internal_value(data)
        unknown = sorted(set(data) - set(self.fields))
        if unknown:
            known = ", ".join(self.fields)
            meant = get_close_matches(unknown[0], self.fields, n=1)
            sentence = gettext("is not a field of this call, which has: {known}.").format(known=known)
            if meant:
                sentence += " " + gettext("Did you mean “{name}”?").format(name=meant[0])
            raise serializers.ValidationError({unknown[0]: sentence})
        return values


DeviceSerializer = serializer_of(Device)


class EnrolmentSerializer(StrictSerializer):
    """What somebody gives to take part."""

    consent_version = serializers.CharField(max_length=40)
    profile = serializers.DictField(child=serializers.CharField(max_length=200), default=dict)
    texts_version = serializers.IntegerField(
        min_value=1,
        max_value=BIGGEST_COUNT,
        required=False,
        allow_null=True,
        default=None,
        help_text="The version of the texts that was read, where it may have been corrected meanwhile.",
    )
    device = DeviceSerializer(required=False, help_text="That the rater joins on; a study may take certain ones only.")
    external_id = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    external_session = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


def enrolment_of(form: dict[str, Any], *, rater_id: UUID | None, languages: Sequence[str]) -> Enrolment:
    """Give what a valid form says, for the service; a blank field says nothing."""
    ids = [(name, form[name]) for name in (PERSON, SESSION) if form[name]]
    return Enrolment(
        consent_version=form["consent_version"],
        profile=form["profile"],
        link=read_link(ids),
        rater_id=rater_id,
        languages=tuple(languages),
        texts_number=form["texts_version"],
        device=device_of(form),
    )


def device_of(form: dict[str, Any]) -> Device | None:
    """Give the device that a valid form states, if it does."""
    return Device(**form["device"]) if "device" in form else None


class ParticipationSerializer(serializers.Serializer[Any]):
    """The new participation; the token is shown here and works as `Authorization: Bearer …`."""

    participation = serializers.UUIDField()
    rater = serializers.UUIDField()
    token = serializers.CharField()
    end = serializers.CharField(allow_blank=True, help_text="`screened_out` where an answer ended the part already.")


class LeaseRequestSerializer(StrictSerializer):
    """How many images to hand out."""

    count = serializers.IntegerField(min_value=1, max_value=MOST_AT_ONCE, default=5)
    device = DeviceSerializer(
        required=False, help_text="That the rater goes on with, where the study takes certain ones only."
    )


class LeasedImageSerializer(serializers.Serializer[Image]):
    """A picture as the rater's browser needs it."""

    id = serializers.UUIDField()
    url = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    placeholder = serializers.CharField()
    srcset = serializers.CharField()
    alt = serializers.CharField(
        allow_blank=True, help_text="The sentence to show in place of the picture, if it is an attention check."
    )
    prompt = serializers.CharField(required=False)
    prompt_language = serializers.CharField(required=False, help_text="Language that the prompt is in.")


class LeaseItemSerializer(serializers.Serializer[Assignment]):
    """One image in the rater's hands."""

    assignment = serializers.IntegerField()
    practice = serializers.BooleanField()
    image = LeasedImageSerializer()
    expires_at = serializers.DateTimeField()


class ProgressSerializer(serializers.Serializer[Any]):
    """How far the rater is."""

    done = serializers.IntegerField()
    quota = serializers.IntegerField()


class HeldSerializer(serializers.Serializer[Any]):
    """How far the rater is, beside what they hold."""

    progress = ProgressSerializer()
    state = serializers.ChoiceField(choices=["active", "complete"])
    texts = serializers.IntegerField(allow_null=True, help_text="Key of the version of the study's texts to show.")


class LeasesSerializer(HeldSerializer):
    """What the rater holds now, in the order to be shown."""

    items = LeaseItemSerializer(many=True)


ClientSerializer = serializer_of(ClientFacts, named="Client")


class ClickSerializer(StrictSerializer):
    """One click, whatever it says."""

    nonce = serializers.UUIDField()
    assignment = serializers.IntegerField(min_value=1, max_value=BIGGEST_ID)
    response_ms = serializers.IntegerField(min_value=0, max_value=LONGEST_RESPONSE_MS, required=False, allow_null=True)
    client = ClientSerializer(required=False)


class SubmissionSerializer(ClickSerializer):
    """One click on a scale, or on several."""

    value = FiniteField()
    scales = serializers.DictField(child=FiniteField(), required=False, help_text=FURTHER_VALUES)


class StoredAnswerSerializer(serializers.Serializer[Any]):
    """A stored answer, whatever it says."""

    nonce = serializers.UUIDField()
    assignment = serializers.IntegerField(source="assignment_id")
    response_ms = serializers.IntegerField(allow_null=True)
    created_at = serializers.DateTimeField()


class RatingSerializer(StoredAnswerSerializer):
    """A stored rating."""

    value = serializers.FloatField(allow_null=True)
    scales = serializers.DictField(child=serializers.FloatField(), required=False, help_text=FURTHER_VALUES)

    def to_representation(self, instance: Rating) -> dict[str, Any]:
        """Leave out what only studies with several scales have."""
        shown = super().to_representation(instance)
        if shown["scales"] is None:
            del shown["scales"]
        return shown


class ResultSerializer(serializers.Serializer[Any]):
    """What became of one item of the outbox, and why it was refused if it was."""

    nonce = serializers.CharField(allow_null=True)
    status = serializers.IntegerField()
    error = ErrorSerializer(required=False)


class BatchResultSerializer(ResultSerializer):
    """What became of one rating of the outbox."""

    rating = RatingSerializer(required=False)


class BatchSerializer(serializers.Serializer[Any]):
    """One result per item, in order."""

    results = BatchResultSerializer(many=True)


class SkipSerializer(StrictSerializer):
    """Why an image is given back."""

    reason = serializers.ChoiceField(choices=SkipReason.choices)


class SkippedSerializer(serializers.Serializer[Any]):
    """The assignment that was given back."""

    skipped = serializers.IntegerField()


class ReturnedSerializer(serializers.Serializer[Any]):
    """How many images were given back."""

    returned = serializers.IntegerField()


# One of each for all requests: to make a serializer's fields takes longer than to use them, and these keep nothing.
LEASE_REQUEST = LeaseRequestSerializer()
SUBMISSION = SubmissionSerializer()
RATING = RatingSerializer()


def validated(serializer: serializers.Serializer[Any], data: Any) -> Any:
    """Validate by a serializer that requests share; what is refused is said in the language of this request.

    The sentence about a limit keeps the language in which it was first read, so new fields make a refusal.
    """
    try:
        return serializer.run_validation(data)
    except serializers.ValidationError:  # raised again, by fields that have said nothing yet
        return type(serializer)().run_validation(data)


def submission_of(data: dict[str, Any]) -> Submission:
    """Make the service's argument of validated input."""
    return Submission(value=data["value"], scales=data.get("scales"), **click_of(data))


def click_of(data: dict[str, Any]) -> dict[str, Any]:
    """Give what every click has, as the service names it."""
    return {
        "nonce": data["nonce"],
        "assignment_id": data["assignment"],
        "response_ms": data.get("response_ms"),
        "client": client_facts(data),
    }


def client_facts(data: dict[str, Any]) -> ClientFacts:
    """Give the circumstances of a click."""
    return given_fact(ClientFacts, data.get("client") or {})


def lease_item(
    assignment: Assignment,
    *,
    study: Study,  # noqa: ARG001 - as of several pictures, whose places have names
    shows_prompt: bool,
) -> dict[str, Any]:
    """Describe one leased image; an attention check is a sentence, in the language of the request."""
    described = described_image(assignment.image)
    is_check = assignment.kind == AssignmentKind.ATTENTION
    described["alt"] = wanted_answer(place=assignment.study_image) if is_check else ""
    if shows_prompt and not is_check:
        described |= shown_prompt(assignment.study_image.prompt_in(get_language() or DEFAULT_LANGUAGE))
    return {
        "assignment": assignment.pk,
        "practice": assignment.kind == "practice",
        "image": described,
        "expires_at": assignment.lease_expires_at,
    }


def shown_prompt(prompt: AuthorText) -> dict[str, str]:
    """Describe a prompt that is shown, with its language; nothing where there is none."""
    return {"prompt": prompt.words, "prompt_language": prompt.language} if prompt.words else {}


def described_image(image: Image) -> dict[str, Any]:
    """Describe a picture; the file names are unguessable and never change."""
    sizes = [*image.renditions, {"width": image.width, "height": image.height, "path": image.path}]
    return {
        "id": image.pk,
        "url": default_storage.url(image.path),
        "width": image.width,
        "height": image.height,
        "placeholder": image.placeholder,
        "srcset": ", ".join(f"{default_storage.url(size['path'])} {size['width']}w" for size in sizes),
    }


def nonce_of(item: Any) -> str | None:
    """Give the nonce of an item that may be anything, to name it in an answer."""
    nonce = item.get("nonce") if isinstance(item, dict) else None
    if isinstance(nonce, str | UUID):
        return str(nonce)[:64]
    return None
