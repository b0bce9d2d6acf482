"""The JSON API of pairwise studies: each view parses, calls one flow, answers."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotate.api import pair_serializers, serializers
from annotate.api.views import ERRORS, rater_of
from annotate.errors import refused_item
from annotate.flows import pairs
from ratings.models import Rater


class PairLeasesView(APIView):
    """The pairs in a rater's hands."""

    @extend_schema(
        operation_id="lease_pairs",
        request=serializers.LeaseRequestSerializer,
        responses={200: pair_serializers.PairLeasesSerializer, **ERRORS},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Hand out pairs, those held already first; asking again renews them."""
        form = serializers.LeaseRequestSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        leases = pairs.lease_pairs(rater=rater_of(request), slug=slug, count=form.validated_data["count"])
        return Response(pair_serializers.pair_leases_body(leases))

    @extend_schema(operation_id="leave_pairs", responses={200: serializers.ReturnedSerializer, **ERRORS})
    def delete(self, request: Request, slug: str) -> Response:
        """Give back what is held: the rater stops for now."""
        return Response({"returned": pairs.leave_pairs(rater=rater_of(request), slug=slug)})


class ChoicesView(APIView):
    """Choices, one at a time."""

    @extend_schema(
        operation_id="choose",
        request=pair_serializers.ChoiceSubmissionSerializer,
        responses={201: pair_serializers.ChoiceSerializer, 200: pair_serializers.ChoiceSerializer, **ERRORS},
    )
    def post(self, request: Request) -> Response:
        """Store one choice; the same nonce again answers 200 with the same body."""
        form = pair_serializers.ChoiceSubmissionSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        recorded = pairs.submit_choice(
            rater=rater_of(request), submission=pair_serializers.choice_submission_of(form.validated_data)
        )
        return Response(
            pair_serializers.ChoiceSerializer(recorded.choice).data,
            status=status.HTTP_201_CREATED if recorded.is_new else status.HTTP_200_OK,
        )


class ChoicesBatchView(APIView):
    """Choices, an outbox at a time."""

    @extend_schema(
        operation_id="choose_batch",
        request=pair_serializers.ChoiceSubmissionSerializer(many=True),
        responses={200: pair_serializers.ChoiceBatchSerializer, **ERRORS},
    )
    def post(self, request: Request) -> Response:
        """Store a list of choices in order; each has a result of its own."""
        items = request.data
        if not isinstance(items, list):
            raise ParseError("Send a list of choices.")
        if len(items) > serializers.MOST_RATINGS_AT_ONCE:
            raise ParseError(f"Send at most {serializers.MOST_RATINGS_AT_ONCE} choices at once.")
        rater = rater_of(request)
        return Response({"results": [choice_result(rater, item) for item in items]})


def choice_result(rater: Rater, item: Any) -> dict[str, Any]:
    """Store one item of an outbox and say what became of it."""
    form = pair_serializers.ChoiceSubmissionSerializer(data=item)
    try:
        form.is_valid(raise_exception=True)
    except ValidationError as error:
        return refused_item(nonce=serializers.nonce_of(item), error=error)
    outcome = pairs.submit_one_choice(rater, pair_serializers.choice_submission_of(form.validated_data))
    if outcome.recorded is None:
        assert outcome.error is not None  # noqa: S101 - an outcome has one or the other
        return refused_item(nonce=str(outcome.submission.nonce), error=outcome.error)
    return {
        "nonce": str(outcome.submission.nonce),
        "status": status.HTTP_201_CREATED if outcome.recorded.is_new else status.HTTP_200_OK,
        "choice": pair_serializers.ChoiceSerializer(outcome.recorded.choice).data,
    }


class ChoiceView(APIView):
    """One choice."""

    @extend_schema(operation_id="undo_choice", responses={200: pair_serializers.PairItemSerializer, **ERRORS})
    def delete(self, request: Request, nonce: UUID) -> Response:
        """Take a choice back; answers with its pair, which is in the rater's hands again."""
        assignment = pairs.undo_choice(rater=rater_of(request), nonce=nonce)
        return Response(pair_serializers.pair_item(assignment, shows_prompt=False))


class SkipPairView(APIView):
    """Pairs given back."""

    @extend_schema(
        operation_id="skip_pair",
        request=serializers.SkipSerializer,
        responses={200: serializers.SkippedSerializer, **ERRORS},
    )
    def post(self, request: Request, assignment: int) -> Response:
        """Give a pair back, with the reason."""
        form = serializers.SkipSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        skipped = pairs.skip_pair(
            rater=rater_of(request), assignment_id=assignment, reason=form.validated_data["reason"]
        )
        return Response({"skipped": skipped.pk})
