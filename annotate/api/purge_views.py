"""Pictures that must not be here, for scripts: count where one is kept, and purge it."""

from typing import Any

from django.utils.translation import gettext as staff_gettext
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.api.serializers import StrictSerializer
from annotate.api.staff import StaffView, staff_of
from annotate.api.views import ERRORS
from annotate.flows.pictures import purge_image
from ratings.choices import PurgedRatings
from ratings.models.image import SHOWN_DIGITS
from ratings.selectors.purges import OUT_OF_REACH, digest_meant, purge_plan

MEANT = "Its id, its SHA-256 or the beginning of that; a whole SHA-256 need not be here."


class MeantPictureSerializer(StrictSerializer):
    """A picture of the installation."""

    image = serializers.CharField(max_length=300, help_text=MEANT)


class PurgeSerializer(MeantPictureSerializer):
    """A picture to be purged, what becomes of its ratings, and the digits that confirm it."""

    ratings = serializers.ChoiceField(choices=PurgedRatings.choices)
    words = serializers.CharField(max_length=500, default="", allow_blank=True)
    confirm = serializers.CharField(
        max_length=64, help_text=f"The first {SHOWN_DIGITS} digits of its SHA-256, as the plan names it."
    )


class PurgePlanSerializer(serializers.Serializer[Any]):
    """Where a picture is kept, counted by place."""

    sha256 = serializers.CharField()
    places = serializers.DictField(child=serializers.IntegerField())
    out_of_reach = serializers.CharField()


class PurgeView(StaffView):
    """A picture that is to go from everywhere within reach."""

    rights = {"GET": "ratings.delete_image", "POST": "ratings.delete_image"}

    @extend_schema(
        operation_id="purge_plan",
        parameters=[OpenApiParameter("image", str, required=True, description=MEANT)],
        responses={200: PurgePlanSerializer, **ERRORS},
    )
    def get(self, request: Request) -> Response:
        """Count every place that holds a picture, and change nothing."""
        form = MeantPictureSerializer(data=request.query_params.dict())
        form.is_valid(raise_exception=True)
        return Response(plan_of(digest_meant(name=form.validated_data["image"])))

    @extend_schema(operation_id="purge_image", request=PurgeSerializer, responses={200: PurgePlanSerializer, **ERRORS})
    def post(self, request: Request) -> Response:
        """Purge a picture for good and refuse it from now on; a worker removes its files. Says what there was."""
        form = PurgeSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        wanted: dict[str, Any] = form.validated_data
        sha256 = digest_meant(name=wanted["image"])
        require_confirmation(sha256=sha256, typed=wanted["confirm"])
        there_was = plan_of(sha256)
        purge_image(sha256=sha256, ratings=wanted["ratings"], words=wanted["words"], actor=staff_of(request))
        return Response(there_was)


def plan_of(sha256: str) -> dict[str, Any]:
    """Give the places of a picture as the answer has them."""
    plan = purge_plan(sha256=sha256)
    return PurgePlanSerializer({"sha256": sha256, "places": plan.counts, "out_of_reach": OUT_OF_REACH}).data


def require_confirmation(*, sha256: str, typed: str) -> None:
    """Refuse the digits of another picture."""
    if typed.strip().lower() not in {sha256[:SHOWN_DIGITS], sha256}:
        raise serializers.ValidationError(
            {
                "confirm": staff_gettext("Nothing was changed: give {digits}, the first digits of its SHA-256.").format(
                    digits=sha256[:SHOWN_DIGITS]
                )
            }
        )
