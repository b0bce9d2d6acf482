"""What studies gain by a model: the live version in the list, and a button to retrain."""

from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.forms import BaseDialogForm

from annotate.admin.learn.runs import start_training
from annotate.admin.parts.base import carry_out, column, confirmed_action, linked_action
from annotate.admin.studies.offers import OfferInline
from annotate.admin.studies.selection_page import selection_context
from annotate.admin.studies.study_admin import StudyAdmin
from ratings.models import Study
from ratings.registry import design_of, names_where
from scoring.exceptions import ModelError
from scoring.selectors.overview import studies_with_model

admin.site.unregister(Study)


@admin.register(Study)
class ModelledStudyAdmin(StudyAdmin):
    """Studies with their live model."""

    list_display = (*StudyAdmin.list_display, "live_model")
    actions_detail = (*StudyAdmin.actions_detail, "selection", "retrain")

    def get_inlines(self, request: HttpRequest, obj: Study | None) -> list[Any]:
        """Let a study of ratings offer pictures; one that is not saved yet has nothing to offer."""
        return [OfferInline] if obj is not None and design_of(obj).trains else []

    def get_queryset(self, request: HttpRequest) -> QuerySet[Study]:
        """Add the live model."""
        return studies_with_model(studies=super().get_queryset(request))

    @column("Live model", ordering="live_number")
    def live_model(self, study: Study) -> str:
        """Give the version that serves."""
        number = getattr(study, "live_number", None)
        return "\N{EN DASH}" if number is None else f"v{number}"

    @linked_action("Selection", permission="view", icon="tune", url_path="selection")
    def selection(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show which policy served what, and what it brought."""
        study = self.access(request=request, object_id=object_id)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Selection of {study}",
            "opts": self.opts,
            "original": study,
            "study": study,
            **selection_context(study=study),
        }
        return TemplateResponse(request, "admin/scoring/selection.html", context)

    def get_actions_detail(self, request: HttpRequest, object_id: str) -> list[Any]:
        """Offer the page on selection where images are chosen one at a time."""
        offered = super().get_actions_detail(request, object_id)
        choosing = names_where(lambda design: design.chooses_images)
        if Study.objects.filter(pk=object_id, design__in=choosing).exists():
            return offered
        return [item for item in offered if item.method.original_function_name != "selection"]

    def has_retrain_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Let those retrain who may add a run."""
        return request.user.has_perm("scoring.add_trainingrun")

    @confirmed_action(
        "Retrain",
        permission="retrain",
        icon="model_training",
        question="A worker trains a new model on all ratings of this study. It goes live if it is not worse.",
    )
    def retrain(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        """Start a run, and show it."""
        study = self.access(request=request, object_id=object_id)
        return carry_out(
            request=request,
            act=lambda: start_training(study=study, user=cast("User", request.user)),
            done=f"{study} waits for a worker to train it.",
            errors=ModelError,
            url=reverse("admin:scoring_trainingrun_changelist"),
        )
