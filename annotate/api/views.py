"""The JSON API: each view parses, calls one flow, answers."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotate.api import serializers
from annotate.api.authentication import RaterCookieAuthentication, RaterTokenAuthentication
from annotate.errors import error_body, refused_item
from annotate.flows import raters
from annotate.languages import preferred_languages
from annotate.rater_cookie import forget_rater, remember_rater
from annotate.throttles import AddressThrottle
from ratings.models import Rater
from ratings.selectors import participations, studies
from ratings.services.assign import Leases

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
    def get(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Tell what anybody may know of a study."""
        facts = studies.public_facts(study=studies.access_study(slug=slug))
        return Response(serializers.StudySerializer(facts).data)


class ParticipationsView(APIView):
    """Taking part in a study."""

    authentication_classes = [RaterTokenAuthentication, RaterCookieAuthentication]
    permission_classes = [AllowAny]
    throttle_classes = [AddressThrottle]
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
            },
            status=status.HTTP_201_CREATED,
        )
        remember_rater(answer, participation.rater_id, is_secure=request.is_secure())
        return answer


class LeasesView(APIView):
    """The images in a rater's hands."""

    @extend_schema(
        operation_id="lease",
        request=serializers.LeaseRequestSerializer,
        responses={200: serializers.LeasesSerializer, **ERRORS},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Hand out images, those held already first; asking again renews them."""
        form = serializers.LEASE_REQUEST.run_validation(request.data)
        leases = raters.lease_images(rater=rater_of(request), slug=slug, count=form["count"])
        return Response(leases_body(leases))

    @extend_schema(operation_id="leave", responses={200: serializers.ReturnedSerializer, **ERRORS})
    def delete(self, request: Request, slug: str) -> Response:
        """Give back what is held: the rater stops for now."""
        return Response({"returned": raters.leave_study(rater=rater_of(request), slug=slug)})


def leases_body(leases: Leases) -> dict[str, Any]:
    """Describe what a rater holds."""
    participation = leases.participation
    shows_prompt = participation.study.show_prompt
    return {
        "items": [serializers.lease_item(item, shows_prompt=shows_prompt) for item in leases.assignments],
        "progress": {"done": participation.done, "quota": participation.quota},
        "state": participation.state,
    }


class RatingsView(APIView):
    """Opinions, one at a time."""

    @extend_schema(
        operation_id="rate",
        request=serializers.SubmissionSerializer,
        responses={201: serializers.RatingSerializer, 200: serializers.RatingSerializer, **ERRORS},
    )
    def post(self, request: Request) -> Response:
        """Store one opinion; the same nonce again answers 200 with the same body."""
        form = serializers.SUBMISSION.run_validation(request.data)
        recorded = raters.submit_rating(rater=rater_of(request), submission=serializers.submission_of(form))
        return Response(
            serializers.RATING.to_representation(recorded.rating),
            status=status.HTTP_201_CREATED if recorded.is_new else status.HTTP_200_OK,
        )


class RatingsBatchView(APIView):
    """Opinions, an outbox at a time."""

    @extend_schema(
        operation_id="rate_batch",
        request=serializers.SubmissionSerializer(many=True),
        responses={200: serializers.BatchSerializer, **ERRORS},
    )
    def post(self, request: Request) -> Response:
        """Store a list of opinions in order; each has a result of its own."""
        items = request.data
        if not isinstance(items, list):
            raise ParseError("Send a list of ratings.")
        if len(items) > serializers.MOST_RATINGS_AT_ONCE:
            raise ParseError(f"Send at most {serializers.MOST_RATINGS_AT_ONCE} ratings at once.")
        rater = rater_of(request)
        return Response({"results": [batch_result(rater, item) for item in items]})


def batch_result(rater: Rater, item: Any) -> dict[str, Any]:
    """Store one item of an outbox and say what became of it."""
    try:
        form = serializers.SUBMISSION.run_validation(item)
    except ValidationError as error:
        return refused_item(nonce=serializers.nonce_of(item), error=error)
    outcome = raters.submit_one(rater, serializers.submission_of(form))
    if outcome.recorded is None:
        assert outcome.error is not None  # noqa: S101 - an outcome has one or the other
        return refused_item(nonce=str(outcome.submission.nonce), error=outcome.error)
    return {
        "nonce": str(outcome.submission.nonce),
        "status": status.HTTP_201_CREATED if outcome.recorded.is_new else status.HTTP_200_OK,
        "rating": serializers.RATING.to_representation(outcome.recorded.rating),
    }


class RatingView(APIView):
    """One opinion."""

    @extend_schema(operation_id="undo", responses={200: serializers.LeaseItemSerializer, **ERRORS})
    def delete(self, request: Request, nonce: UUID) -> Response:
        """Take an opinion back; answers with its image, which is in the rater's hands again."""
        assignment = raters.undo_rating(rater=rater_of(request), nonce=nonce)
        return Response(serializers.lease_item(assignment, shows_prompt=False))


class SkipView(APIView):
    """Images given back."""

    @extend_schema(
        operation_id="skip",
        request=serializers.SkipSerializer,
        responses={200: serializers.SkippedSerializer, **ERRORS},
    )
    def post(self, request: Request, assignment: int) -> Response:
        """Give an image back, with the reason."""
        form = serializers.SkipSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        skipped = raters.skip_image(
            rater=rater_of(request), assignment_id=assignment, reason=form.validated_data["reason"]
        )
        return Response({"skipped": skipped.pk})


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
        body = error_body(code="not_found", message="The API has no such call: see /api/docs/.")
        return self.finalize_response(request, Response(body, status=status.HTTP_404_NOT_FOUND))
