"""What studies gain by a model: the live version in the list, and a button to retrain."""

from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from unfold.forms import BaseDialogForm

from ratings.admin.base import carry_out, column, confirmed_action
from ratings.admin.studies import StudyAdmin
from ratings.choices import Design
from ratings.models import Study
from scoring.admin.offers import OfferInline
from scoring.admin.runs import start_training
from scoring.exceptions import ModelError
from scoring.selectors.overview import studies_with_model

admin.site.unregister(Study)


@admin.register(Study)
class ModelledStudyAdmin(StudyAdmin):
    """Studies with their live model."""

    list_display = (*StudyAdmin.list_display, "live_model")
    actions_detail = (*StudyAdmin.actions_detail, "retrain")

    def get_inlines(self, request: HttpRequest, obj: Study | None) -> list[Any]:
        """Let a study of ratings offer pictures; one that is not saved yet has nothing to offer."""
        return [OfferInline] if obj is not None and obj.design == Design.RATING else []

    def get_queryset(self, request: HttpRequest) -> QuerySet[Study]:
        """Add the live model."""
        return studies_with_model(studies=super().get_queryset(request))

    @column("Live model", ordering="live_number")
    def live_model(self, study: Study) -> str:
        """Give the version that serves."""
        number = getattr(study, "live_number", None)
        return "\N{EN DASH}" if number is None else f"v{number}"

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
