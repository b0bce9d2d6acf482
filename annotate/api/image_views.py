"""Pictures for scripts: hand them in with the lists that describe them, watch the import, and list what a study has."""

from typing import Any

from django.utils.translation import gettext as staff_gettext
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.api.serializers import StrictSerializer
from annotate.api.staff import ListPages, StaffView, staff_of
from annotate.api.views import ERRORS
from annotate.flows.imports import import_again, import_pictures
from annotate.flows.pictures import choose_for_rating, choose_practice, put_back, take_off
from ratings.choices import DeliveryKind, KnownDetails, OffReason
from ratings.exceptions import NotFoundError
from ratings.models import Delivery, StudyImage
from ratings.selectors.picture_names import images_in_study
from ratings.selectors.studies import access_any_study


class PicturesSerializer(StrictSerializer):
    """Pictures or archives of them, and lists with a column of their file names."""

    pictures = serializers.ListField(child=serializers.FileField(allow_empty_file=True), allow_empty=False)
    details = serializers.ListField(child=serializers.FileField(), default=list)
    replace_details = serializers.BooleanField(default=False)


class ImportSerializer(serializers.ModelSerializer[Delivery]):
    """An import and how far it is; the report counts and names what came in and what did not."""

    class Meta:
        """What is said of it."""

        model = Delivery
        fields = ("id", "state", "progress", "stage", "report", "error", "created_at", "finished_at")


class ImportAnswerSerializer(StrictSerializer):
    """Which of the things that could be meant is meant."""

    choice = serializers.CharField(max_length=300)


class StudyImageSerializer(serializers.ModelSerializer[StudyImage]):
    """A picture of a study."""

    image = serializers.UUIDField(source="image_id")
    sha256 = serializers.CharField(source="image.sha256")
    width = serializers.IntegerField(source="image.width")
    height = serializers.IntegerField(source="image.height")
    ratings = serializers.SerializerMethodField()

    class Meta:
        """What is said of it."""

        model = StudyImage
        fields = (
            *("image", "sha256", "name", "prompt", "domain", "generator", "width", "height"),
            *("is_practice", "is_active", "target", "ratings"),
            *("off_at", "off_reason", "off_words"),
        )  # fmt: skip

    @extend_schema_field(serializers.IntegerField(help_text="Places taken: handed out or rated."))
    def get_ratings(self, row: StudyImage) -> int:
        """Count the places taken."""
        return row.taken


class ImagesView(StaffView):
    """The pictures of a study."""

    rights = {"GET": "ratings.view_image", "POST": "ratings.add_delivery"}
    parser_classes = [MultiPartParser]

    @extend_schema(
        operation_id="images",
        responses={200: StudyImageSerializer(many=True), **ERRORS},
        description="List the pictures, a page at a time: `next` is the address of the next one.",
    )
    def get(self, request: Request, slug: str) -> Response:
        """List the pictures, a page at a time."""
        pages = ListPages()
        rows = access_any_study(slug=slug).study_images.select_related("image")
        found = pages.paginate_queryset(rows, request, view=self)
        return pages.get_paginated_response(StudyImageSerializer(found, many=True).data)

    @extend_schema(operation_id="add_images", request=PicturesSerializer, responses={202: ImportSerializer, **ERRORS})
    def post(self, request: Request, slug: str) -> Response:
        """Upload pictures; a worker imports them, as it does those of the upload page."""
        study = access_any_study(slug=slug)
        form = PicturesSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        wanted: dict[str, Any] = form.validated_data
        files = {"pictures": wanted["pictures"], **({"details": wanted["details"]} if wanted["details"] else {})}
        known = KnownDetails.REPLACE if wanted["replace_details"] else KnownDetails.KEEP
        delivery = import_pictures(study=study, files=files, known=known, actor=staff_of(request))
        return Response(ImportSerializer(delivery).data, status=status.HTTP_202_ACCEPTED)


class MeantImagesSerializer(StrictSerializer):
    """Pictures of a study."""

    images = serializers.ListField(
        child=serializers.CharField(max_length=300),
        allow_empty=False,
        max_length=1000,
        help_text="Each by its file name in the study, its id, its SHA-256 or the beginning of that.",
    )


class TakeOffSerializer(MeantImagesSerializer):
    """Pictures to be taken off a study, and why."""

    reason = serializers.ChoiceField(choices=OffReason.choices)
    words = serializers.CharField(max_length=500, default="", allow_blank=True)


class OffReportSerializer(serializers.Serializer[Any]):
    """What changed."""

    images = serializers.IntegerField()
    comparisons = serializers.IntegerField(help_text="Pairs or sets that show one of the pictures.")
    leases = serializers.IntegerField(help_text="Of raters who had one of them before them.")


class TakeOffView(StaffView):
    """Pictures that nobody is to be shown any more."""

    rights = {"POST": "ratings.change_image"}

    @extend_schema(
        operation_id="take_off_images", request=TakeOffSerializer, responses={200: OffReportSerializer, **ERRORS}
    )
    def post(self, request: Request, slug: str) -> Response:
        """Take pictures off a study: their ratings stay, and dumps mark them as withdrawn."""
        study = access_any_study(slug=slug)
        form = TakeOffSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        wanted: dict[str, Any] = form.validated_data
        images = images_in_study(study=study, names=wanted["images"])
        report = take_off(
            study=study, images=images, reason=wanted["reason"], words=wanted["words"], actor=staff_of(request)
        )
        return Response(OffReportSerializer(report).data)


class PutBackView(StaffView):
    """Pictures that are to be shown again."""

    rights = {"POST": "ratings.change_image"}

    @extend_schema(
        operation_id="put_back_images", request=MeantImagesSerializer, responses={200: OffReportSerializer, **ERRORS}
    )
    def post(self, request: Request, slug: str) -> Response:
        """Put pictures back that were taken off a study."""
        study = access_any_study(slug=slug)
        form = MeantImagesSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        images = images_in_study(study=study, names=form.validated_data["images"])
        report = put_back(study=study, images=images, actor=staff_of(request))
        return Response(OffReportSerializer(report).data)


class PracticeSerializer(MeantImagesSerializer):
    """Pictures of a study, and whether raters practise with them."""

    practice = serializers.BooleanField(help_text="false puts them among those to be rated.")


class PracticeReportSerializer(serializers.Serializer[Any]):
    """What changed."""

    changed = serializers.IntegerField()
    left = serializers.IntegerField(help_text="That stay: raters were handed them already, or they are no choice.")


class PracticeView(StaffView):
    """Pictures that raters practise with."""

    rights = {"POST": "ratings.change_image"}

    @extend_schema(
        operation_id="choose_practice", request=PracticeSerializer, responses={200: PracticeReportSerializer, **ERRORS}
    )
    def post(self, request: Request, slug: str) -> Response:
        """Set pictures aside for practice, or put them among those to be rated."""
        study = access_any_study(slug=slug)
        form = PracticeSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        images = images_in_study(study=study, names=form.validated_data["images"])
        act = choose_practice if form.validated_data["practice"] else choose_for_rating
        return Response(PracticeReportSerializer(act(study=study, images=images, actor=staff_of(request))).data)


class ImportView(StaffView):
    """One import of pictures."""

    rights = {"GET": "ratings.view_delivery", "POST": "ratings.add_delivery"}

    @extend_schema(operation_id="import", responses={200: ImportSerializer, **ERRORS})
    def get(self, request: Request, slug: str, number: int) -> Response:  # noqa: ARG002
        """Tell how far an import is."""
        return Response(ImportSerializer(access_import(slug=slug, number=number)).data)

    @extend_schema(
        operation_id="answer_import", request=ImportAnswerSerializer, responses={202: ImportSerializer, **ERRORS}
    )
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Import the same files again with the answer to what they left open, one of the `choices` of the report."""
        form = ImportAnswerSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        delivery = access_import(slug=slug, number=number)
        again = import_again(delivery=delivery, actor=staff_of(request), **form.validated_data)
        return Response(ImportSerializer(again).data, status=status.HTTP_202_ACCEPTED)


def access_import(*, slug: str, number: int) -> Delivery:
    """Give an import of pictures into a study; raises `NotFoundError`."""
    study = access_any_study(slug=slug)
    delivery = Delivery.objects.filter(pk=number, study=study, kind=DeliveryKind.PICTURES).first()
    if delivery is None:
        raise NotFoundError(staff_gettext("{slug} has no import {number}.").format(slug=study.slug, number=number))
    return delivery
