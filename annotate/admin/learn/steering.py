"""Steering in the admin: start searches, follow them, and compare what they found."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.forms import Media
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext, gettext_lazy
from unfold.contrib.filters.admin import ChoicesCheckboxFilter, RelatedDropdownFilter
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
)

from annotate.admin.learn.steering_page import comparison, path_grid, run_cards, score_plot
from annotate.admin.parts.base import Header, carry_out, column, confirmed_action
from annotate.admin.parts.jobs import JobAdmin, JobStateFilter
from annotate.admin.parts.plots import plot_file, with_links
from annotate.admin.parts.rater_search import RaterSearch, RatersInput, suggestions_script
from annotate.admin.parts.signs import DASH, decimal
from annotate.flows.access import studies_of
from annotate.flows.steering import cancel_steering, request_searches, resume_search
from ratings.choices import JobState
from ratings.exceptions import RecordError
from ratings.models import Job, Study
from ratings.selectors.named_raters import HOW_TO_NAME
from scoring.exceptions import ModelError
from scoring.generators.base import GeneratorError
from scoring.generators.registry import DEFAULT_GENERATOR, GENERATORS
from scoring.models import SteeringMode, SteeringRun
from scoring.selectors.steering import compared_runs, runs_with_steps
from scoring.services.steering import MOST_ITERATIONS, MOST_SEED, MOST_VARIANTS
from scoring.writers.base import WriterError
from scoring.writers.registry import DEFAULT_WRITER, WRITERS

MOST_RATERS = 20
ENDED_EARLY = (JobState.FAILED, JobState.CANCELLED)
SAME_FOR_ALL = ("prompt", "generator", "writer", "iterations", "variants", "seed")


class SteerForm(BaseDialogForm):  # type: ignore[misc]
    """What to draw, for whom, and how much may be spent on it."""

    study = forms.ModelChoiceField(
        queryset=Study.objects.none(),
        widget=UnfoldAdminSelectWidget,
        empty_label=gettext_lazy("Choose a study with a live model"),
        label=gettext_lazy("Study"),
    )
    raters = forms.CharField(
        widget=RatersInput,
        help_text=format_lazy(gettext_lazy("Apart by spaces. Of each, {how_to_name}."), how_to_name=HOW_TO_NAME),
        label=gettext_lazy("Raters"),
    )
    prompt = forms.CharField(widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}), label=gettext_lazy("Prompt"))
    modes = forms.MultipleChoiceField(
        choices=SteeringMode.choices,
        initial=SteeringMode.values,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        label=gettext_lazy("Modes"),
    )
    generator = forms.ChoiceField(
        choices=[(name, name) for name in GENERATORS],
        initial=DEFAULT_GENERATOR,
        widget=UnfoldAdminSelectWidget,
        label=gettext_lazy("Generator"),
    )
    writer = forms.ChoiceField(
        choices=[(name, name) for name in WRITERS],
        initial=DEFAULT_WRITER,
        widget=UnfoldAdminSelectWidget,
        label=gettext_lazy("Writer"),
    )
    iterations = forms.IntegerField(
        min_value=1,
        max_value=MOST_ITERATIONS,
        initial=5,
        widget=UnfoldAdminIntegerFieldWidget,
        label=gettext_lazy("Iterations"),
    )
    variants = forms.IntegerField(
        min_value=1,
        max_value=MOST_VARIANTS,
        initial=8,
        widget=UnfoldAdminIntegerFieldWidget,
        label=gettext_lazy("Variants"),
    )
    seed = forms.IntegerField(
        min_value=0, max_value=MOST_SEED, initial=0, widget=UnfoldAdminIntegerFieldWidget, label=gettext_lazy("Seed")
    )

    def __init__(self, request: HttpRequest, *rest: Any, **named: Any) -> None:
        """Offer the studies in which the person may steer."""
        super().__init__(request, *rest, **named)
        may = studies_of(person=cast("User", request.user), right="scoring.add_steeringrun")
        self.fields["study"].queryset = may.filter(model_versions__state="live")

    def clean_raters(self) -> list[str]:
        """Split the names."""
        names = str(self.cleaned_data["raters"]).replace(",", " ").split()
        if not 1 <= len(names) <= MOST_RATERS:
            raise forms.ValidationError(
                gettext("Give 1 to {most} raters, not {given}.").format(most=MOST_RATERS, given=len(names))
            )
        return names


def start_steering(*, chosen: dict[str, Any], user: User) -> None:
    """Ask for what the form says."""
    request_searches(
        study=chosen["study"],
        raters=chosen["raters"],
        modes=chosen["modes"],
        terms={name: chosen[name] for name in SAME_FOR_ALL},
        actor=user,
    )


@admin.register(SteeringRun)
class SteeringRunAdmin(RaterSearch[SteeringRun], JobAdmin[SteeringRun]):
    """Searches for the picture that somebody likes."""

    list_display = ("headline", "mode_text", "state_pill", "progress_bar", "found", "asked_by", "started")
    list_filter = (
        ("study", RelatedDropdownFilter),
        ("mode", ChoicesCheckboxFilter),
        ("state", JobStateFilter),
    )
    path_to_rater = "participation__rater"
    search_fields = ("prompt",)
    search_help_text = format_lazy(
        gettext_lazy("Words of the prompt, or a rater: {how_to_name}"), how_to_name=HOW_TO_NAME
    )
    fields = (
        ("study", "rater", "judge_text"),
        "prompt",
        ("generator", "writer", "model_version"),
        ("iterations", "variants", "seed"),
        ("side", "drawn", "reused"),
        "fit_judge",
        ("asked_by", "asked"),
        ("started", "took"),
    )
    readonly_fields = ("rater", "judge_text", "asked_by", "asked", "started", "took")
    actions_list = ("steer",)
    actions_detail = ("cancel", "resume")
    change_form_outer_before_template = "admin/scoring/steeringrun/gallery.html"

    @property
    def media(self) -> Media:
        """Add what offers raters in the form of a search."""
        return super().media + suggestions_script()

    def shown_rows(self, request: HttpRequest) -> QuerySet[SteeringRun]:
        """Bring everything that lists and pages show."""
        return runs_with_steps()

    @column(gettext_lazy("Prompt"), ordering="prompt", header=True)
    def headline(self, run: SteeringRun) -> Header:
        """Give the prompt, and below it for whom and in which study."""
        return Header(run.prompt, f"{run.participation}, {run.study.title}")

    @column(gettext_lazy("Mode"), ordering="mode")
    def mode_text(self, run: SteeringRun) -> str:
        """Give the mode in words."""
        return run.get_mode_display()

    @column(gettext_lazy("Best"))
    def found(self, run: SteeringRun) -> str:
        """Give how well the best picture is expected to be liked by the rater whose taste judges."""
        best = run.best
        return f"{decimal(best.score, 2)} \N{PLUS-MINUS SIGN} {best.sd:.2f}" if best else DASH

    @column(gettext_lazy("Asked for by"), ordering="requested_by__username")
    def asked_by(self, job: Job) -> str:
        """Give the person, the rater themselves, or the system."""
        return gettext("the rater") if isinstance(job, SteeringRun) and job.nonce else super().asked_by(job)

    @column(gettext_lazy("Rater"))
    def rater(self, run: SteeringRun) -> str:
        """Name whom the picture is for."""
        return str(run.participation)

    @column(gettext_lazy("Judged by"))
    def judge_text(self, run: SteeringRun) -> str:
        """Name whose taste judges."""
        if run.mode == SteeringMode.GLOBAL:
            return gettext("what everybody likes")
        if run.mode == SteeringMode.OTHER and run.judge is None:
            return gettext("the taste furthest from the rater's, which the worker will find")
        return gettext("the taste of {judge}").format(judge=run.judge or run.participation)

    def has_steer_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Let those steer who may add a run."""
        return request.user.has_perm("scoring.add_steeringrun")

    def has_change_run_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Let those cancel and resume who may change a run."""
        return request.user.has_perm("scoring.change_steeringrun")

    def get_actions_detail(self, request: HttpRequest, object_id: str) -> list[Any]:
        """Offer to cancel what goes on and to resume what ended early."""
        run = SteeringRun.objects.filter(pk=object_id).only("state").first()
        if run is None:
            return []
        wanted = "cancel" if run.is_active else "resume" if run.state in ENDED_EARLY else ""
        offered: list[Any] = super().get_actions_detail(request, object_id)  # type: ignore[misc]
        return [item for item in offered if item.method.original_function_name == wanted]

    @confirmed_action(
        gettext_lazy("Steer"),
        permission="steer",
        icon="auto_awesome",
        question=gettext_lazy(
            "A worker rewrites the prompt, draws the variants and keeps what each rater's taste likes best."
        ),
        form=SteerForm,
        variant=ActionVariant.PRIMARY,
    )
    def steer(self, request: HttpRequest, form: SteerForm) -> HttpResponse:
        """Start runs."""
        return carry_out(
            request=request,
            act=lambda: start_steering(chosen=form.cleaned_data, user=cast("User", request.user)),
            done=gettext("The searches wait for a worker."),
            errors=(RecordError, ModelError, GeneratorError, WriterError),
            url=reverse("admin:scoring_steeringrun_changelist"),
        )

    @confirmed_action(
        gettext_lazy("Cancel"),
        permission="change_run",
        icon="cancel",
        question=gettext_lazy("The worker stops after the pictures it is drawing. What was found so far stays."),
        variant=ActionVariant.DANGER,
    )
    def cancel(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        """Stop a run."""
        run = self.access(request=request, pk=int(object_id))
        return carry_out(
            request=request,
            act=lambda: cancel_steering(run=run, actor=cast("User", request.user)),
            done=gettext("Run {run} is cancelled.").format(run=run.pk),
            errors=RecordError,
            url=reverse("admin:scoring_steeringrun_change", args=[run.pk]),
        )

    @confirmed_action(
        gettext_lazy("Resume"),
        permission="change_run",
        icon="play_arrow",
        question=gettext_lazy("The search goes on after its last whole iteration."),
        variant=ActionVariant.PRIMARY,
    )
    def resume(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        """Go on with a run that ended early."""
        run = self.access(request=request, pk=int(object_id))
        return carry_out(
            request=request,
            act=lambda: resume_search(run=run, actor=cast("User", request.user)),
            done=gettext("Run {run} waits for a worker.").format(run=run.pk),
            errors=ModelError,
            url=reverse("admin:scoring_steeringrun_change", args=[run.pk]),
        )

    def above_form(self, row: SteeringRun) -> dict[str, Any]:
        """Put progress, path and comparison above the facts."""
        plots = [plot for plot in [score_plot(run=row)] if plot is not None]
        return {
            **self.progress_context(row),
            "cards": run_cards(run=row),
            "grid": path_grid(run=row),
            "plots": with_links(plots=plots, view="admin:scoring_steeringrun_plot", pk=row.pk),
            "comparison": comparison(runs=compared_runs(batch=row.batch)),
        }

    def get_urls(self) -> list[URLPattern]:
        """Add the plot's data."""
        view = self.admin_site.admin_view(self.plot_view)
        return [
            path("<int:pk>/plots/<slug:key>.<str:file_format>", view, name="scoring_steeringrun_plot"),
            *super().get_urls(),
        ]

    def plot_view(self, request: HttpRequest, pk: int, key: str, file_format: str) -> HttpResponse:
        """Answer with the plot's data."""
        run = self.access(request=request, pk=pk)
        plot = score_plot(run=run)
        plots, target = [plot] if plot else [], f"{run.study.slug} steering {run.pk}"
        return plot_file(request, plots=plots, key=key, file_format=file_format, target=target)
