"""Dumps for scripts: ask for one, watch it, fetch its files with ranges."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.api.fact_serializers import given_fact, serializer_of
from annotate.api.serializers import StrictSerializer
from annotate.api.staff import StaffView, staff_of
from annotate.api.views import ERRORS
from annotate.downloads import file_response, logged
from annotate.flows import dumps
from ratings.choices import DumpFormat
from ratings.models import Dump
from ratings.selectors.dumps import access_dump, dump_file, with_withdrawals
from ratings.selectors.studies import access_any_study
from ratings.stores.folders import dump_store
from ratings.values.dump_filters import DumpFilters

MAY_EXPORT = {"GET": "ratings.add_dump", "POST": "ratings.add_dump"}


FilterSerializer = serializer_of(DumpFilters, base=StrictSerializer)


class DumpRequestSerializer(FilterSerializer):  # type: ignore[misc, valid-type]  # made of the filters
    """What a dump should hold; each field but the format is a filter."""

    format = serializers.ChoiceField(choices=DumpFormat.choices, default=DumpFormat.PARQUET)


class DumpFileSerializer(serializers.Serializer[Any]):
    """One file of a dump."""

    path = serializers.CharField()
    bytes = serializers.IntegerField()
    sha256 = serializers.CharField()


class DumpSerializer(serializers.Serializer[Any]):
    """A dump and how far it is; the files appear once it is ready."""

    study = serializers.CharField(source="study.slug")
    version = serializers.IntegerField()
    format = serializers.CharField()
    state = serializers.CharField()
    progress = serializers.FloatField()
    rows = serializers.IntegerField(source="row_count")
    filters = serializers.JSONField()
    withdrawn_since = serializers.IntegerField(
        help_text="Raters of the installation who withdrew since: if there are any, make a new dump before sharing one."
    )
    note = serializers.SerializerMethodField()
    error = serializers.CharField()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    files = serializers.SerializerMethodField()

    def get_note(self, dump: Dump) -> str:
        """Say why a dump is empty."""
        return str(dump.manifest.get("note", ""))

    @extend_schema_field(DumpFileSerializer(many=True))
    def get_files(self, dump: Dump) -> list[dict[str, Any]]:
        """List the files with their checksums."""
        files: list[dict[str, Any]] = dump.manifest.get("files", [])
        return files


def described(dumps: "QuerySet[Dump]") -> Any:
    """Give the facts of dumps, with what has happened since."""
    return DumpSerializer(with_withdrawals(dumps=dumps.select_related("study")), many=True).data


def described_one(dump: Dump) -> Any:
    """Give the facts of one dump."""
    return described(Dump.objects.filter(pk=dump.pk))[0]


class DumpsView(StaffView):
    """The dumps of a study."""

    rights = MAY_EXPORT

    @extend_schema(operation_id="dumps", responses={200: DumpSerializer(many=True), **ERRORS})
    def get(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """List a study's dumps, the newest first."""
        return Response(described(Dump.objects.filter(study=access_any_study(slug=slug))))

    @extend_schema(operation_id="make_dump", request=DumpRequestSerializer, responses={202: DumpSerializer, **ERRORS})
    def post(self, request: Request, slug: str) -> Response:
        """Ask for a dump; a worker writes it."""
        form = DumpRequestSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        wanted = dict(form.validated_data)
        dump_format = wanted.pop("format")
        study = access_any_study(slug=slug)
        dump = dumps.request_dump(
            study=study, dump_format=dump_format, filters=given_fact(DumpFilters, wanted), actor=staff_of(request)
        )
        return Response(described_one(dump), status=status.HTTP_202_ACCEPTED)


class DumpView(StaffView):
    """One dump."""

    rights = MAY_EXPORT

    @extend_schema(operation_id="dump", responses={200: DumpSerializer, **ERRORS})
    def get(self, request: Request, slug: str, version: int) -> Response:  # noqa: ARG002
        """Tell how far a dump is, and which files it has."""
        return Response(described_one(access_dump(slug=slug, version=version)))

    @extend_schema(operation_id="retry_dump", request=None, responses={202: DumpSerializer, **ERRORS})
    def post(self, request: Request, slug: str, version: int) -> Response:
        """Have a worker write a failed dump again, under its version and with its filters."""
        again = dumps.retry_dump(dump=access_dump(slug=slug, version=version), actor=staff_of(request))
        return Response(described_one(again), status=status.HTTP_202_ACCEPTED)


class DumpFileView(StaffView):
    """A file of a dump."""

    rights = MAY_EXPORT

    @extend_schema(
        operation_id="dump_file",
        responses={
            (200, "application/octet-stream"): OpenApiTypes.BINARY,
            302: OpenApiResponse(description="Where the file lies in the bucket; the address holds for an hour."),
            **ERRORS,
        },
    )
    def get(self, request: Request, slug: str, version: int, name: str) -> HttpResponseBase:
        """Send a file, or the part that a Range header asks for; where files lie in a bucket, its address there."""
        dump = access_dump(slug=slug, version=version)
        answer = file_response(request=request, store=dump_store(), name=dump_file(dump=dump, name=name))
        return logged(request=request, answer=answer, target=dump.name_in_log, file=name)
