"""The shapes that the calls of pairwise studies take and give."""

from typing import Any

from django.utils.translation import get_language, gettext_lazy
from rest_framework import serializers

from annotate.api.serializers import (
    ClickSerializer,
    HeldSerializer,
    LeasedImageSerializer,
    ResultSerializer,
    StoredAnswerSerializer,
    click_of,
    described_image,
    shown_prompt,
)
from ratings.models import PairAssignment, Study
from ratings.models.pair import IMAGE_FIELDS, PLACES, SIDES_AND_TIE, in_order
from ratings.registry import comparison_of
from ratings.services.collection import ChoiceSubmission
from ratings.values.languages import DEFAULT_LANGUAGE
from ratings.values.prompts import prompt_in

CHOICE = rf"^({SIDES_AND_TIE}|{PLACES})$"
CHOICE_HELP = "left, right or tie; of three to five pictures the places of the best and the worst, such as 2>4."
WRONG_CHOICE = gettext_lazy(
    "Answer left, right or tie; of three to five pictures with the places of the best and the worst, such as 2>4."
)


class PairItemSerializer(serializers.Serializer[PairAssignment]):
    """What is compared, in the rater's hands; which condition is which the rater's browser never learns."""

    assignment = serializers.IntegerField()
    practice = serializers.BooleanField()
    left = LeasedImageSerializer(required=False, help_text="Of a pair.")
    right = LeasedImageSerializer(required=False, help_text="Of a pair.")
    images = LeasedImageSerializer(many=True, required=False, help_text="Of three to five, in the order to be shown.")
    prompt = serializers.CharField(required=False)
    prompt_language = serializers.CharField(required=False, help_text="Language that the prompt is in.")
    expires_at = serializers.DateTimeField()


class PairLeasesSerializer(HeldSerializer):
    """What the rater holds now, in the order to be shown."""

    items = PairItemSerializer(many=True)


class ChoiceSubmissionSerializer(ClickSerializer):
    """One choice among the pictures shown."""

    choice = serializers.RegexField(CHOICE, help_text=CHOICE_HELP, error_messages={"invalid": WRONG_CHOICE})


class ChoiceSerializer(StoredAnswerSerializer):
    """A stored choice."""

    choice = serializers.CharField(source="answer", help_text=CHOICE_HELP)


class ChoiceResultSerializer(ResultSerializer):
    """What became of one choice of the outbox."""

    choice = ChoiceSerializer(required=False)


class ChoiceBatchSerializer(serializers.Serializer[Any]):
    """One result per item, in order."""

    results = ChoiceResultSerializer(many=True)


def choice_submission_of(data: dict[str, Any]) -> ChoiceSubmission:
    """Make the service's argument of validated input."""
    return ChoiceSubmission(answer=data["choice"], **click_of(data))


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
    if shows_prompt:
        written = study.prompt_language or study.languages[0]
        language = get_language() or DEFAULT_LANGUAGE
        described |= shown_prompt(
            prompt_in(prompt=pair.prompt, facts=pair.prompt_facts, language=language, written=written)
        )
    return described
