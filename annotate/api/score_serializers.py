"""The shapes of requests for scores, for the documentation; `scoring.server.requests` reads and checks them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from scoring.server.limits import LONGEST_TEXT, MOST_IMAGES, MOST_PICTURES, MOST_RATERS
from scoring.server.requests import MOST_WIDTHS

TEXT = {"type": "string", "maxLength": LONGEST_TEXT, "pattern": r"^[^\x00]*$"}
NAMED = {"type": "string", "description": "An id, or the SHA-256 digest of the file."}
DESCRIBED = {
    "type": "object",
    "description": "One of `id`, `sha256`, `data` (base64) and `url`, and what is said of the picture.",
    "properties": dict.fromkeys(("id", "sha256", "data", "url", "prompt", "generator", "domain"), TEXT),
    "additionalProperties": False,
}


@extend_schema_field({"oneOf": [NAMED, DESCRIBED]})
class ScoredImageField(serializers.JSONField):
    """A picture to score."""


class ScoreRequestSerializer(serializers.Serializer[Any]):
    """Which pictures to score, and for whom; without a rater, for everybody."""

    study = serializers.CharField(required=False, help_text="Short name; may be left out where there is one model.")
    rater = serializers.CharField(
        required=False, help_text="Any name of theirs that pages and dumps show, or `everybody`."
    )
    raters = serializers.ListField(child=serializers.CharField(), required=False, min_length=1, max_length=MOST_RATERS)
    images = serializers.ListField(child=ScoredImageField(), min_length=1, max_length=MOST_IMAGES)
    k = serializers.FloatField(
        required=False, min_value=0, max_value=MOST_WIDTHS, help_text="Standard deviations of the lower bound; 1."
    )


class ScoreFormSerializer(serializers.Serializer[Any]):
    """Pictures as files, in order; prompts and other facts once for each of them, or not at all."""

    study = serializers.CharField(required=False)
    rater = serializers.ListField(child=serializers.CharField(), required=False, max_length=MOST_RATERS)
    images = serializers.ListField(child=serializers.FileField(), min_length=1, max_length=MOST_PICTURES)
    prompt = serializers.ListField(child=serializers.CharField(), required=False)
    generator = serializers.ListField(child=serializers.CharField(), required=False)
    domain = serializers.ListField(child=serializers.CharField(), required=False)
    k = serializers.CharField(required=False)


class ScoreSerializer(serializers.Serializer[Any]):
    """What the model expects of one picture, on the study's scale."""

    image = serializers.CharField(help_text="Its id as asked, or the SHA-256 digest of its file.")
    rater = serializers.CharField()
    mean = serializers.FloatField(help_text="Expected rating; it orders pictures and may lie beyond the scale.")
    rating = serializers.FloatField(help_text="The mean, at most as far as the ends of the scale.")
    sd = serializers.FloatField()
    lower = serializers.FloatField(help_text="mean - k sd.")
    percentile = serializers.FloatField(
        allow_null=True, help_text="Share of the study's pictures that this rater is expected to like less, 0 to 100."
    )
    prompt_judged = serializers.BooleanField(help_text="Whether the encoder's text tower read the prompt.")


class ScoreScaleSerializer(serializers.Serializer[Any]):
    """The ends of the scale that the scores are on."""

    min = serializers.FloatField()
    max = serializers.FloatField()


class KnownRaterSerializer(serializers.Serializer[Any]):
    """A rater, and how many ratings their taste was learned from."""

    rater = serializers.CharField()
    ratings = serializers.IntegerField()


class ScoresSerializer(serializers.Serializer[Any]):
    """The scores, the pictures of the first rater first, and the model version that gave them."""

    study = serializers.CharField()
    model_version = serializers.CharField()
    encoder = serializers.CharField()
    scale = ScoreScaleSerializer()
    k = serializers.FloatField()
    raters = KnownRaterSerializer(many=True)
    items = ScoreSerializer(many=True)
