"""Imported sets for scripts: list them, say how much one weighs in training, delete one."""

from django.contrib.auth.models import User
from django.utils.translation import gettext as staff_gettext
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.api.serializers import StrictSerializer
from annotate.api.staff import StaffView, staff_of
from annotate.api.views import ERRORS
from annotate.flows.access import visible_rows
from annotate.flows.imports import change_dataset, delete_dataset
from ratings.exceptions import NotFoundError
from ratings.models import Dataset
from ratings.selectors.datasets import teachable_ratings


class DatasetSerializer(serializers.ModelSerializer[Dataset]):
    """An imported set, and how much of it can teach a model."""

    teaches = serializers.SerializerMethodField()

    class Meta:
        """What is said of it."""

        model = Dataset
        fields = (
            *("id", "name", "scale_min", "scale_max", "best_is_low", "source", "licence", "sampling_weight"),
            *("teaches", "created_at"),
        )

    def get_teaches(self, dataset: Dataset) -> str:
        """Say how many of its ratings can teach a model, and which images lack a picture."""
        return teachable_ratings(dataset=dataset).sentence


class DatasetChangeSerializer(StrictSerializer):
    """What changes of a set; what is left out stays."""

    source = serializers.CharField(  # type: ignore[assignment]  # the name of the field is that of an attribute of DRF
        max_length=300, allow_blank=True, required=False
    )
    licence = serializers.CharField(max_length=100, allow_blank=True, required=False)
    sampling_weight = serializers.FloatField(
        min_value=0, max_value=1e6, required=False, help_text="Its weight in joint training; 0 leaves it out."
    )


class DatasetsView(StaffView):
    """Sets of ratings from elsewhere: for somebody with roles in single studies, those that teach these."""

    rights = {"GET": "ratings.view_dataset"}

    @extend_schema(operation_id="datasets", responses={200: DatasetSerializer(many=True), **ERRORS})
    def get(self, request: Request) -> Response:
        """List the sets."""
        rows = visible_rows(Dataset.objects.all(), person=staff_of(request))
        return Response(DatasetSerializer(rows.order_by("name"), many=True).data)


class DatasetView(StaffView):
    """One set."""

    rights = {"PATCH": "ratings.change_dataset", "DELETE": "ratings.delete_dataset"}

    @extend_schema(
        operation_id="change_dataset", request=DatasetChangeSerializer, responses={200: DatasetSerializer, **ERRORS}
    )
    def patch(self, request: Request, number: int) -> Response:
        """Change weight, source or licence of a set."""
        form = DatasetChangeSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        row = access_dataset(number=number, person=staff_of(request))
        changed = change_dataset(dataset=row, changes=form.validated_data, actor=staff_of(request))
        return Response(DatasetSerializer(changed).data)

    @extend_schema(operation_id="delete_dataset", responses={204: None, **ERRORS})
    def delete(self, request: Request, number: int) -> Response:
        """Delete a set with all its ratings; pictures stay, and so do models that learned from it."""
        person = staff_of(request)
        delete_dataset(dataset=access_dataset(number=number, person=person), actor=person)
        return Response(status=status.HTTP_204_NO_CONTENT)


def access_dataset(*, number: int, person: User) -> Dataset:
    """Give a set that the person may see; raises `NotFoundError`."""
    row = visible_rows(Dataset.objects.filter(pk=number), person=person).first()
    if row is None:
        raise NotFoundError(staff_gettext("There is no imported set {number}.").format(number=number))
    return row
