"""The quality of a study's answers for scripts: have it measured, and read the figures."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.api.staff import StaffView
from annotate.api.views import ERRORS
from annotate.flows.quality import request_report
from ratings.selectors.quality import is_being_measured, last_failure, newest_report
from ratings.selectors.studies import access_any_study


class QualitySerializer(serializers.Serializer[Any]):
    """The newest figures of a study, and whether newer ones come."""

    measured_at = serializers.DateTimeField(allow_null=True)
    figures = serializers.DictField(help_text="As the quality page shows them; empty before the first measurement.")
    is_being_measured = serializers.BooleanField()
    error = serializers.CharField(help_text="Of the last measurement, if it failed.")


def quality_of(slug: str) -> dict[str, Any]:
    """Read what is known of a study's quality."""
    study = access_any_study(slug=slug)
    report, failure = newest_report(study=study), last_failure(study=study)
    return {
        "measured_at": report.finished_at if report else None,
        "figures": report.figures if report else {},
        "is_being_measured": is_being_measured(study=study),
        "error": failure.error if failure else "",
    }


class QualityView(StaffView):
    """How the answers of a study were given."""

    rights = {"GET": "ratings.view_qualityflag", "POST": "ratings.change_qualityflag"}

    @extend_schema(operation_id="quality", responses={200: QualitySerializer, **ERRORS})
    def get(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Give the newest figures; the flags that were raised by them are under `flags`."""
        return Response(QualitySerializer(quality_of(slug)).data)

    @extend_schema(operation_id="measure_quality", request=None, responses={202: QualitySerializer, **ERRORS})
    def post(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Have a worker measure, unless one is at it."""
        request_report(study=access_any_study(slug=slug))
        return Response(QualitySerializer(quality_of(slug)).data, status=status.HTTP_202_ACCEPTED)
