"""Dumps and models sent to the Hugging Face Hub, for scripts: have one sent, and see how that went."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.api.serializers import StrictSerializer
from annotate.api.staff import StaffView, staff_of
from annotate.api.training_views import version_of
from annotate.api.views import ERRORS
from annotate.flows.hub import request_push
from ratings.models import Dump
from ratings.selectors.dumps import access_dump
from ratings.selectors.studies import access_any_study
from scoring.models import HubPush, ModelVersion


class PushRequestSerializer(StrictSerializer):
    """Where to, and who may see it there."""

    repository = serializers.CharField(max_length=200, help_text="As owner/name; made unless it is there.")
    is_public = serializers.BooleanField(default=False, help_text="What is public once cannot be called back.")


class PushSerializer(serializers.ModelSerializer[HubPush]):
    """What is on its way, or where it lies."""

    class Meta:
        """What is said of it."""

        model = HubPush
        fields = ("id", "state", "progress", "repository", "is_public", "address", "error", "created_at", "finished_at")


def answer_with_pushes(pushes: QuerySet[HubPush]) -> Response:
    """Answer with pushes, the newest first."""
    return Response(PushSerializer(pushes.order_by("-pk"), many=True).data)


def send(*, content: Dump | ModelVersion, request: Request) -> Response:
    """Ask for a push in the name of who calls."""
    form = PushRequestSerializer(data=request.data)
    form.is_valid(raise_exception=True)
    push = request_push(content=content, actor=staff_of(request), **form.validated_data)
    return Response(PushSerializer(push).data, status=status.HTTP_202_ACCEPTED)


class DumpPushesView(StaffView):
    """Where a dump was sent."""

    rights = {"GET": "ratings.add_dump", "POST": "ratings.add_dump"}

    @extend_schema(operation_id="dump_pushes", responses={200: PushSerializer(many=True), **ERRORS})
    def get(self, request: Request, slug: str, version: int) -> Response:  # noqa: ARG002
        """List where a dump was sent, the newest first."""
        return answer_with_pushes(HubPush.objects.filter(dump=access_dump(slug=slug, version=version)))

    @extend_schema(operation_id="push_dump", request=PushRequestSerializer, responses={202: PushSerializer, **ERRORS})
    def post(self, request: Request, slug: str, version: int) -> Response:
        """Have a worker send a dump to the Hub; while that goes on, asking again gives the same push."""
        return send(content=access_dump(slug=slug, version=version), request=request)


class VersionPushesView(StaffView):
    """Where a version of a study's model was sent."""

    rights = {"GET": "scoring.view_modelversion", "POST": "scoring.change_modelversion"}

    @extend_schema(operation_id="version_pushes", responses={200: PushSerializer(many=True), **ERRORS})
    def get(self, request: Request, slug: str, number: int) -> Response:  # noqa: ARG002
        """List where a version was sent, the newest first."""
        version = version_of(access_any_study(slug=slug), number=number)
        return answer_with_pushes(HubPush.objects.filter(version=version))

    @extend_schema(
        operation_id="push_version", request=PushRequestSerializer, responses={202: PushSerializer, **ERRORS}
    )
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Have a worker send a version to the Hub, as a release; asking again meanwhile gives the same push."""
        return send(content=version_of(access_any_study(slug=slug), number=number), request=request)
