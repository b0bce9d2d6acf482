"""The shapes that the calls of pairwise studies take and give."""

from typing import Any

from rest_framework import serializers

from annotate.api.serializers import (
    BIGGEST_ID,
    LONGEST_RESPONSE_MS,
    ClientSerializer,
    ErrorSerializer,
    LeasedImageSerializer,
    ProgressSerializer,
    StrictSerializer,
    client_facts,
    described_image,
)
from ratings.models import Choice, PairAssignment, Study
from ratings.models.pair import IMAGE_FIELDS, in_order
from ratings.registry import comparison_of
from ratings.services.collection import ChoiceSubmission

CHOICE = r"^(left|right|tie|[1-5]>[1-5])$"
CHOICE_HELP = "left, right or tie; of three to five pictures the places of the best and the worst, such as 2>4."


class PairItemSerializer(serializers.Serializer[PairAssignment]):
    """What is compared, in the rater's hands; which condition is which the rater's browser never learns."""

    assignment = serializers.IntegerField()
    practice = serializers.BooleanField()
    left = LeasedImageSerializer(required=False, help_text="Of a pair.")
    right = LeasedImageSerializer(required=False, help_text="Of a pair.")
    images = LeasedImageSerializer(many=True, required=False, help_text="Of three to five, in the order to be shown.")
    prompt = serializers.CharField(required=False)
    expires_at = serializers.DateTimeField()


class PairLeasesSerializer(serializers.Serializer[Any]):
    """What the rater holds now, in the order to be shown."""

    items = PairItemSerializer(many=True)
    progress = ProgressSerializer()
    state = serializers.ChoiceField(choices=["active", "complete"])
    texts = serializers.IntegerField(allow_null=True, help_text="Key of the version of the study's texts to show.")


class ChoiceSubmissionSerializer(StrictSerializer):
    """One click."""

    nonce = serializers.UUIDField()
    assignment = serializers.IntegerField(min_value=1, max_value=BIGGEST_ID)
    choice = serializers.RegexField(CHOICE, help_text=CHOICE_HELP, error_messages={"invalid": CHOICE_HELP})
    response_ms = serializers.IntegerField(min_value=0, max_value=LONGEST_RESPONSE_MS, required=False, allow_null=True)
    client = ClientSerializer(required=False)


class ChoiceSerializer(serializers.Serializer[Choice]):
    """A stored choice."""

    nonce = serializers.UUIDField()
    assignment = serializers.IntegerField(source="assignment_id")
    choice = serializers.CharField(source="answer", help_text=CHOICE_HELP)
    response_ms = serializers.IntegerField(allow_null=True)
    created_at = serializers.DateTimeField()


class ChoiceResultSerializer(serializers.Serializer[Any]):
    """What became of one item of the outbox."""

    nonce = serializers.CharField(allow_null=True)
    status = serializers.IntegerField()
    choice = ChoiceSerializer(required=False)
    error = ErrorSerializer(required=False)


class ChoiceBatchSerializer(serializers.Serializer[Any]):
    """One result per item, in order."""

    results = ChoiceResultSerializer(many=True)


def choice_submission_of(data: dict[str, Any]) -> ChoiceSubmission:
    """Make the service's argument of validated input."""
    return ChoiceSubmission(
        nonce=data["nonce"],
        assignment_id=data["assignment"],
        answer=data["choice"],
        response_ms=data.get("response_ms"),
        client=client_facts(data),
    )


def pair_item(assignment: PairAssignment, *, study: Study, shows_prompt: bool) -> dict[str, Any]:
    """Describe what is compared, as the order was drawn."""
    pair = assignment.pair
    images = [image for name in IMAGE_FIELDS if (image := getattr(pair, name)) is not None]
    shown = [described_image(image) for image in in_order(images, first=assignment.left)]
    described: dict[str, Any] = {
        "assignment": assignment.pk,
        "practice": False,
        **comparison_of(study).named(shown),
        "expires_at": assignment.lease_expires_at,
    }
    if shows_prompt and pair.prompt:
        described["prompt"] = pair.prompt
    return described
