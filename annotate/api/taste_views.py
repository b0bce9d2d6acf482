"""The JSON API of *Your taste*: each view parses, calls one flow, answers."""

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotate.api.taste_serializers import OwnTasteSerializer, taste_body
from annotate.api.views import ERRORS, rater_of
from annotate.flows import tastes

FILE_TYPE = "application/x-safetensors"


class OwnTasteView(APIView):
    """What was learned of a rater's taste."""

    @extend_schema(operation_id="my_taste", responses={200: OwnTasteSerializer, **ERRORS})
    def get(self, request: Request, slug: str) -> Response:
        """Tell what was learned, or why there is nothing to see yet; ask again to follow a worker."""
        participation = tastes.own_participation(rater=rater_of(request), slug=slug)
        return Response(taste_body(tastes.seen_taste(participation=participation)))

    @extend_schema(operation_id="refresh_my_taste", request=None, responses={202: OwnTasteSerializer, **ERRORS})
    def post(self, request: Request, slug: str) -> Response:
        """Have a worker write it where more is known by now. Answers as `GET` does."""
        participation = tastes.own_participation(rater=rater_of(request), slug=slug)
        tastes.refresh_own_taste(participation=participation)
        return Response(taste_body(tastes.seen_taste(participation=participation)), status=status.HTTP_202_ACCEPTED)


class TasteFileView(APIView):
    """A rater's taste to take along."""

    @extend_schema(operation_id="my_taste_file", responses={(200, FILE_TYPE): OpenApiTypes.BINARY, **ERRORS})
    def get(self, request: Request, slug: str) -> HttpResponse:
        """Send the taste as a file that a release of the same model opens; `docs/reward.md` says what is in it."""
        participation = tastes.own_participation(rater=rater_of(request), slug=slug)
        file = tastes.taste_file(participation=participation)
        headers = {"Content-Disposition": f'attachment; filename="{file.name}"', "Cache-Control": "no-store"}
        return HttpResponse(file.content, content_type=FILE_TYPE, headers=headers)
