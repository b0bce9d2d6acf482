"""Models for scripts: have one trained, follow the run, and say which version serves."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as staff_gettext
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.api.fact_serializers import serializer_of
from annotate.api.serializers import StrictSerializer
from annotate.api.staff import StaffView, staff_of
from annotate.api.views import ERRORS
from annotate.flows import training, versions
from annotate.flows.notes import LONGEST_NOTE, write_note
from ratings.exceptions import NotFoundError
from ratings.models import Study
from ratings.selectors.named_raters import access_participation_by_name
from ratings.selectors.studies import access_any_study
from ratings.values.shapes import json_of
from scoring.metrics import ComparedFigures
from scoring.models import ModelVersion, TrainingRun, VersionComparison
from scoring.selectors.outlooks import NOTHING_EXPECTED, PricedOutlook, rater_outlook, study_outlook
from scoring.selectors.version_comparisons import comparison_of
from scoring.verdicts import MODELS, Verdict, VerdictPoint, verdict_on

NEWEST = 100  # that a list names
ComparedFiguresSerializer = serializer_of(ComparedFigures)
OutlookSerializer = serializer_of(PricedOutlook)


class RunRequestSerializer(StrictSerializer):
    """Why a model is trained."""

    reason = serializers.CharField(max_length=60, default="a script")


class RunSerializer(serializers.ModelSerializer[TrainingRun]):
    """A training run and how far it is."""

    version = serializers.IntegerField(source="model_version.number", default=None, allow_null=True)

    class Meta:
        """What is said of it."""

        model = TrainingRun
        fields = (
            *("id", "state", "stage", "progress", "reason", "rating_count", "warnings", "error", "error_code"),
            *("version", "notes", "created_at", "started_at", "finished_at"),
        )  # fmt: skip


class VersionSerializer(serializers.ModelSerializer[ModelVersion]):
    """A version of a study's model."""

    class Meta:
        """What is said of it."""

        model = ModelVersion
        fields = ("number", "state", "encoder_key", "data_digest", "metrics", "notes", "created_at", "promoted_at")


class NoteSerializer(StrictSerializer):
    """What somebody writes of a run or a version, in the place of what was written."""

    notes = serializers.CharField(max_length=LONGEST_NOTE, allow_blank=True)


def noted(request: Request) -> str:
    """Give the note that a body holds."""
    form = NoteSerializer(data=request.data)
    form.is_valid(raise_exception=True)
    return str(form.validated_data["notes"])


class VerdictPointSerializer(serializers.Serializer[VerdictPoint]):
    """One answer about a version, and what it rests on."""

    question = serializers.CharField()
    answer = serializers.CharField()
    evidence = serializers.CharField(help_text="The figure with its interval, unit, data and number of cases.")
    is_thin = serializers.BooleanField(help_text="Whether it rests on few cases.")


class VerdictSerializer(serializers.Serializer[Verdict]):
    """What to think of a version."""

    sentence = serializers.CharField()
    points = VerdictPointSerializer(many=True)


class JudgedVersionSerializer(VersionSerializer):
    """A version with the verdict on it, and the run that made it."""

    verdict = serializers.SerializerMethodField()

    class Meta(VersionSerializer.Meta):
        """What is said of it."""

        fields = (*VersionSerializer.Meta.fields, "run", "verdict")  # type: ignore[assignment]

    @extend_schema_field(VerdictSerializer)
    def get_verdict(self, version: ModelVersion) -> dict[str, Any]:
        """Judge it by its figures, as its page in the admin does."""
        verdict = verdict_on(measured=version.measured, name=str(version), model_names=MODELS)
        return dict(VerdictSerializer(verdict).data)


class RunsView(StaffView):
    """The training runs of a study."""

    rights = {"GET": "scoring.view_trainingrun", "POST": "scoring.add_trainingrun"}

    @extend_schema(operation_id="runs", responses={200: RunSerializer(many=True), **ERRORS})
    def get(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """List the newest runs."""
        return Response(RunSerializer(runs_of(access_any_study(slug=slug))[:NEWEST], many=True).data)

    @extend_schema(operation_id="retrain", request=RunRequestSerializer, responses={202: RunSerializer, **ERRORS})
    def post(self, request: Request, slug: str) -> Response:
        """Have a worker train the model; one run at a time."""
        form = RunRequestSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        study, reason = access_any_study(slug=slug), form.validated_data["reason"]
        run = training.request_run(study=study, reason=reason, actor=staff_of(request))
        return Response(RunSerializer(run).data, status=status.HTTP_202_ACCEPTED)


class RunView(StaffView):
    """One training run."""

    rights = {
        "GET": "scoring.view_trainingrun",
        "PATCH": "scoring.change_trainingrun",
        "DELETE": "scoring.change_trainingrun",
    }

    @extend_schema(operation_id="run", responses={200: RunSerializer, **ERRORS})
    def get(self, request: Request, slug: str, number: int) -> Response:  # noqa: ARG002
        """Tell how far a run is."""
        return Response(RunSerializer(access_run(slug=slug, number=number)).data)

    @extend_schema(operation_id="note_run", request=NoteSerializer, responses={200: RunSerializer, **ERRORS})
    def patch(self, request: Request, slug: str, number: int) -> Response:
        """Write a note on a run."""
        run = access_run(slug=slug, number=number)
        write_note(about=run, words=noted(request), actor=staff_of(request))
        return Response(RunSerializer(run).data)

    @extend_schema(operation_id="cancel_run", responses={200: RunSerializer, **ERRORS})
    def delete(self, request: Request, slug: str, number: int) -> Response:
        """Stop a run before its next step; the live model stays."""
        training.cancel_run(run=access_run(slug=slug, number=number), actor=staff_of(request))
        return Response(RunSerializer(access_run(slug=slug, number=number)).data)


class VersionsView(StaffView):
    """The versions of a study's model."""

    rights = {"GET": "scoring.view_modelversion"}

    @extend_schema(operation_id="versions", responses={200: VersionSerializer(many=True), **ERRORS})
    def get(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """List the versions, the newest first."""
        rows = access_any_study(slug=slug).model_versions.order_by("-number")
        return Response(VersionSerializer(rows, many=True).data)


class VersionView(StaffView):
    """One version of a study's model."""

    rights = {"GET": "scoring.view_modelversion", "PATCH": "scoring.change_modelversion"}

    @extend_schema(operation_id="version", responses={200: JudgedVersionSerializer, **ERRORS})
    def get(self, request: Request, slug: str, number: int) -> Response:  # noqa: ARG002
        """Give a version with the verdict on it."""
        return Response(JudgedVersionSerializer(version_of(access_any_study(slug=slug), number=number)).data)

    @extend_schema(
        operation_id="note_version", request=NoteSerializer, responses={200: JudgedVersionSerializer, **ERRORS}
    )
    def patch(self, request: Request, slug: str, number: int) -> Response:
        """Write a note on a version."""
        version = version_of(access_any_study(slug=slug), number=number)
        write_note(about=version, words=noted(request), actor=staff_of(request))
        return Response(JudgedVersionSerializer(version).data)


class PromoteView(StaffView):
    """Which version serves."""

    rights = {"POST": "scoring.change_modelversion"}

    @extend_schema(operation_id="promote", request=None, responses={200: VersionSerializer, **ERRORS})
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Let a version serve; going back is promoting an older one."""
        study = access_any_study(slug=slug)
        version = version_of(study, number=number)
        return Response(VersionSerializer(versions.promote_version(version=version, actor=staff_of(request))).data)


class OutlookView(StaffView):
    """What more ratings would bring, and cost."""

    rights = {"GET": "scoring.view_modelversion"}

    @extend_schema(operation_id="outlook", responses={200: OutlookSerializer, **ERRORS})
    def get(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Give what more ratings of the same raters would bring, by the newest version that measured it.

        The version is blank, and there are no gains, before a training could say: it takes 200 ratings to learn from,
        and 6 raters in the test slice.
        """
        found = study_outlook(study=access_any_study(slug=slug)) or NOTHING_EXPECTED
        return Response(OutlookSerializer(json_of(found)).data)


class RaterOutlookView(StaffView):
    """What more ratings of one rater would bring, and cost."""

    rights = {"GET": "scoring.view_modelversion"}

    @extend_schema(operation_id="rater_outlook", responses={200: OutlookSerializer, **ERRORS})
    def get(self, request: Request, slug: str, rater: str) -> Response:  # noqa: ARG002
        """Give what the newest training expects of more ratings of a rater, by any name that pages and dumps show.

        The version is blank where none has reckoned it.
        """
        study = access_any_study(slug=slug)
        participation = access_participation_by_name(study=study, name=rater)
        found = rater_outlook(participation=participation) or NOTHING_EXPECTED
        return Response(OutlookSerializer(json_of(found)).data)


class ComparisonSerializer(serializers.ModelSerializer[VersionComparison]):
    """Two versions measured against each other; the figures appear once it is ready."""

    newer = serializers.IntegerField(source="newer.number")
    older = serializers.IntegerField(source="older.number")
    figures = ComparedFiguresSerializer(source="found")

    class Meta:
        """What is said of it."""

        model = VersionComparison
        fields = ("newer", "older", "state", "progress", "figures", "error", "created_at", "finished_at")


class ComparisonView(StaffView):
    """Two versions of a study's model, measured on the same ratings."""

    rights = {"GET": "scoring.view_modelversion", "POST": "scoring.change_modelversion"}

    @extend_schema(operation_id="version_comparisons", responses={200: ComparisonSerializer(many=True), **ERRORS})
    def get(self, request: Request, slug: str, version: int, number: int) -> Response:  # noqa: ARG002
        """Give the newest comparison of the two that has ended, if there is one."""
        study = access_any_study(slug=slug)
        found = comparison_of(version=version_of(study, number=version), other=version_of(study, number=number)).ended
        return Response(ComparisonSerializer([found] if found is not None else [], many=True).data)

    @extend_schema(operation_id="compare_versions", request=None, responses={202: ComparisonSerializer, **ERRORS})
    def post(self, request: Request, slug: str, version: int, number: int) -> Response:
        """Have a worker measure the two on one slice."""
        study = access_any_study(slug=slug)
        row = versions.request_comparison(
            version=version_of(study, number=version),
            other=version_of(study, number=number),
            actor=staff_of(request),
        )
        return Response(ComparisonSerializer(row).data, status=status.HTTP_202_ACCEPTED)


def version_of(study: Study, *, number: int) -> ModelVersion:
    """Give a version of a study's model; raises `NotFoundError`."""
    version = study.model_versions.filter(number=number).first()
    if version is None:
        raise NotFoundError(
            staff_gettext("{slug} has no version {number} of its model.").format(slug=study.slug, number=number)
        )
    return version


def runs_of(study: Study) -> QuerySet[TrainingRun]:
    """Give the runs of a study, the newest first."""
    return study.training_runs.select_related("model_version")


def access_run(*, slug: str, number: int) -> TrainingRun:
    """Give a run of a study; raises `NotFoundError`."""
    study: Any = access_any_study(slug=slug)
    run = runs_of(study).filter(pk=number).first()
    if run is None:
        raise NotFoundError(
            staff_gettext("{slug} has no training run {number}.").format(slug=study.slug, number=number)
        )
    return run
