"""Steering for scripts: order pictures for raters, follow the search, fetch what it found."""

from typing import Any

from django.core.files.storage import default_storage
from django.utils.translation import gettext as staff_gettext
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.api.serializers import StrictSerializer
from annotate.api.staff import ListPages, StaffView, staff_of
from annotate.api.views import ERRORS
from annotate.flows import steering
from ratings.exceptions import NotFoundError
from ratings.models import Study
from ratings.selectors.studies import access_any_study
from scoring.generators.registry import DEFAULT_GENERATOR, GENERATORS
from scoring.models import SteeringMode, SteeringRun, SteeringStep
from scoring.selectors.steering import runs_with_steps
from scoring.services.steering import LONGEST_PROMPT, MOST_ITERATIONS, MOST_SEED, MOST_VARIANTS
from scoring.writers.registry import DEFAULT_WRITER, WRITERS

MOST_RATERS = 20


class SteeringRequestSerializer(StrictSerializer):
    """What to draw, for whom, and how much may be spent on it."""

    prompt = serializers.CharField(max_length=LONGEST_PROMPT)
    raters = serializers.ListField(child=serializers.CharField(max_length=200), min_length=1, max_length=MOST_RATERS)
    modes = serializers.ListField(
        child=serializers.ChoiceField(choices=SteeringMode.choices),
        min_length=1,
        default=[SteeringMode.SELF],
    )
    generator = serializers.ChoiceField(choices=sorted(GENERATORS), default=DEFAULT_GENERATOR)
    writer = serializers.ChoiceField(choices=sorted(WRITERS), default=DEFAULT_WRITER)
    iterations = serializers.IntegerField(min_value=1, max_value=MOST_ITERATIONS, default=5)
    variants = serializers.IntegerField(min_value=1, max_value=MOST_VARIANTS, default=8)
    seed = serializers.IntegerField(min_value=0, max_value=MOST_SEED, default=0)


class StepSerializer(serializers.ModelSerializer[SteeringStep]):
    """One prompt of a search, drawn and judged; likings are on the study's scale."""

    image = serializers.UUIDField(source="image_id")
    url = serializers.SerializerMethodField()

    class Meta:
        """What is said of it."""

        model = SteeringStep
        fields = ("iteration", "variant", "prompt", "image", "url", "score", "sd", "is_best")

    @extend_schema_field(serializers.CharField(help_text="Where the picture lies."))
    def get_url(self, step: SteeringStep) -> str:
        """Give the address of the picture."""
        return default_storage.url(step.image.path)


class SteeringSerializer(serializers.ModelSerializer[SteeringRun]):
    """A search, how far it is, and what it found so far."""

    rater = serializers.UUIDField(source="participation.rater_id")
    version = serializers.IntegerField(source="model_version.number", default=None, allow_null=True)
    steps = StepSerializer(many=True)

    class Meta:
        """What is said of it."""

        model = SteeringRun
        fields = (
            *("id", "batch", "rater", "mode", "prompt", "generator", "writer", "iterations", "variants", "seed"),
            *("state", "stage", "progress", "error", "error_code", "version", "created_at", "finished_at", "steps"),
        )  # fmt: skip


class SteeringsView(StaffView):
    """The searches of a study."""

    rights = {"GET": "scoring.view_steeringrun", "POST": "scoring.add_steeringrun"}

    @extend_schema(
        operation_id="steerings",
        responses={200: SteeringSerializer(many=True), **ERRORS},
        description="List the searches, a page at a time: `next` is the address of the next one.",
    )
    def get(self, request: Request, slug: str) -> Response:
        """List the searches, a page at a time."""
        pages = ListPages()
        rows = runs_with_steps().filter(study=access_any_study(slug=slug))
        found = pages.paginate_queryset(rows, request, view=self)
        return pages.get_paginated_response(SteeringSerializer(found, many=True).data)

    @extend_schema(
        operation_id="steer",
        request=SteeringRequestSerializer,
        responses={202: SteeringSerializer(many=True), **ERRORS},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Order a search for each rater and mode; workers draw and judge."""
        form = SteeringRequestSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        terms: dict[str, Any] = dict(form.validated_data)
        raters, modes = terms.pop("raters"), terms.pop("modes")
        study = access_any_study(slug=slug)
        runs = steering.request_searches(study=study, raters=raters, modes=modes, terms=terms, actor=staff_of(request))
        rows = runs_with_steps().filter(pk__in=[run.pk for run in runs]).order_by("pk")
        return Response(SteeringSerializer(rows, many=True).data, status=status.HTTP_202_ACCEPTED)


class SteeringView(StaffView):
    """One search."""

    rights = {
        "GET": "scoring.view_steeringrun",
        "POST": "scoring.change_steeringrun",
        "DELETE": "scoring.change_steeringrun",
    }

    @extend_schema(operation_id="steering", responses={200: SteeringSerializer, **ERRORS})
    def get(self, request: Request, slug: str, number: int) -> Response:  # noqa: ARG002
        """Tell how far a search is, and what it found so far."""
        return Response(SteeringSerializer(access_search(study=access_any_study(slug=slug), number=number)).data)

    @extend_schema(operation_id="resume_steering", request=None, responses={202: SteeringSerializer, **ERRORS})
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Let a search that ended early go on where it stopped."""
        study = access_any_study(slug=slug)
        steering.resume_search(run=access_search(study=study, number=number), actor=staff_of(request))
        found = access_search(study=study, number=number)
        return Response(SteeringSerializer(found).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(operation_id="cancel_steering", responses={200: SteeringSerializer, **ERRORS})
    def delete(self, request: Request, slug: str, number: int) -> Response:
        """Stop a search after the pictures it is drawing; what was found stays."""
        study = access_any_study(slug=slug)
        steering.cancel_steering(run=access_search(study=study, number=number), actor=staff_of(request))
        return Response(SteeringSerializer(access_search(study=study, number=number)).data)


def access_search(*, study: Study, number: int) -> SteeringRun:
    """Give a search of a study; raises `NotFoundError`."""
    run = runs_with_steps().filter(study=study, pk=number).first()
    if run is None:
        raise NotFoundError(staff_gettext("{slug} has no search {number}.").format(slug=study.slug, number=number))
    return run
