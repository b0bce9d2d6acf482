"""What the model learned of one rater, for scripts of staff: have it compared with the others', and read it."""

from typing import Any

from django.utils.translation import gettext as staff_gettext
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.api.staff import StaffView, staff_of
from annotate.api.views import ERRORS
from annotate.flows.tastes import refresh_taste_profile
from ratings.models import Participation
from ratings.selectors.named_raters import access_participation_by_name
from ratings.selectors.studies import access_any_study
from scoring.selectors.taste_profiles import taste_profile_status

MODELS = "scoring.view_modelversion"
COLUMNS = ("image", "expected", "everybody", "difference", "sd")


class ComparedImageSerializer(serializers.Serializer[Any]):
    """One image, on the study's scale."""

    image = serializers.UUIDField()
    expected = serializers.FloatField(help_text="Rating that is expected of the rater.")
    everybody = serializers.FloatField(help_text="Rating that is expected of all raters.")
    difference = serializers.FloatField(help_text="Beyond how much higher the rater rates on average.")
    sd = serializers.FloatField(help_text="Standard deviation of the expected rating.")


class RaterTasteSerializer(serializers.Serializer[Any]):
    """The newest comparison that was computed, and whether a newer one comes."""

    computed_at = serializers.DateTimeField(allow_null=True)
    model_version = serializers.CharField(help_text="Blank before the first comparison.")
    ratings = serializers.IntegerField(help_text="That the taste was learned from.")
    mean_difference = serializers.FloatField(
        allow_null=True, help_text="How much higher than others the rater rates on average; null before the first."
    )
    images = ComparedImageSerializer(many=True, help_text="From those liked more than others do to those liked less.")
    news = serializers.CharField(help_text="Why it is out of date; blank where it is not.")
    is_being_computed = serializers.BooleanField()
    error = serializers.CharField(help_text="Of the last attempt, if it failed.")


def body_of(participation: Participation) -> dict[str, Any]:
    """Describe what is stored of a rater's taste."""
    found = taste_profile_status(participation=participation)
    profile = found.profile
    return {
        "computed_at": profile.finished_at if profile else None,
        "model_version": str(profile.model_version) if profile else "",
        "ratings": profile.rating_count if profile else 0,
        "mean_difference": profile.mean_difference if profile else None,
        "images": [dict(zip(COLUMNS, row, strict=True)) for row in profile.images] if profile else [],
        "news": found.news,
        "is_being_computed": found.running is not None,
        "error": found.failure.error if found.failure else "",
    }


class RaterTasteView(StaffView):
    """How a rater's taste differs from the others'; it takes the right to look at models, too."""

    rights = {"GET": "ratings.view_participation", "POST": "ratings.view_participation"}

    def part_of(self, request: Request, *, slug: str, rater: str) -> Participation:
        """Give a rater's part in a study, by any name that pages show, to those who may look at models."""
        study = access_any_study(slug=slug)
        if not staff_of(request).has_perm(MODELS):
            raise PermissionDenied(
                staff_gettext("This call needs the token of a member of staff with the right {right}, too.").format(
                    right=MODELS
                )
            )
        return access_participation_by_name(study=study, name=rater)

    @extend_schema(operation_id="rater_taste", responses={200: RaterTasteSerializer, **ERRORS})
    def get(self, request: Request, slug: str, rater: str) -> Response:
        """Give the newest comparison, as the page *Taste* of the admin shows it."""
        return Response(RaterTasteSerializer(body_of(self.part_of(request, slug=slug, rater=rater))).data)

    @extend_schema(operation_id="compare_rater_taste", request=None, responses={202: RaterTasteSerializer, **ERRORS})
    def post(self, request: Request, slug: str, rater: str) -> Response:
        """Have a worker compare the rater's taste with the others', unless one is at it."""
        part = self.part_of(request, slug=slug, rater=rater)
        refresh_taste_profile(participation=part, actor=staff_of(request))
        return Response(RaterTasteSerializer(body_of(part)).data, status=status.HTTP_202_ACCEPTED)
