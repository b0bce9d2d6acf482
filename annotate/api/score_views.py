"""Scores for other programs: pictures that are here are scored at once, others by the reward server."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotate.api import score_serializers
from annotate.api.authentication import ScoreTokenAuthentication
from annotate.api.permissions import IsCaller
from annotate.api.reward_proxy import pass_on
from annotate.api.views import ERRORS
from annotate.flows import scores
from scoring.server.requests import json_of
from scoring.services.callers import Caller

SMALL = 2**20  # bytes of a body that is looked into here


class ScoreView(APIView):
    """What the model expects of pictures."""

    authentication_classes = [ScoreTokenAuthentication]
    permission_classes = [IsCaller]

    @extend_schema(
        operation_id="score",
        request={
            "application/json": score_serializers.ScoreRequestSerializer,
            "multipart/form-data": score_serializers.ScoreFormSerializer,
        },
        responses={200: score_serializers.ScoresSerializer, **ERRORS},
    )
    def post(self, request: Request) -> Response | HttpResponse:
        """Predict how raters, or everybody on average, would rate pictures: by id, by SHA-256, or sent along."""
        plain = request._request
        length = request.META.get("CONTENT_LENGTH") or "0"
        if (plain.content_type or "").startswith("multipart/") or int(length) > SMALL:
            return pass_on(plain, body=plain)
        caller: object = request.user
        assert isinstance(caller, Caller)  # noqa: S101 - IsCaller has made sure
        found = scores.score_named(body=json_of(plain.body), accept=request.headers.get("Accept", ""), caller=caller)
        if found is None:
            return pass_on(plain, body=plain.body)
        return HttpResponse(found.body, content_type=found.media_type)
