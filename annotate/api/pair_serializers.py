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
from ratings.choices import Answer, Side
from ratings.models import Choice, PairAssignment
from ratings.services.pairs.collect import ChoiceSubmission
from ratings.services.pairs.lease import PairLeases


class PairItemSerializer(serializers.Serializer[PairAssignment]):
    """One pair in the rater's hands; which condition is which the rater's browser never learns."""

    assignment = serializers.IntegerField()
    practice = serializers.BooleanField()
    left = LeasedImageSerializer()
    right = LeasedImageSerializer()
    prompt = serializers.CharField(required=False)
    expires_at = serializers.DateTimeField()


class PairLeasesSerializer(serializers.Serializer[Any]):
    """What the rater holds now, in the order to be shown."""

    items = PairItemSerializer(many=True)
    progress = ProgressSerializer()
    state = serializers.ChoiceField(choices=["active", "complete"])


class ChoiceSubmissionSerializer(StrictSerializer):
    """One click."""

    nonce = serializers.UUIDField()
    assignment = serializers.IntegerField(min_value=1, max_value=BIGGEST_ID)
    choice = serializers.ChoiceField(choices=Answer.choices)
    response_ms = serializers.IntegerField(min_value=0, max_value=LONGEST_RESPONSE_MS, required=False, allow_null=True)
    client = ClientSerializer(required=False)


class ChoiceSerializer(serializers.Serializer[Choice]):
    """A stored choice."""

    nonce = serializers.UUIDField()
    assignment = serializers.IntegerField(source="assignment_id")
    choice = serializers.ChoiceField(source="answer", choices=Answer.choices)
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
        answer=Answer(data["choice"]),
        response_ms=data.get("response_ms"),
        client=client_facts(data),
    )


def pair_item(assignment: PairAssignment, *, shows_prompt: bool) -> dict[str, Any]:
    """Describe one leased pair, as the sides were drawn."""
    pair = assignment.pair
    images = (pair.image_a, pair.image_b) if assignment.left == Side.A else (pair.image_b, pair.image_a)
    described: dict[str, Any] = {
        "assignment": assignment.pk,
        "practice": False,
        "left": described_image(images[0]),
        "right": described_image(images[1]),
        "expires_at": assignment.lease_expires_at,
    }
    if shows_prompt and pair.prompt:
        described["prompt"] = pair.prompt
    return described


def pair_leases_body(leases: PairLeases) -> dict[str, Any]:
    """Describe what a rater holds."""
    participation = leases.participation
    shows_prompt = participation.study.show_prompt
    return {
        "items": [pair_item(item, shows_prompt=shows_prompt) for item in leases.assignments],
        "progress": {"done": participation.done, "quota": participation.quota},
        "state": participation.state,
    }
