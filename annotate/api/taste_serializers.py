"""The shapes that the calls of *Your taste* give."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from annotate.api.serializers import LeasedImageSerializer, described_image
from annotate.flows.tastes import SeenTaste
from scoring.prompts.traits import theme_of
from scoring.selectors.trait_words import MEASURED_WORDS, THEME_WORDS, words_of_trait

STATES = ("ready", "waiting", "learning", "too_few", "failed", "not_agreed", "off")
FIGURES = ("expected", "sd", "said", "difference", "low", "high")


class TastePictureSerializer(serializers.Serializer[Any]):
    """One picture of the study; figures are null while the rater may still rate, so that they sway nobody."""

    image = LeasedImageSerializer()
    expected = serializers.FloatField(allow_null=True, help_text="Rating that is expected of the rater.")
    sd = serializers.FloatField(allow_null=True, help_text="Standard deviation of one rating.")
    said = serializers.FloatField(allow_null=True, help_text="What the rater said of it, if they rated it.")
    is_more = serializers.BooleanField(
        allow_null=True, help_text="Liked more than others do, or less; of `further` only."
    )
    difference = serializers.FloatField(allow_null=True, help_text="How much more than others; of `further` only.")
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)


class TasteStatementSerializer(serializers.Serializer[Any]):
    """Something that the rater surely likes more, or less, than others do: its interval of 95 % leaves zero out.

    The figures are null while the rater may still rate.
    """

    theme = serializers.CharField(help_text="light, colour, composition, medium or subject")
    theme_words = serializers.CharField()
    trait = serializers.CharField(help_text="Stable name, such as lighting:golden.")
    words = serializers.CharField(help_text="In the language of the request.")
    is_more = serializers.BooleanField()
    difference = serializers.FloatField(allow_null=True, help_text="In points of the scale, without its sign.")
    low = serializers.FloatField(allow_null=True, help_text="The least that it may be.")
    high = serializers.FloatField(allow_null=True, help_text="The most that it may be.")


class TasteLevelSerializer(serializers.Serializer[Any]):
    """How much higher than others the rater rates on average."""

    difference = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class TastePredictionSerializer(serializers.Serializer[Any]):
    """How well the rater is predicted on pictures that were kept from the model."""

    pictures = serializers.IntegerField(help_text="Of the rater's, kept from the model.")
    pairs = serializers.IntegerField(required=False, help_text="Of those, rated differently.")
    share = serializers.FloatField(required=False, help_text="Of the pairs, expected in the rater's order.")
    low = serializers.FloatField(required=False)
    high = serializers.FloatField(required=False)
    everybody = serializers.FloatField(required=False, help_text="The share that goes by what everybody likes.")
    error = serializers.FloatField(required=False, help_text="How far off the scale the expected ratings are.")


class TasteReportSerializer(serializers.Serializer[Any]):
    """What was learned of a rater's taste."""

    computed_at = serializers.DateTimeField()
    ratings = serializers.IntegerField(help_text="That it was learned from.")
    model_version = serializers.CharField()
    loved = TastePictureSerializer(many=True)
    disliked = TastePictureSerializer(many=True)
    further = TastePictureSerializer(many=True, help_text="Surely liked more than others do, then surely less.")
    statements = TasteStatementSerializer(many=True)
    traits = serializers.IntegerField(help_text="Properties of pictures that were looked at; most say nothing surely.")
    level = TasteLevelSerializer(allow_null=True, help_text="Null while the rater may still rate.")
    prediction = TastePredictionSerializer(allow_null=True, help_text="Null while the rater may still rate.")


class OwnTasteSerializer(serializers.Serializer[Any]):
    """Whether a rater may see their taste now, and what there is to see."""

    state = serializers.ChoiceField(choices=STATES)
    sentence = serializers.CharField(allow_blank=True)
    is_outdated = serializers.BooleanField(help_text="More is known: `POST` here has a worker write it.")
    has_figures = serializers.BooleanField(
        help_text="Whether the rater gives no more ratings: then the figures and the file are theirs to see."
    )
    report = TasteReportSerializer(allow_null=True)


def taste_body(found: SeenTaste) -> dict[str, Any]:
    """Describe everything."""
    shown = found.shown
    return {
        "state": shown.code,
        "sentence": shown.sentence,
        "is_outdated": shown.is_outdated,
        "has_figures": shown.has_figures,
        "report": report_body(found) if shown.profile else None,
    }


def report_body(found: SeenTaste) -> dict[str, Any]:
    """Describe what was learned."""
    profile = found.shown.profile
    assert profile is not None  # noqa: S101 - asked for by who has seen that there is one
    report, has_figures = profile.report, found.shown.has_figures
    return {
        "computed_at": profile.finished_at,
        "ratings": profile.rating_count,
        "model_version": str(profile.model_version),
        **{part: pictures(report[part], found) for part in ("loved", "disliked", "further")},
        "statements": [statement_body(one, has_figures=has_figures) for one in report["statements"]],
        "traits": report["traits"],
        "level": report["level"] if has_figures else None,
        "prediction": report["prediction"] if has_figures else None,
    }


def pictures(named: list[dict[str, Any]], found: SeenTaste) -> list[dict[str, Any]]:
    """Describe the pictures that are still there."""
    return [
        {
            "image": {**described_image(found.images[one["image"]]), "alt": ""},
            "is_more": one["difference"] > 0 if "difference" in one else None,
            **{name: one.get(name) if found.shown.has_figures else None for name in FIGURES},
        }
        for one in named
        if one["image"] in found.images
    ]


def statement_body(one: Mapping[str, Any], *, has_figures: bool) -> dict[str, Any]:
    """Describe a statement; how much less counts without its sign, so that the least comes first."""
    is_more, theme = one["difference"] > 0, theme_of(one["trait"])
    low, high = (one["low"], one["high"]) if is_more else (-one["high"], -one["low"])
    return {
        "theme": theme,
        "theme_words": str(THEME_WORDS[theme]),
        "trait": one["trait"],
        "words": words_of_trait(trait=one["trait"], is_more=is_more),
        "is_more": is_more or one["trait"] in MEASURED_WORDS,
        "difference": abs(one["difference"]) if has_figures else None,
        "low": low if has_figures else None,
        "high": high if has_figures else None,
    }
