"""The audit log for scripts: who did what, when, to what."""

from typing import Any

from django.db.models import Q
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.api.serializers import StrictSerializer
from annotate.api.staff import ListPages, StaffView, staff_of
from annotate.api.views import ERRORS
from annotate.flows.access import acts_about, visible_rows
from ratings.models import AuditEntry


class AuditFilterSerializer(StrictSerializer):
    """Which acts are asked for; what is left out restricts nothing."""

    study = serializers.SlugField(required=False)
    person = serializers.CharField(required=False, max_length=150)
    act = serializers.CharField(required=False, max_length=60)
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)
    cursor = serializers.CharField(required=False)
    page_size = serializers.IntegerField(required=False, min_value=1, max_value=ListPages.max_page_size)

    def rule(self) -> Q:
        """Give the condition on entries."""
        asked: dict[str, Any] = self.validated_data
        places = {"person": "actor__username", "act": "action", "since": "created_at__gte", "until": "created_at__lt"}
        found = Q(**{place: asked[name] for name, place in places.items() if name in asked})
        if "study" in asked:
            found &= acts_about(asked["study"])
        return found


class AuditEntrySerializer(serializers.ModelSerializer[AuditEntry]):
    """One act."""

    person = serializers.CharField(source="actor.username", default=None, allow_null=True, help_text="None: the system")
    act = serializers.CharField(source="action")

    class Meta:
        """What is said of it."""

        model = AuditEntry
        fields = ("id", "created_at", "act", "target", "person", "detail")


class AuditView(StaffView):
    """The acts that the person may see: all, or their own and those in their studies."""

    rights = {"GET": "ratings.view_auditentry"}

    @extend_schema(
        operation_id="audit",
        parameters=[OpenApiParameter(name) for name in ("study", "person", "act", "since", "until")],
        responses={200: AuditEntrySerializer(many=True), **ERRORS},
        description="List acts, the oldest first, a page at a time: `next` is the address of the next one.",
    )
    def get(self, request: Request) -> Response:
        """List acts, the oldest first, a page at a time."""
        asked = AuditFilterSerializer(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        pages = ListPages()
        rows = visible_rows(AuditEntry.objects.filter(asked.rule()), person=staff_of(request))
        found = pages.paginate_queryset(rows.select_related("actor"), request, view=self)
        return pages.get_paginated_response(AuditEntrySerializer(found, many=True).data)
