"""Studies for scripts: list them, create and copy them, open, pause, close and archive them."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as staff_gettext
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.api.serializers import StrictSerializer
from annotate.api.staff import StaffView, staff_of
from annotate.api.views import ERRORS
from annotate.flows import studies
from annotate.flows.access import has_everywhere, studies_of
from ratings.choices import StudyState, StudyTemplate
from ratings.files.study_templates import study_template as template
from ratings.files.study_templates import template_comment
from ratings.models import Study
from ratings.selectors.studies import access_any_study, study_description

MOVES: dict[StudyState, Callable[..., Study]] = {
    StudyState.OPEN: studies.open_study,
    StudyState.PAUSED: studies.pause_study,
    StudyState.CLOSED: studies.close_study,
}
STATES = [(state.value, state.label) for state in MOVES]
DESCRIPTION = {
    "type": "object",
    "description": "The fields of a study, as in its TOML file; `GET studies/{slug}/settings` gives them all.",
    "additionalProperties": {},
}


def described(request: Request) -> dict[str, Any]:
    """Give the fields that a body names."""
    if not isinstance(request.data, dict):
        raise serializers.ValidationError(staff_gettext("Give an object whose keys are the study's fields."))
    return dict(request.data)


class StudyEntrySerializer(serializers.ModelSerializer[Study]):
    """A study in the list of all."""

    class Meta:
        """What is said of it."""

        model = Study
        fields = ("slug", "title", "state", "design", "target", "quota", "created_at", "archived_at")


class StudyStateSerializer(StrictSerializer):
    """The state that a study shall be in."""

    state = serializers.ChoiceField(choices=STATES)
    may_lack_translations = serializers.BooleanField(
        default=False, help_text="Open it although some texts are not there in all of its languages."
    )


class StudiesView(StaffView):
    """The studies that the person may see."""

    rights = {"GET": "ratings.view_study", "POST": "ratings.add_study"}

    @extend_schema(
        operation_id="studies",
        parameters=[OpenApiParameter("archived", bool, description="true for those in the archive")],
        responses={200: StudyEntrySerializer(many=True), **ERRORS},
    )
    def get(self, request: Request) -> Response:
        """List the studies that the person may see, the newest first; those in the archive where asked for them."""
        is_asked = request.query_params.get("archived", "").lower() in {"1", "true", "yes"}
        rows = studies_of(person=staff_of(request)).filter(archived_at__isnull=not is_asked)
        return Response(StudyEntrySerializer(rows, many=True).data)

    @extend_schema(
        operation_id="create_study",
        request={"application/json": DESCRIPTION},
        responses={201: StudyEntrySerializer, **ERRORS},
    )
    def post(self, request: Request) -> Response:
        """Create a draft study from its description; an unknown field is refused."""
        study = studies.create_study(description=described(request), actor=staff_of(request))
        return Response(StudyEntrySerializer(study).data, status=status.HTTP_201_CREATED)


class StudySettingsView(StaffView):
    """All that describes a study."""

    rights = {"GET": "ratings.view_study", "PATCH": "ratings.change_study", "DELETE": "ratings.delete_study"}

    @extend_schema(operation_id="study_settings", responses={200: DESCRIPTION, **ERRORS})
    def get(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Give the fields of a study: with another `slug`, `POST studies` makes the same study of them."""
        return Response(study_description(study=access_any_study(slug=slug)))

    @extend_schema(
        operation_id="change_study", request={"application/json": DESCRIPTION}, responses={200: DESCRIPTION, **ERRORS}
    )
    def patch(self, request: Request, slug: str) -> Response:
        """Change the given fields; one that answers already given depend on stays, and is named."""
        study = access_any_study(slug=slug)
        studies.change_study(study=study, changes=described(request), actor=staff_of(request))
        return Response(study_description(study=study))

    @extend_schema(operation_id="delete_study", responses={204: None, **ERRORS})
    def delete(self, request: Request, slug: str) -> Response:
        """Delete a draft with all that describes it; any other study is closed or archived."""
        studies.delete_draft(study=access_any_study(slug=slug), actor=staff_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class StudyStateView(StaffView):
    """Whether a study takes raters."""

    rights = {"POST": "ratings.change_study"}

    @extend_schema(
        operation_id="move_study", request=StudyStateSerializer, responses={200: StudyEntrySerializer, **ERRORS}
    )
    def post(self, request: Request, slug: str) -> Response:
        """Open, pause or close a study; one that cannot be opened says what it lacks."""
        form = StudyStateSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        state = StudyState(form.validated_data["state"])
        confirmed = {"may_lack_translations": True} if form.validated_data["may_lack_translations"] else {}
        moved = MOVES[state](study=access_any_study(slug=slug), actor=staff_of(request), **confirmed)
        return Response(StudyEntrySerializer(moved).data)


class CopySerializer(StrictSerializer):
    """What a copy of a study is called, and what it takes along."""

    slug = serializers.SlugField(max_length=50)
    title = serializers.CharField(max_length=200)
    with_pictures = serializers.BooleanField(
        default=False, help_text="Its pictures as well, and its pairs or sets; answers are never copied."
    )


class StudyCopiesView(StaffView):
    """Drafts made of a study."""

    rights = {"POST": "ratings.add_study"}

    @extend_schema(operation_id="copy_study", request=CopySerializer, responses={201: StudyEntrySerializer, **ERRORS})
    def post(self, request: Request, slug: str) -> Response:
        """Make a draft with the settings, texts, translations and questions of a study; its dates are blank."""
        if not has_everywhere(person=staff_of(request), right="ratings.add_study"):
            raise PermissionDenied(staff_gettext("This call needs a role for all studies: a copy is a new one."))
        form = CopySerializer(data=request.data)
        form.is_valid(raise_exception=True)
        source = access_any_study(slug=slug)
        made = studies.copy_study(study=source, actor=staff_of(request), **form.validated_data)
        return Response(StudyEntrySerializer(made).data, status=status.HTTP_201_CREATED)


class StudyTemplateSerializer(serializers.Serializer[Any]):
    """A ready description that a new study may start from."""

    name = serializers.CharField()
    title = serializers.CharField()
    about = serializers.CharField()
    description = serializers.DictField()


class StudyTemplatesView(StaffView):
    """The ready descriptions: `POST studies` takes one by its name as `template`."""

    rights = {"GET": "ratings.view_study"}

    @extend_schema(operation_id="study_templates", responses={200: StudyTemplateSerializer(many=True), **ERRORS})
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """List the templates, each with the fields that it fills."""
        rows = [
            {"name": kind.value, "title": kind.label, "about": template_comment(kind), "description": template(kind)}
            for kind in StudyTemplate
        ]
        return Response(StudyTemplateSerializer(rows, many=True).data)


class ArchivedSerializer(StrictSerializer):
    """Whether a study shall be in the archive."""

    archived = serializers.BooleanField()


class ArchiveView(StaffView):
    """Whether a study is in the archive."""

    rights = {"POST": "ratings.change_study"}

    @extend_schema(
        operation_id="archive_study", request=ArchivedSerializer, responses={200: StudyEntrySerializer, **ERRORS}
    )
    def post(self, request: Request, slug: str) -> Response:
        """Close a study and archive it, or restore it: it keeps its data, and lists hide it."""
        form = ArchivedSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        move = studies.archive_study if form.validated_data["archived"] else studies.restore_study
        moved = move(study=access_any_study(slug=slug), actor=staff_of(request))
        return Response(StudyEntrySerializer(moved).data)
