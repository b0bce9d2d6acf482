"""Those who take part in a study, for scripts: the list, the table for the platform, and where people were lost."""

from typing import Any

from django.db.models import Count, Q
from django.http import StreamingHttpResponse
from django.utils.translation import gettext as staff_gettext
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.api.serializers import StrictSerializer
from annotate.api.staff import ListPages, StaffView, staff_of
from annotate.api.views import ERRORS
from annotate.flows.participants import export_participants
from annotate.flows.raters import may_withdraw, withdraw
from ratings.choices import FlagState, ParticipationState
from ratings.models import Participation, Study
from ratings.selectors.named_raters import access_participation_by_name
from ratings.selectors.participants import MISSED, OPEN, ParticipantFilter, attrition, participants
from ratings.selectors.studies import access_any_study


class ParticipantSerializer(serializers.ModelSerializer[Participation]):
    """One who takes part; `pay` follows the rule by which submissions are approved, and rejects nobody."""

    rater = serializers.UUIDField(source="rater_id")
    flags = serializers.IntegerField(source="flag_count", help_text="Flags that were raised or confirmed.")
    end = serializers.CharField(source="facts.end", help_text="How the part ended; blank while it goes on.")
    minutes = serializers.FloatField(source="facts.minutes", allow_null=True)
    checks = serializers.IntegerField(source="facts.checks", help_text="Attention checks that were answered.")
    checks_passed = serializers.IntegerField(source="facts.checks_passed")
    pay = serializers.CharField(source="facts.pay", help_text="pay, look or unfinished")
    reason = serializers.CharField(source="facts.reason")

    class Meta:
        """What is said of them."""

        model = Participation
        fields = (
            *("id", "rater", "external_id", "external_session", "state", "end", "done", "quota", "created_at"),
            *("last_seen_at", "completed_at", "minutes", "checks", "checks_passed", "flags", "pay", "reason"),
        )


class ParticipantFilterSerializer(StrictSerializer):
    """Which of them are listed."""

    external_id = serializers.CharField(default="", max_length=200)
    state = serializers.ChoiceField(choices=ParticipationState.choices, default="")
    flags = serializers.ChoiceField(choices=[OPEN, "none"], default="")
    checks = serializers.ChoiceField(choices=[MISSED, "none"], default="")


FILTERS = [
    OpenApiParameter("external_id", str, description="the id, or how it begins"),
    OpenApiParameter("state", str, enum=ParticipationState.values),
    OpenApiParameter("flags", str, enum=[OPEN, "none"], description="flags that nobody dismissed"),
    OpenApiParameter("checks", str, enum=[MISSED, "none"], description="checks answered otherwise than asked"),
]
OF_PAGES = {"cursor", "page_size"}


class ParticipantsView(StaffView):
    """Those who take part in a study."""

    rights = {"GET": "ratings.view_participation"}

    @extend_schema(
        operation_id="participants",
        parameters=FILTERS,
        responses={200: ParticipantSerializer(many=True), **ERRORS},
        description="List those who take part, a page at a time: `next` is the address of the next one.",
    )
    def get(self, request: Request, slug: str) -> Response:
        """List those who take part, a page at a time."""
        study, pages = access_any_study(slug=slug), ListPages()
        asked = {name: value for name, value in request.query_params.items() if name not in OF_PAGES}
        form = ParticipantFilterSerializer(data=asked)
        form.is_valid(raise_exception=True)
        rows = study.participations.annotate(
            flag_count=Count("flags", filter=~Q(flags__state=FlagState.DISMISSED), distinct=True)
        )
        found = pages.paginate_queryset(ParticipantFilter(**form.validated_data).narrowed(rows), request, view=self)
        return pages.get_paginated_response(ParticipantSerializer(with_facts(study, found or []), many=True).data)


def with_facts(study: Study, parts: list[Any]) -> list[Any]:
    """Add to some parts what their table says of them."""
    rows = Participation.objects.filter(pk__in=[part.pk for part in parts])
    in_order = sorted(parts, key=lambda part: (part.created_at, part.pk))
    for part, facts in zip(in_order, participants(study=study, rows=rows), strict=True):
        part.facts = facts
    return parts


class ParticipantView(StaffView):
    """One who takes part."""

    rights = {"DELETE": "ratings.delete_rater"}

    @extend_schema(operation_id="withdraw_rater", responses={204: None, **ERRORS})
    def delete(self, request: Request, slug: str, rater: str) -> Response:
        """Withdraw a rater, by any name that pages show: all they gave is deleted, in every study of theirs."""
        person = staff_of(request)
        meant = access_participation_by_name(study=access_any_study(slug=slug), name=rater).rater
        if not may_withdraw(person=person, rater=meant.pk):
            raise PermissionDenied(
                staff_gettext("This rater takes part in studies in which you may not withdraw anybody.")
            )
        withdraw(rater=meant, actor=person)
        return Response(status=status.HTTP_204_NO_CONTENT)


class ParticipantsTableView(StaffView):
    """The table by which a platform pays."""

    rights = {"POST": "ratings.view_participation"}

    @extend_schema(
        operation_id="participants_table",
        request=None,
        responses={200: OpenApiResponse(OpenApiTypes.STR, description="A table as CSV."), **ERRORS},
    )
    def post(self, request: Request, slug: str) -> StreamingHttpResponse:
        """Give all who take part as CSV, with the decision on their pay; the log keeps that it was given."""
        lines = export_participants(study=access_any_study(slug=slug), actor=staff_of(request))
        return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")


class AttritionSerializer(serializers.Serializer[Any]):
    """How many came past each step, and how many left, by how."""

    steps = serializers.DictField(child=serializers.IntegerField())
    visits = serializers.ListField(child=serializers.DictField(), help_text="By day and language.")


class AttritionView(StaffView):
    """Where people were lost on the way."""

    rights = {"GET": "ratings.view_participation"}

    @extend_schema(operation_id="attrition", responses={200: AttritionSerializer, **ERRORS})
    def get(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Count who visited, consented, practised, began, finished, was excluded, and how others ended."""
        study = access_any_study(slug=slug)
        visits = study.visit_counts.order_by("day", "language").values("day", "language", "count")
        return Response(AttritionSerializer({"steps": attrition(study=study), "visits": list(visits)}).data)
