"""A study and its counterpart on Prolific, for scripts: which one, what may be done there, and both brought in step."""

from typing import Any

from django.utils.translation import gettext as staff_gettext
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.api.serializers import StrictSerializer
from annotate.api.staff import StaffView, staff_of
from annotate.api.views import ERRORS
from annotate.flows.prolific import delete_prolific, set_prolific, update_from_prolific
from ratings.exceptions import NotFoundError
from ratings.models import ProlificStudy, Study
from ratings.selectors.studies import access_any_study

SETTINGS = ("remote_id", "approves", "asks_return", "checks")


class ProlificSettingsSerializer(StrictSerializer):
    """Which study of Prolific, and what may be done there; what is left out stays, or is false at first."""

    remote_id = serializers.CharField(max_length=60, help_text="The last part of its address on Prolific.")
    approves = serializers.BooleanField(required=False, help_text="Approve by rule, which pays.")
    asks_return = serializers.BooleanField(required=False, help_text="Ask those to return who have not finished.")
    checks = serializers.BooleanField(required=False, help_text="Let in only who has a submission under way there.")


class ProlificSerializer(serializers.ModelSerializer[ProlificStudy]):
    """The counterpart of a study, and the last look at it."""

    class Meta:
        """What is said of it."""

        model = ProlificStudy
        fields = (*SETTINGS, "checked_at", "counts", "approved", "returns_asked", "let_in", "let_in_at", "error")


class SyncReportSerializer(serializers.Serializer[Any]):
    """What became of the submissions of one look."""

    approved = serializers.IntegerField()
    returns = serializers.IntegerField(help_text="Asked for.")
    freed = serializers.IntegerField(help_text="Places given back.")
    statuses = serializers.DictField(child=serializers.IntegerField())
    unknown = serializers.IntegerField(help_text="Of people who never took part here.")
    is_cut = serializers.BooleanField(help_text="Whether there are more than were read.")


class ProlificView(StaffView):
    """Which study of Prolific belongs to one of ours."""

    rights = {
        "GET": "ratings.view_prolificstudy",
        "PUT": "ratings.change_prolificstudy",
        "DELETE": "ratings.delete_prolificstudy",
    }

    @extend_schema(operation_id="prolific", responses={200: ProlificSerializer, **ERRORS})
    def get(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Say which it is, what may be done there, and how far the two are in step."""
        return Response(ProlificSerializer(access_prolific(access_any_study(slug=slug))).data)

    @extend_schema(
        operation_id="set_prolific", request=ProlificSettingsSerializer, responses={200: ProlificSerializer, **ERRORS}
    )
    def put(self, request: Request, slug: str) -> Response:
        """Say which it is, and what may be done there."""
        form = ProlificSettingsSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        row = set_prolific(study=access_any_study(slug=slug), terms=form.validated_data, actor=staff_of(request))
        return Response(ProlificSerializer(row).data)

    @extend_schema(operation_id="forget_prolific", responses={204: None, **ERRORS})
    def delete(self, request: Request, slug: str) -> Response:
        """Let the study belong to none of Prolific's any more."""
        delete_prolific(study=access_any_study(slug=slug), actor=staff_of(request))
        return Response(status=204)


class ProlificReadView(StaffView):
    """A look at the submissions on Prolific."""

    rights = {"POST": "ratings.change_prolificstudy"}

    @extend_schema(operation_id="read_prolific", request=None, responses={200: SyncReportSerializer, **ERRORS})
    def post(self, request: Request, slug: str) -> Response:
        """Read the submissions now, approve and give back by rule; nobody is rejected."""
        report = update_from_prolific(study=access_any_study(slug=slug), actor=staff_of(request))
        return Response(SyncReportSerializer(report).data)


def access_prolific(study: Study) -> ProlificStudy:
    """Give the counterpart of a study; raises `NotFoundError`."""
    row = ProlificStudy.objects.filter(study=study).first()
    if row is None:
        raise NotFoundError(staff_gettext("{slug} names no study of Prolific.").format(slug=study.slug))
    return row
