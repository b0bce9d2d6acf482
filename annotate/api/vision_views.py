"""The check of colour vision and screen for scripts: which plate is shown, its picture, and what is in it."""

from typing import Any

from django.http import Http404, HttpResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotate.api.serializers import BIGGEST_COUNT, StrictSerializer
from annotate.api.views import ERRORS, rater_of
from annotate.flows import raters
from annotate.plates import SIDE, plate_png
from ratings.models import Participation
from ratings.selectors.participations import access_own_part, access_participation
from ratings.selectors.vision import next_place, plate_of

PICTURE_TYPE = "image/png"


class ShownPlateSerializer(serializers.Serializer[Any]):
    """A picture with a number that is seen by who tells its colours or greys apart."""

    place = serializers.IntegerField(help_text="Names the plate; its answer gives it back.")
    url = serializers.CharField(help_text="Of the picture, a PNG; asked for as this call is.")
    width = serializers.IntegerField()
    height = serializers.IntegerField()


class VisionSerializer(serializers.Serializer[Any]):
    """How far the check is."""

    plate = ShownPlateSerializer(allow_null=True, help_text="To be answered next; null once nothing is left to check.")
    answered = serializers.IntegerField(help_text="Plates answered so far.")
    count = serializers.IntegerField(help_text="Plates in all; 0 in studies that check nothing.")
    end = serializers.CharField(allow_blank=True, help_text="`vision` where the check ended the part.")


class PlateAnswerSerializer(StrictSerializer):
    """What a rater says of a plate."""

    place = serializers.IntegerField(min_value=1, max_value=BIGGEST_COUNT)
    number = serializers.CharField(
        max_length=20, allow_null=True, help_text="What is read, in the digits of any script; null for no number."
    )


def own_part(request: Request, slug: str) -> Participation:
    """Find the asker's part in a study."""
    return access_own_part(key=access_participation(rater=rater_of(request), slug=slug))


def vision_body(participation: Participation) -> dict[str, Any]:
    """Say how far a rater is with the check; no number of a plate is in it."""
    study = participation.study
    place = None if participation.end else next_place(participation)
    return {
        "plate": None if place is None else shown_plate(study.slug, place),
        "answered": len(participation.vision or {}),
        "count": len(study.checked_places),
        "end": participation.end,
    }


def shown_plate(slug: str, place: int) -> dict[str, Any]:
    """Describe a plate."""
    return {
        "place": place,
        "url": reverse("api:plate", args=[slug, place]),
        "width": SIDE,
        "height": SIDE,
    }


class VisionView(APIView):
    """The check of colour vision and screen that comes before the first picture."""

    @extend_schema(operation_id="vision_check", responses={200: VisionSerializer, **ERRORS})
    def get(self, request: Request, slug: str) -> Response:
        """Tell which plate is shown, and how many there are; none where nothing is left to check."""
        return Response(vision_body(own_part(request, slug)))

    @extend_schema(
        operation_id="answer_plate", request=PlateAnswerSerializer, responses={200: VisionSerializer, **ERRORS}
    )
    def post(self, request: Request, slug: str) -> Response:
        """Answer the plate that is shown; sent once more, the first answer stands. Answers as `GET` does."""
        participation = own_part(request, slug)
        form = PlateAnswerSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        said = form.validated_data
        answered = raters.submit_shown_plate_answer(
            participation=participation, place=said["place"], said=said["number"]
        )
        return Response(vision_body(answered))


class PlateView(APIView):
    """The picture of a plate."""

    @extend_schema(operation_id="plate", responses={(200, PICTURE_TYPE): OpenApiTypes.BINARY, **ERRORS})
    def get(self, request: Request, slug: str, place: int) -> HttpResponse:
        """Draw a plate for the asker: the same at every call, and another number for everybody else."""
        participation = own_part(request, slug)
        if place not in participation.study.checked_places:
            raise Http404
        picture = plate_png(plate_of(participation=participation, place=place))
        return HttpResponse(picture, content_type=PICTURE_TYPE, headers={"Cache-Control": "no-store"})
