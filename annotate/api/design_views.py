"""The table of what is compared, for scripts: each prompt with the pictures of its conditions becomes pairs or sets."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.api.serializers import StrictSerializer
from annotate.api.staff import StaffView
from annotate.api.views import ERRORS
from annotate.flows.imports import import_design
from ratings.selectors.studies import access_any_study

SHOWN = 50  # refused rows that are named


class DesignTableSerializer(StrictSerializer):
    """A table as CSV, JSON lines or Parquet."""

    table = serializers.FileField(help_text="Columns prompt, condition and image; group and rater if wanted.")


class DesignReportSerializer(serializers.Serializer[Any]):
    """What became of its rows."""

    created = serializers.IntegerField()
    known = serializers.IntegerField()
    refused = serializers.IntegerField()
    refusals = serializers.ListField(child=serializers.CharField(), help_text=f"Why, of the first {SHOWN}.")


class DesignTableView(StaffView):
    """What a study compares."""

    rights = {"POST": "ratings.add_image"}
    parser_classes = [MultiPartParser]

    @extend_schema(
        operation_id="import_pairs", request=DesignTableSerializer, responses={200: DesignReportSerializer, **ERRORS}
    )
    def post(self, request: Request, slug: str) -> Response:
        """Make pairs or sets of a table; running it twice changes nothing."""
        form = DesignTableSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        report = import_design(study=access_any_study(slug=slug), table=form.validated_data["table"])
        body = {
            "created": report.created,
            "known": report.known,
            "refused": len(report.rejected),
            "refusals": report.rejected[:SHOWN],
        }
        return Response(DesignReportSerializer(body).data)
