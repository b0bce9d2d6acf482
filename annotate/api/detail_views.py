"""What a study says of a picture, and pictures in the archive, for scripts."""

import math
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.api.image_views import MeantImagesSerializer, StudyImageSerializer
from annotate.api.serializers import StrictSerializer
from annotate.api.staff import StaffView, staff_of
from annotate.api.views import ERRORS
from annotate.flows.pictures import archive_images, change_details, restore_images
from ratings.models import StudyImage
from ratings.models.facts import LONGEST_WORD
from ratings.selectors.picture_names import images_in_study
from ratings.selectors.studies import access_any_study

LONGEST_FACT = 2000


@extend_schema_field(OpenApiTypes.ANY)
class FurtherFactField(serializers.Field[Any, Any, Any, Any]):
    """A further fact about a picture: a word, a number, true, false or null."""

    def to_internal_value(self, data: Any) -> Any:
        """Keep the type; refuse lists and objects."""
        if isinstance(data, bool | int) or (isinstance(data, float) and math.isfinite(data)):
            return data
        words = serializers.CharField(max_length=LONGEST_FACT, allow_blank=True, trim_whitespace=False)
        return words.run_validation(data)

    def to_representation(self, value: Any) -> Any:
        """Give it as it is stored."""
        return value


class DetailsSerializer(StrictSerializer):
    """What a study says of a picture; what is left out stays."""

    prompt = serializers.CharField(required=False, allow_blank=True, max_length=20_000)
    generator = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST_WORD)
    domain = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST_WORD)
    metadata = serializers.DictField(
        child=FurtherFactField(allow_null=True),
        required=False,
        help_text="Any further facts, by name; they take the place of all that were there.",
    )
    is_on_card = serializers.BooleanField(required=False, help_text="Whether people see it before they rate.")

    def validate_metadata(self, value: dict[str, Any]) -> dict[str, Any]:
        """Refuse names that the database cannot hold."""
        for name in value:
            serializers.CharField(max_length=LONGEST_WORD).run_validation(name)
        return value


class DescribedImageSerializer(StudyImageSerializer):
    """A picture of a study with all that the study says of it."""

    class Meta(StudyImageSerializer.Meta):
        """What is said of it."""

        fields = (*StudyImageSerializer.Meta.fields, "metadata", "is_on_card")  # type: ignore[assignment]


class ImageView(StaffView):
    """One picture of a study."""

    rights = {"GET": "ratings.view_image", "PATCH": "ratings.change_image"}

    @extend_schema(operation_id="image", responses={200: DescribedImageSerializer, **ERRORS})
    def get(self, request: Request, slug: str, image: str) -> Response:  # noqa: ARG002
        """Say what a study says of a picture, named as in `images/off`."""
        return Response(DescribedImageSerializer(access_entry(slug=slug, image=image)).data)

    @extend_schema(
        operation_id="change_image", request=DetailsSerializer, responses={200: DescribedImageSerializer, **ERRORS}
    )
    def patch(self, request: Request, slug: str, image: str) -> Response:
        """Change what this study says of a picture, and no other; models look at it again."""
        form = DetailsSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        entry = access_entry(slug=slug, image=image)
        changed = change_details(entry=entry, changes=form.validated_data, actor=staff_of(request))
        return Response(DescribedImageSerializer(changed).data)


def access_entry(*, slug: str, image: str) -> StudyImage:
    """Give a picture in a study by any of its names; raises `NotFoundError`."""
    study = access_any_study(slug=slug)
    (found,) = images_in_study(study=study, names=[image])
    return StudyImage.objects.select_related("image").get(study=study, image=found)


class ArchivedImagesSerializer(MeantImagesSerializer):
    """Pictures of a study, and whether they shall be in the archive."""

    archived = serializers.BooleanField()


class ArchivedCountSerializer(serializers.Serializer[Any]):
    """What changed."""

    changed = serializers.IntegerField(help_text="The others were so already.")


class ArchiveImagesView(StaffView):
    """Pictures in the archive: they keep their data, and lists hide them."""

    rights = {"POST": "ratings.change_image"}

    @extend_schema(
        operation_id="archive_images",
        request=ArchivedImagesSerializer,
        responses={200: ArchivedCountSerializer, **ERRORS},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Archive pictures that no study shows any more, or restore them; that holds in every study of theirs."""
        study = access_any_study(slug=slug)
        form = ArchivedImagesSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        images = images_in_study(study=study, names=form.validated_data["images"])
        act = archive_images if form.validated_data["archived"] else restore_images
        return Response(ArchivedCountSerializer({"changed": act(images=images, actor=staff_of(request))}).data)
