"""Flags about raters for scripts: list them, and decide on them."""

from django.utils.translation import gettext as staff_gettext
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.api.serializers import StrictSerializer
from annotate.api.staff import ListPages, StaffView, staff_of
from annotate.api.views import ERRORS
from annotate.flows import quality
from ratings.choices import FlagState
from ratings.exceptions import NotFoundError
from ratings.models import QualityFlag
from ratings.selectors.studies import access_any_study


class FlagSerializer(serializers.ModelSerializer[QualityFlag]):
    """A flag, and what was decided on it."""

    rater = serializers.UUIDField(source="participation.rater_id")
    participation = serializers.UUIDField(source="participation_id")
    decided_by = serializers.CharField(source="decided_by.username", default=None, allow_null=True)

    class Meta:
        """What is said of it."""

        model = QualityFlag
        fields = ("id", "rater", "participation", "reason", "finding", "state", "decided_by", "decided_at")


class DecisionSerializer(StrictSerializer):
    """What was decided on a flag."""

    state = serializers.ChoiceField(choices=FlagState.choices)


class FlagsView(StaffView):
    """The flags about those who take part in a study."""

    rights = {"GET": "ratings.view_qualityflag"}

    @extend_schema(
        operation_id="flags",
        responses={200: FlagSerializer(many=True), **ERRORS},
        description="List the flags, a page at a time: `next` is the address of the next one.",
    )
    def get(self, request: Request, slug: str) -> Response:
        """List the flags, a page at a time."""
        pages = ListPages()
        rows = QualityFlag.objects.filter(participation__study=access_any_study(slug=slug))
        found = pages.paginate_queryset(rows.select_related("participation", "decided_by"), request, view=self)
        return pages.get_paginated_response(FlagSerializer(found, many=True).data)


class FlagView(StaffView):
    """One flag."""

    rights = {"POST": "ratings.change_qualityflag"}

    @extend_schema(operation_id="decide_flag", request=DecisionSerializer, responses={200: FlagSerializer, **ERRORS})
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Confirm or dismiss a flag, or open it again."""
        study = access_any_study(slug=slug)
        form = DecisionSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        flag = QualityFlag.objects.filter(pk=number, participation__study=study).first()
        if flag is None:
            raise NotFoundError(staff_gettext("{slug} has no flag {number}.").format(slug=study.slug, number=number))
        decided = quality.decide_flag(flag=flag, state=form.validated_data["state"], actor=staff_of(request))
        return Response(FlagSerializer(decided).data)
