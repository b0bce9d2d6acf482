"""The calls of a rater at work, alike for every design: lease, answer, undo, skip. What differs is in the faces."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from django.utils.translation import gettext
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers as drf
from rest_framework import status
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotate.api import pair_serializers, serializers
from annotate.api.views import ERRORS, rater_of
from annotate.errors import refused_item
from annotate.flows import raters
from ratings.choices import ParticipationState
from ratings.models import Rater
from ratings.registry import ONE_IMAGE, SEVERAL_IMAGES, Family
from ratings.services.collection import Click
from ratings.services.lease import Leases


@dataclass(frozen=True, kw_only=True, eq=False)
class Face:
    """How the calls of a family of designs read what is sent and show what is stored."""

    family: Family
    submission: drf.Serializer[Any]
    submission_of: Callable[[dict[str, Any]], Click]
    answer: drf.Serializer[Any]
    key: str  # of an answer in the results of a batch
    item: Callable[..., dict[str, Any]]  # (assignment, study, shows_prompt)


RATING_FACE = Face(
    family=ONE_IMAGE,
    submission=serializers.SUBMISSION,
    submission_of=serializers.submission_of,
    answer=serializers.RATING,
    key="rating",
    item=serializers.lease_item,
)
CHOICE_FACE = Face(
    family=SEVERAL_IMAGES,
    submission=pair_serializers.ChoiceSubmissionSerializer(),
    submission_of=pair_serializers.choice_submission_of,
    answer=pair_serializers.ChoiceSerializer(),
    key="choice",
    item=pair_serializers.pair_item,
)


class LeasesView(APIView):
    """The images in a rater's hands."""

    face: ClassVar[Face] = RATING_FACE

    @extend_schema(
        operation_id="lease",
        request=serializers.LeaseRequestSerializer,
        responses={200: serializers.LeasesSerializer, **ERRORS},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Hand out images, those held already first; asking again renews them."""
        form = serializers.validated(serializers.LEASE_REQUEST, request.data)
        leases = raters.lease_items(
            family=self.face.family,
            rater=rater_of(request),
            slug=slug,
            count=form["count"],
            device=serializers.device_of(form),
        )
        return Response(leases_body(self.face, leases))

    @extend_schema(operation_id="leave", responses={200: serializers.ReturnedSerializer, **ERRORS})
    def delete(self, request: Request, slug: str) -> Response:
        """Give back what is held: the rater stops for now."""
        returned = raters.leave_study(family=self.face.family, rater=rater_of(request), slug=slug)
        return Response({"returned": returned})


def leases_body(face: Face, leases: Leases) -> dict[str, Any]:
    """Describe what a rater holds."""
    participation = leases.participation
    study = participation.study
    return {
        "items": [face.item(item, study=study, shows_prompt=study.show_prompt) for item in leases.assignments],
        "progress": {"done": participation.done, "quota": participation.quota},
        "state": ParticipationState.COMPLETE if participation.end else participation.state,
        "texts": participation.texts_id,
    }


class AnswersView(APIView):
    """Ratings, one at a time."""

    face: ClassVar[Face] = RATING_FACE

    @extend_schema(
        operation_id="rate",
        request=serializers.SubmissionSerializer,
        responses={201: serializers.RatingSerializer, 200: serializers.RatingSerializer, **ERRORS},
    )
    def post(self, request: Request) -> Response:
        """Store one rating; the same nonce again answers 200 with the same body."""
        form = serializers.validated(self.face.submission, request.data)
        recorded = raters.submit_answer(rater=rater_of(request), submission=self.face.submission_of(form))
        return Response(
            self.face.answer.to_representation(recorded.answer),
            status=status.HTTP_201_CREATED if recorded.is_new else status.HTTP_200_OK,
        )


class AnswersBatchView(APIView):
    """Ratings, an outbox at a time."""

    face: ClassVar[Face] = RATING_FACE

    @extend_schema(
        operation_id="rate_batch",
        request=serializers.SubmissionSerializer(many=True),
        responses={200: serializers.BatchSerializer, **ERRORS},
    )
    def post(self, request: Request) -> Response:
        """Store a list of ratings in order; each has a result of its own."""
        items = request.data
        if not isinstance(items, list):
            raise ParseError(gettext("Send a list of answers."))
        if len(items) > serializers.MOST_ANSWERS_AT_ONCE:
            raise ParseError(
                gettext("Send at most {count} answers at once.").format(count=serializers.MOST_ANSWERS_AT_ONCE)
            )
        rater = rater_of(request)
        return Response({"results": [submit_item(self.face, rater, item) for item in items]})


def submit_item(face: Face, rater: Rater, item: Any) -> dict[str, Any]:
    """Store one item of an outbox and say what became of it."""
    try:
        form = serializers.validated(face.submission, item)
    except ValidationError as error:
        return refused_item(nonce=serializers.nonce_of(item), error=error)
    outcome = raters.submit_one(rater, face.submission_of(form))
    if outcome.recorded is None:
        assert outcome.error is not None  # noqa: S101 - an outcome has one or the other
        return refused_item(nonce=str(outcome.submission.nonce), error=outcome.error)
    return {
        "nonce": str(outcome.submission.nonce),
        "status": status.HTTP_201_CREATED if outcome.recorded.is_new else status.HTTP_200_OK,
        face.key: face.answer.to_representation(outcome.recorded.answer),
    }


class AnswerView(APIView):
    """One rating."""

    face: ClassVar[Face] = RATING_FACE

    @extend_schema(operation_id="undo", responses={200: serializers.LeaseItemSerializer, **ERRORS})
    def delete(self, request: Request, nonce: UUID) -> Response:
        """Take a rating back; answers with its image, which is in the rater's hands again."""
        assignment = raters.undo_answer(family=self.face.family, rater=rater_of(request), nonce=nonce)
        return Response(self.face.item(assignment, study=assignment.participation.study, shows_prompt=False))


class SkipView(APIView):
    """Images given back."""

    face: ClassVar[Face] = RATING_FACE

    @extend_schema(
        operation_id="skip",
        request=serializers.SkipSerializer,
        responses={200: serializers.SkippedSerializer, **ERRORS},
    )
    def post(self, request: Request, assignment: int) -> Response:
        """Give an image back, with the reason."""
        form = serializers.SkipSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        skipped = raters.skip_item(
            family=self.face.family,
            rater=rater_of(request),
            assignment_id=assignment,
            reason=form.validated_data["reason"],
        )
        return Response({"skipped": skipped.pk})


@extend_schema_view(
    post=extend_schema(
        operation_id="lease_pairs",
        description="Hand out pairs, those held already first; asking again renews them.",
        responses={200: pair_serializers.PairLeasesSerializer, **ERRORS},
    ),
    delete=extend_schema(operation_id="leave_pairs"),
)
class PairLeasesView(LeasesView):
    """The pairs in a rater's hands."""

    face = CHOICE_FACE


@extend_schema_view(
    post=extend_schema(
        operation_id="choose",
        description="Store one choice; the same nonce again answers 200 with the same body.",
        request=pair_serializers.ChoiceSubmissionSerializer,
        responses={201: pair_serializers.ChoiceSerializer, 200: pair_serializers.ChoiceSerializer, **ERRORS},
    )
)
class ChoicesView(AnswersView):
    """Choices, one at a time."""

    face = CHOICE_FACE


@extend_schema_view(
    post=extend_schema(
        operation_id="choose_batch",
        description="Store a list of choices in order; each has a result of its own.",
        request=pair_serializers.ChoiceSubmissionSerializer(many=True),
        responses={200: pair_serializers.ChoiceBatchSerializer, **ERRORS},
    )
)
class ChoicesBatchView(AnswersBatchView):
    """Choices, an outbox at a time."""

    face = CHOICE_FACE


@extend_schema_view(
    delete=extend_schema(
        operation_id="undo_choice",
        description="Take a choice back; answers with its pair, which is in the rater's hands again.",
        responses={200: pair_serializers.PairItemSerializer, **ERRORS},
    )
)
class ChoiceView(AnswerView):
    """One choice."""

    face = CHOICE_FACE


@extend_schema_view(post=extend_schema(operation_id="skip_pair", description="Give a pair back, with the reason."))
class SkipPairView(SkipView):
    """Pairs given back."""

    face = CHOICE_FACE
