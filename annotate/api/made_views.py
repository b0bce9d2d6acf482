"""The JSON API of *Made for you*: each view parses, calls one flow, answers."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotate.api import made_serializers
from annotate.api.views import ERRORS, rater_of
from annotate.flows import made


class MadeView(APIView):
    """Pictures made for a rater."""

    @extend_schema(operation_id="made_for_me", responses={200: made_serializers.MadeSerializer, **ERRORS})
    def get(self, request: Request, slug: str) -> Response:
        """Tell whether a wish may be made now, and what came of earlier ones; ask again to follow one."""
        participation = made.part_of(rater=rater_of(request), slug=slug)
        return Response(made_serializers.made_body(made.made_for(participation=participation)))

    @extend_schema(
        operation_id="wish",
        request=made_serializers.WishSerializer,
        responses={201: made_serializers.MadeSerializer, 200: made_serializers.MadeSerializer, **ERRORS},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Have pictures made; the same nonce again answers 200. Answers as `GET` does."""
        form = made_serializers.WishSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        rater = rater_of(request)
        wished = made.wish(rater=rater, slug=slug, **form.validated_data)
        found = made.made_for(participation=made.part_of(rater=rater, slug=slug))
        return Response(
            made_serializers.made_body(found),
            status=status.HTTP_201_CREATED if wished.is_new else status.HTTP_200_OK,
        )


class WishView(APIView):
    """One wish."""

    @extend_schema(operation_id="stop_wish", responses={204: None, **ERRORS})
    def delete(self, request: Request, slug: str, nonce: UUID) -> Response:
        """Stop what is being made; one that has ended stays."""
        made.stop_wish(rater=rater_of(request), slug=slug, nonce=nonce)
        return Response(status=status.HTTP_204_NO_CONTENT)
