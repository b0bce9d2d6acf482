"""The shapes that the calls of *Made for you* take and give."""

from typing import Any

from django.utils.translation import gettext
from rest_framework import serializers

from annotate.api.serializers import LeasedImageSerializer, StrictSerializer, described_image
from annotate.flows.made import MadeForYou
from annotate.workers import attended_queues
from ratings.choices import JobState
from scoring.models import SteeringRun
from scoring.prompts.attributes import VOCABULARY
from scoring.selectors.made import MadePicture, MadeRun

STANDINGS = (
    *("ready", "busy", "today", "spent", "too_few", "learning", "no_model", "paused", "closed", "off"),
)  # fmt: skip
LONGEST_PROMPT = 2000


class WishSerializer(StrictSerializer):
    """One click: a subject among those offered."""

    nonce = serializers.UUIDField()
    prompt = serializers.CharField(max_length=LONGEST_PROMPT)


class MadePictureSerializer(serializers.Serializer[Any]):
    """One picture, to be rated by `POST ratings`; whether it was made for the rater shows once all are rated."""

    assignment = serializers.IntegerField()
    image = LeasedImageSerializer()
    value = serializers.FloatField(allow_null=True, help_text="The rater's rating that stands.")
    nonce = serializers.UUIDField(allow_null=True, help_text="Of that rating.")
    is_yours = serializers.BooleanField(allow_null=True, help_text="Made for the rater; null until all are rated.")
    changes = serializers.ListField(child=serializers.CharField(), help_text="What was chosen for the rater, in words.")


class MadeRunSerializer(serializers.Serializer[Any]):
    """One wish and what came of it."""

    nonce = serializers.UUIDField()
    prompt = serializers.CharField()
    state = serializers.ChoiceField(choices=JobState.choices)
    progress = serializers.FloatField(help_text="0 to 1")
    sentence = serializers.CharField(allow_blank=True)
    wished_at = serializers.DateTimeField()
    pictures = MadePictureSerializer(many=True)


class MadeSerializer(serializers.Serializer[Any]):
    """Whether a wish may be made now, and all wishes so far, the newest first."""

    state = serializers.ChoiceField(choices=STANDINGS)
    sentence = serializers.CharField(allow_blank=True)
    left = serializers.IntegerField(help_text="Wishes left in these 24 hours.")
    prompts = serializers.ListField(child=serializers.CharField())
    runs = MadeRunSerializer(many=True)


def made_body(found: MadeForYou) -> dict[str, Any]:
    """Describe everything."""
    return {
        "state": found.standing.code,
        "sentence": found.standing.sentence,
        "left": found.standing.left,
        "prompts": found.prompts,
        "runs": [run_body(made) for made in found.runs],
    }


def run_body(made: MadeRun) -> dict[str, Any]:
    """Describe one wish."""
    run = made.run
    return {
        "nonce": run.nonce,
        "prompt": run.prompt,
        "state": run.state,
        "progress": run.progress,
        "sentence": sentence_of(run),
        "wished_at": run.created_at,
        "pictures": [picture_body(picture, is_revealed=made.is_revealed) for picture in made.pictures],
    }


def sentence_of(run: SteeringRun) -> str:
    """Say how far a wish is, or why it failed, in a sentence for raters."""
    if run.state == JobState.QUEUED:
        return (
            gettext("It starts in a moment. You can leave this page; it will continue.")
            if SteeringRun.queue in attended_queues()
            else gettext("Nothing is being drawn right now. Your wish is kept, and will start by itself.")
        )
    if run.state == JobState.SUCCEEDED and [step for step in run.steps.all() if step.is_best and step.iteration]:
        return ""
    return {
        JobState.RUNNING: gettext("Drawing and choosing. You can leave this page; it will continue."),
        JobState.SUCCEEDED: gettext("Nothing we tried was clearly more to your taste than the picture as it is."),
        JobState.FAILED: gettext(
            "That did not work, and it was not your fault. The researchers can see why; please try again."
        ),
        JobState.CANCELLED: gettext("You stopped this one."),
    }.get(JobState(run.state), "")


def picture_body(picture: MadePicture, *, is_revealed: bool) -> dict[str, Any]:
    """Describe one picture, and no more of it than a rater may know before rating it."""
    is_yours = picture.step.iteration > 0
    return {
        "assignment": picture.assignment.pk,
        "image": {**described_image(picture.assignment.image), "alt": ""},
        "value": picture.rating.value if picture.rating else None,
        "nonce": picture.rating.nonce if picture.rating else None,
        "is_yours": is_yours if is_revealed else None,
        "changes": changes_in_words(picture.step.changes) if is_revealed and is_yours else [],
    }


def changes_in_words(changes: dict[str, str]) -> list[str]:
    """Put into words what was chosen, such as *ember palette*."""
    return [VOCABULARY[name][value][0] for name, value in changes.items() if value in VOCABULARY.get(name, {})]
