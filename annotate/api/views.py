"""The JSON API: each view parses, calls one flow, answers."""

from typing import Any

from django.utils.translation import gettext
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotate.api import serializers
from annotate.api.authentication import RaterCookieAuthentication, RaterTokenAuthentication
from annotate.errors import error_body
from annotate.flows import raters
from annotate.languages import preferred_languages
from annotate.rater_cookie import forget_rater, remember_rater
from annotate.throttles import EnrolThrottle
from ratings.models import Rater
from ratings.selectors import participations, studies
from ratings.selectors.availability import availability_facts
from ratings.values.languages import spoken_language

ERRORS = {
    code: OpenApiResponse(serializers.ErrorSerializer, description=why)
    for code, why in {
        400: "The input is wrong; `fields` says where.",
        401: "The token is not valid.",
        403: "The asker may not do this.",
        404: "There is no such thing.",
        409: "The request does not fit the state things are in.",
        413: "The body is too large.",
        415: "The body is not JSON.",
        429: "Too many requests: wait as long as `Retry-After` says.",
        503: "The database or the reward server does not answer, or the model cannot be read; `code` says which.",
    }.items()
}


def rater_of(request: Request) -> Rater:
    """Give the rater that the permission has let through."""
    rater = asker(request)
    assert rater is not None  # noqa: S101 - IsRater has made sure
    return rater


def asker(request: Request) -> Rater | None:
    """Give the rater who asks, if it is one."""
    who: object = request.user  # stubs know of Django's users only
    return who if isinstance(who, Rater) else None


class StudyView(APIView):
    """Public facts of a study."""

    authentication_classes: list[type[BaseAuthentication]] = []
    permission_classes = [AllowAny]

    @extend_schema(operation_id="study", responses={200: serializers.StudySerializer, **ERRORS}, auth=[])
    def get(self, request: Request, slug: str) -> Response:
        """Tell what anybody may know of a study, in the language that is asked for as far as it has texts there."""
        study = studies.access_study(slug=slug)
        language = spoken_language(offered=study.languages, preferred=preferred_languages(request))
        facts = studies.public_facts(study=study, language=language)
        facts["availability"] = availability_facts(study=study)
        return Response(serializers.StudySerializer(facts).data)


class ParticipationsView(APIView):
    """Taking part in a study."""

    authentication_classes = [RaterTokenAuthentication, RaterCookieAuthentication]
    permission_classes = [AllowAny]
    throttle_classes = [EnrolThrottle]
    throttle_scope = "enrol"

    @extend_schema(
        operation_id="enrol",
        request=serializers.EnrolmentSerializer,
        responses={201: serializers.ParticipationSerializer, **ERRORS},
        auth=[],
    )
    def post(self, request: Request, slug: str) -> Response:
        """Enrol; a rater who takes part already gets the same participation again."""
        form = serializers.EnrolmentSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        rater = asker(request)
        enrolment = serializers.enrolment_of(
            form.validated_data, rater_id=rater.pk if rater else None, languages=preferred_languages(request)
        )
        participation = raters.join_study(slug=slug, enrolment=enrolment)
        answer = Response(
            {
                "participation": str(participation.pk),
                "rater": str(participation.rater_id),
                "token": participations.participation_token(participation=participation),
                "end": participation.end,
            },
            status=status.HTTP_201_CREATED,
        )
        remember_rater(answer, participation.rater_id, is_secure=request.is_secure())
        return answer


class MeView(APIView):
    """Everything stored about the asker."""

    @extend_schema(operation_id="me", responses={200: OpenApiResponse(description="Everything stored."), **ERRORS})
    def get(self, request: Request) -> Response:
        """Show everything stored about the asker."""
        return Response(participations.stored_about(rater=rater_of(request)))

    @extend_schema(operation_id="withdraw", responses={204: None, **ERRORS})
    def delete(self, request: Request) -> Response:
        """Withdraw: remove the asker and everything they gave."""
        raters.withdraw(rater=rater_of(request), actor=None)
        answer = Response(status=status.HTTP_204_NO_CONTENT)
        forget_rater(answer)
        return answer


class UnknownView(APIView):
    """Whatever else is asked of the API."""

    authentication_classes: list[type[BaseAuthentication]] = []
    permission_classes = [AllowAny]

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        """Answer as the API answers, not with a page."""
        self.headers = self.default_response_headers
        request = self.initialize_request(request)
        body = error_body(code="not_found", message=gettext("The API has no such call: see /api/docs/."))
        return self.finalize_response(request, Response(body, status=status.HTTP_404_NOT_FOUND))
