"""The consent of a study for scripts: begun from a ready text; and what raters saw of its texts, by version."""

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.api.serializers import StrictSerializer
from annotate.api.staff import ListPages, StaffView, staff_of
from annotate.api.views import ERRORS
from annotate.flows.studies import write_template
from ratings.choices import ConsentKind
from ratings.models import TextVersion
from ratings.selectors.studies import access_any_study
from ratings.selectors.text_versions import readers_of
from ratings.selectors.texts import consent_texts_to_write
from ratings.values.languages import LANGUAGES


class ConsentTemplateSerializer(StrictSerializer):
    """Which template, in which of the study's languages, and whether it takes the place of what is written."""

    kind = serializers.ChoiceField(choices=ConsentKind.choices)
    languages = serializers.ListField(
        child=serializers.ChoiceField(choices=list(LANGUAGES.items())),
        max_length=len(LANGUAGES),
        default=list,
        help_text="Of the study; empty for all of them.",
    )
    replaces = serializers.BooleanField(
        default=False, help_text="false fills empty texts only, so that asking again changes nothing."
    )


class WrittenTextsSerializer(serializers.Serializer[Any]):
    """What was written."""

    texts = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()), help_text="The fields, by language."
    )


class ConsentTemplateView(StaffView):
    """The ready texts of a consent."""

    rights = {"POST": "ratings.change_study"}

    @extend_schema(
        operation_id="write_consent_template",
        request=ConsentTemplateSerializer,
        responses={200: WrittenTextsSerializer, **ERRORS},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Write a template into a study's consent; its gaps and places are to be filled before the study opens."""
        study = access_any_study(slug=slug)
        form = ConsentTemplateSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        wanted: dict[str, Any] = form.validated_data
        languages = wanted["languages"] or study.languages
        texts = consent_texts_to_write(study=study, languages=languages, replaces=wanted["replaces"])
        named = {code: names for code, names in texts.items() if names or code not in study.languages}
        if named:
            write_template(study=study, kind=ConsentKind(wanted["kind"]), texts=named, actor=staff_of(request))
        return Response(WrittenTextsSerializer({"texts": named}).data)


class TextReadersSerializer(serializers.Serializer[Any]):
    """How many saw a version in a language, and agreed to it."""

    language = serializers.CharField()
    seen = serializers.IntegerField()
    agreed = serializers.IntegerField()


class TextVersionSerializer(serializers.ModelSerializer[TextVersion]):
    """All that a study said to raters and asked of them at one time."""

    readers = serializers.SerializerMethodField()

    class Meta:
        """What is said of it."""

        model = TextVersion
        fields = ("number", "consent_version", "digest", "note", "created_at", "sealed_at", "content", "readers")

    @extend_schema_field(TextReadersSerializer(many=True))
    def get_readers(self, version: TextVersion) -> list[dict[str, Any]]:
        """Count who saw it, by language."""
        return [asdict(one) for one in self.context["readers"].get(version.pk, [])]


class TextVersionsView(StaffView):
    """The versions of a study's texts."""

    rights = {"GET": "ratings.view_study"}

    @extend_schema(
        operation_id="text_versions",
        responses={200: TextVersionSerializer(many=True), **ERRORS},
        description="List the versions of a study's texts, the oldest first, a page at a time.",
    )
    def get(self, request: Request, slug: str) -> Response:
        """List the versions of a study's texts, the oldest first, with how many saw and agreed to each."""
        study, pages = access_any_study(slug=slug), ListPages()
        rows = pages.paginate_queryset(study.text_versions.all(), request, view=self) or []
        said = TextVersionSerializer(rows, many=True, context={"readers": readers_of(study=study)})
        return pages.get_paginated_response(said.data)
