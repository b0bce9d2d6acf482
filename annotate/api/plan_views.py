"""Plans for scripts: what a wanted precision takes in raters, hours and money."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.api.fact_serializers import given_fact, serializer_of
from annotate.api.serializers import StrictSerializer
from annotate.api.staff import StaffView, staff_of
from annotate.api.views import ERRORS
from annotate.flows.plans import request_plan
from ratings.selectors.studies import access_any_study
from ratings.values.study_plans import PlanTerms, StudyPlanFigures
from scoring.models import StudyPlan

PlanTermsSerializer = serializer_of(PlanTerms, base=StrictSerializer)
PlanFiguresSerializer = serializer_of(StudyPlanFigures)


class PlanSerializer(serializers.ModelSerializer[StudyPlan]):
    """A plan and how far it is; its figures appear once it is ready."""

    terms = PlanTermsSerializer(source="wanted")
    figures = PlanFiguresSerializer(source="found")

    class Meta:
        """What is said of it."""

        model = StudyPlan
        fields = ("id", "state", "progress", "terms", "figures", "error", "created_at", "finished_at")


class PlansView(StaffView):
    """The plans of a study."""

    rights = {"GET": "ratings.view_study", "POST": "ratings.change_study"}

    @extend_schema(operation_id="plans", responses={200: PlanSerializer(many=True), **ERRORS})
    def get(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """List the plans, the newest first."""
        return Response(PlanSerializer(StudyPlan.objects.filter(study=access_any_study(slug=slug)), many=True).data)

    @extend_schema(operation_id="plan", request=PlanTermsSerializer, responses={202: PlanSerializer, **ERRORS})
    def post(self, request: Request, slug: str) -> Response:
        """Have a worker find what a wanted precision takes; one plan at a time."""
        form = PlanTermsSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        terms = given_fact(PlanTerms, dict(form.validated_data))
        plan = request_plan(study=access_any_study(slug=slug), terms=terms, actor=staff_of(request))
        return Response(PlanSerializer(plan).data, status=status.HTTP_202_ACCEPTED)
