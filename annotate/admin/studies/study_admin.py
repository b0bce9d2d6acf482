"""Studies: coverage and live model at a glance, state, images in, dumps out, training."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesCheckboxFilter
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm

from annotate.admin.learn.runs import BY_HAND
from annotate.admin.parts.archive import ArchivedFilter
from annotate.admin.parts.base import (
    Header,
    Pill,
    bar,
    carry_out,
    column,
    confirmed_action,
    counted,
    linked_action,
    whole,
)
from annotate.admin.parts.filtered_lists import items_list, opinions_list, raters_list
from annotate.admin.parts.plots import plot_file
from annotate.admin.share.export_form import ExportForm
from annotate.admin.studies.archive_actions import ArchiveActions
from annotate.admin.studies.copies import StudyBeginnings
from annotate.admin.studies.design_upload import SHOWN, DesignForm, import_design_form
from annotate.admin.studies.forms import FIELDSETS, StudyForm
from annotate.admin.studies.offers import OfferInline
from annotate.admin.studies.open_form import OpenForm
from annotate.admin.studies.participants_page import ParticipantPages
from annotate.admin.studies.planning_page import PlanningPages
from annotate.admin.studies.selection_page import selection_context
from annotate.admin.studies.study_base import STATE_PILLS
from annotate.admin.studies.study_figures import measured_plots, outlook_context, overview_context, quality_context
from annotate.admin.studies.text_pages import TextPages
from annotate.admin.studies.text_warnings import warn_of_corrected_consent, warn_of_gaps
from annotate.admin.studies.upload import UploadForm, store_upload, upload_words
from annotate.admin.studies.upload_parts import upload_urls
from annotate.flows.dumps import request_dump
from annotate.flows.quality import request_report
from annotate.flows.studies import (
    close_study,
    keep_texts,
    open_study,
    pause_study,
    spread_target,
    update_stopped_images,
)
from annotate.flows.training import request_run
from ratings.choices import StudyState
from ratings.exceptions import RecordError
from ratings.models import Study
from ratings.models.stopping import STOPPING_FIELDS
from ratings.registry import chooses_items, design_of
from ratings.selectors.overview import studies_with_figures
from ratings.selectors.quality import newest_report
from ratings.selectors.studies import locked_fields
from ratings.selectors.uploads import unfinished_upload
from scoring.exceptions import ModelError
from scoring.selectors.overview import studies_with_model

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

ACTIONS_PER_STATE = {
    StudyState.DRAFT: {"open_for_raters"},
    StudyState.OPEN: {"pause", "close"},
    StudyState.PAUSED: {"open_for_raters", "close"},
    StudyState.CLOSED: {"open_for_raters"},
}
STATE_ACTIONS = {"open_for_raters", "pause", "close"}
WORK_ACTIONS = {"archive", "upload", "import_design", "retrain"}  # not for a study in the archive


@admin.register(Study)
class StudyAdmin(ArchiveActions, StudyBeginnings, ParticipantPages, PlanningPages, TextPages):
    """Studies with their coverage and live model, and everything done to one."""

    form = StudyForm
    list_display = ("headline", "state_pill", "coverage", "items", "raters", "answers", "live_model")
    list_filter = (("state", ChoicesCheckboxFilter), "is_demo", ArchivedFilter)
    search_fields = ("title", "slug")
    autocomplete_fields = ("datasets",)
    actions_detail = (
        "open_for_raters",
        "pause",
        "close",
        "quality",
        "upload",
        "import_design",
        "export",
        "retrain",
        {  # one button for several, so that there is room for the way here beside them
            "title": _("More"),
            "icon": "more_horiz",
            "items": [
                *("planning", "walk", "participants", "selection", "translations", "text_versions"),
                *("copy", "toml", "archive", "restore"),
            ],
        },
    )
    change_form_outer_before_template = "admin/ratings/study/overview.html"
    change_form_outer_after_template = "admin/ratings/study/plots.html"
    fieldsets = FIELDSETS

    def get_queryset(self, request: HttpRequest) -> QuerySet[Study]:
        """Add the figures of the list."""
        return studies_with_model(studies=studies_with_figures(studies=super().get_queryset(request)))

    def get_inlines(self, request: HttpRequest, obj: Study | None) -> list[Any]:
        """Let a study of ratings offer pictures; one that is not saved yet has nothing to offer."""
        return [OfferInline] if obj is not None and design_of(obj).trains else []

    @column(_("Study"), ordering="title", header=True)
    def headline(self, study: Study) -> Header:
        """Give the title, and below it the address and whether it is a demo."""
        slug = _("{slug} · demo with simulated raters") if study.is_demo else "{slug}"
        return Header(study.title, slug.format(slug=study.slug))

    @column(_("State"), ordering="state", pills=STATE_PILLS)
    def state_pill(self, study: Study) -> Pill:
        """Give the state."""
        return Pill(study.state, _("Archived") if study.archived_at else study.get_state_display())

    @column(_("Coverage"), ordering="places_taken")
    def coverage(self, study: Study) -> SafeString:
        """Draw the share of wanted ratings that are taken."""
        taken, wanted = getattr(study, "places_taken", 0), getattr(study, "places_wanted", 0)
        share = taken / wanted if wanted else 0.0
        title = _("{taken} of {wanted} places taken").format(taken=whole(taken), wanted=whole(wanted))
        return bar(share=share, caption=f"{share:.0%}", title=title)

    @column(_("Items"), ordering="item_count")
    def items(self, study: Study) -> SafeString:
        """Count the images or pairs that raters are asked about."""
        unit = str(_(design_of(study).items))
        return counted(getattr(study, "item_count", 0), unit=unit, url=items_list(study=study))

    @column(_("Raters"), ordering="rater_count")
    def raters(self, study: Study) -> SafeString:
        """Count the raters."""
        return counted(getattr(study, "rater_count", 0), url=raters_list(study=study))

    @column(_("Answers"), ordering="answer_count")
    def answers(self, study: Study) -> SafeString:
        """Count the ratings or choices that stand."""
        unit = str(_(design_of(study).answers))
        return counted(getattr(study, "answer_count", 0), unit=unit, url=opinions_list(study=study))

    @column(_("Live model"), ordering="live_number")
    def live_model(self, study: Study) -> str:
        """Give the version that serves."""
        number = getattr(study, "live_number", None)
        return "\N{EN DASH}" if number is None else f"v{number}"

    def get_readonly_fields(self, request: HttpRequest, obj: Study | None = None) -> tuple[str, ...]:
        """Keep what ratings already given depend on: design and scale, and the address once it is public."""
        if obj is None:
            return ()
        known: tuple[str, ...] | None = getattr(request, "locked_fields", None)
        if known is None:  # a page asks several times
            known = request.locked_fields = locked_fields(study=obj)  # type: ignore[attr-defined]
        return known

    def has_delete_permission(self, request: HttpRequest, obj: Study | None = None) -> bool:
        """Let an admin delete a draft; a study that raters saw is closed instead."""
        is_draft = obj is None or getattr(obj, "state", None) == StudyState.DRAFT
        return is_draft and super().has_delete_permission(request, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer nothing for several studies at once."""
        return {}

    def audit_target(self, obj: Study) -> str:
        """Name a study by its address, as every act about it does."""
        return obj.slug

    def save_model(self, request: HttpRequest, obj: Study, form: StudyForm, change: bool) -> None:  # noqa: FBT001
        """Save, and carry a changed target over to the images and pairs."""
        super().save_model(request, obj, form, change)
        keep_texts(study=obj, actor=cast("User", request.user))
        warn_of_corrected_consent(request=request, study=obj, changed=form.changed_data)
        warn_of_gaps(request=request, study=obj)
        if change and "target" in form.changed_data:
            spread_target(study=obj)
        if change and set(STOPPING_FIELDS) & set(form.changed_data):
            update_stopped_images(study=obj)

    def get_actions_detail(self, request: HttpRequest, object_id: str) -> list[Any]:
        """Offer the moves that the study's state allows, and the pages that its design has."""
        study = self.get_object(request, object_id)
        if study is None:  # gone since the page was asked for
            return []
        hidden = STATE_ACTIONS - ACTIONS_PER_STATE[StudyState(study.state)] | {"restore"}
        if study.archived_at is not None:
            hidden = STATE_ACTIONS | WORK_ACTIONS
        design = design_of(study)
        hidden |= set() if design.takes_table else {"import_design"}
        hidden |= set() if chooses_items(study) else {"selection"}
        offered = super().get_actions_detail(request, object_id)  # type: ignore[misc]
        return [item for item in offered if item.method.original_function_name not in hidden]

    def above_form(self, row: Study) -> dict[str, Any]:
        """Put the study's figures and plots above its form."""
        figures = {**overview_context(study=row), **outlook_context(study=row)}
        return {**figures, "study": row, "pill": STATE_PILLS[row.state]}

    @linked_action(_("Quality"), permission="view", icon="monitoring", url_path="quality")
    def quality(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show how the ratings were given; a POST has them measured."""
        study = self.access(request=request, object_id=object_id)
        if request.method == "POST":
            return self.measure(request=request, study=study)
        may_measure = {"may_measure": request.user.has_perm("ratings.change_qualityflag")}
        context = {**quality_context(study=study), **may_measure, "title": _("Quality of {study}").format(study=study)}
        return self.page(request, study, template="admin/ratings/study/quality.html", context=context)

    def measure(self, *, request: HttpRequest, study: Study) -> HttpResponse:
        """Have a worker measure, for those who may decide on flags."""
        if not request.user.has_perm("ratings.change_qualityflag"):
            raise PermissionDenied
        return carry_out(
            request=request,
            act=lambda: request_report(study=study),
            done=_("A worker measures now, unless nothing changed since the last time."),
            errors=RecordError,
            url=reverse("admin:ratings_study_quality", args=[study.pk]),
        )

    def quality_plot_view(self, request: HttpRequest, pk: int, key: str, file_format: str) -> HttpResponse:
        """Answer with one quality plot's data."""
        study = self.access(request=request, object_id=str(pk))
        plots = measured_plots(study=study, report=newest_report(study=study))
        return plot_file(request, plots=plots, key=key, file_format=file_format, target=study.slug)

    def get_urls(self) -> list[URLPattern]:
        """Add the plots' data, and the calls of the upload page."""
        view = self.admin_site.admin_view(self.plot_view)
        quality = self.admin_site.admin_view(self.quality_plot_view)
        return [
            path("<int:pk>/quality/<slug:key>.<str:file_format>", quality, name="ratings_study_quality_plot"),
            path("<int:pk>/plots/<slug:key>.<str:file_format>", view, name="ratings_study_plot"),
            *upload_urls(self),
            *super().get_urls(),
        ]

    def plot_view(self, request: HttpRequest, pk: int, key: str, file_format: str) -> HttpResponse:
        """Answer with one plot's data."""
        study = self.access(request=request, object_id=str(pk))
        found = overview_context(study=study)
        return plot_file(request, plots=found["plots"], key=key, file_format=file_format, target=study.slug)

    def has_upload_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Let those upload who may add images."""
        return request.user.has_perm("ratings.add_image")

    @linked_action(_("Upload images"), permission="upload", icon="upload", url_path="upload")
    def upload(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Keep pictures for a worker, and lead to what becomes of them."""
        study = self.access(request=request, object_id=object_id)
        form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
        delivery = store_upload(form=form, study=study, user=cast("User", request.user)) if form.is_valid() else None
        if delivery is not None:
            return redirect("admin:ratings_delivery_change", delivery.pk)
        context = {
            "title": _("Upload images to {study}").format(study=study),
            "form": form,
            "unfinished": unfinished_upload(study=study, uploader=cast("User", request.user)),
            "words": upload_words(),
            "limit": settings.DATA_UPLOAD_MAX_NUMBER_FILES,
        }
        return self.page(request, study, template="admin/ratings/study/upload.html", context=context)

    @linked_action(_("Import pairs"), permission="upload", icon="compare", url_path="import-pairs")
    def import_design(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take in the table of a pairwise study's design, and say what became of its rows."""
        study = self.access(request=request, object_id=object_id)
        form = DesignForm(request.POST, request.FILES) if request.method == "POST" else DesignForm()
        report = import_design_form(form=form, study=study) if form.is_valid() else None
        context = {
            "title": _("Import pairs of {study}").format(study=study),
            "form": form,
            "report": report,
            "refused": report.rejected[:SHOWN] if report else [],
        }
        return self.page(request, study, template="admin/ratings/study/design.html", context=context)

    def has_export_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Let those export who may add dumps."""
        return request.user.has_perm("ratings.add_dump")

    @confirmed_action(
        _("Export"),
        permission="export",
        icon="archive",
        question=_("A worker writes a dump: files that never change again, with a manifest and a data card."),
        form=ExportForm,
    )
    def export(self, request: HttpRequest, form: ExportForm, object_id: str) -> HttpResponse:
        """Start a dump, and show it."""
        study = self.access(request=request, object_id=object_id)
        return carry_out(
            request=request,
            act=lambda: request_dump(
                study=study,
                dump_format=form.cleaned_data["format"],
                filters=form.filters,
                actor=cast("User", request.user),
            ),
            done=_("The dump of {study} is being made; its files appear here.").format(study=study),
            errors=RecordError,
            url=reverse("admin:ratings_dump_changelist"),
        )

    @linked_action(_("Selection"), permission="view", icon="tune", url_path="selection")
    def selection(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show which policy served what, and what it brought."""
        study = self.access(request=request, object_id=object_id)
        context = {"title": _("Selection of {study}").format(study=study), **selection_context(study=study)}
        return self.page(request, study, template="admin/scoring/selection.html", context=context)

    def has_retrain_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Let those retrain who may add a run."""
        return request.user.has_perm("scoring.add_trainingrun")

    @confirmed_action(
        _("Retrain"),
        permission="retrain",
        icon="model_training",
        question=_("A worker trains a new model on all ratings of this study. It goes live if it is not worse."),
    )
    def retrain(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        """Start a run, and show it."""
        study = self.access(request=request, object_id=object_id)
        return carry_out(
            request=request,
            act=lambda: request_run(study=study, reason=BY_HAND, actor=cast("User", request.user)),
            done=_("{study} waits for a worker to train it.").format(study=study),
            errors=ModelError,
            url=reverse("admin:scoring_trainingrun_changelist"),
        )

    def move(
        self, *, request: HttpRequest, object_id: str, step: Callable[..., Study], done: "StrOrPromise"
    ) -> HttpResponse:
        """Move a study to another state and come back to its page."""
        study = self.access(request=request, object_id=object_id)
        return carry_out(
            request=request,
            act=lambda: step(study=study, actor=cast("User", request.user)),
            done=done,
            errors=RecordError,
            url=reverse("admin:ratings_study_change", args=[study.pk]),
        )

    @confirmed_action(
        _("Open"),
        permission="change",
        icon="play_arrow",
        question=_("Raters can join from now on and get images."),
        form=OpenForm,
        variant=ActionVariant.PRIMARY,
    )
    def open_for_raters(self, request: HttpRequest, form: OpenForm, object_id: str) -> HttpResponse:
        """Let raters in."""
        step = partial(open_study, may_lack_translations=form.cleaned_data["may_lack_translations"])
        return self.move(request=request, object_id=object_id, step=step, done=_("The study is open for raters."))

    @confirmed_action(
        _("Pause"),
        permission="change",
        icon="pause",
        question=_("No more images are handed out. What raters have before them can still be answered."),
    )
    def pause(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        """Hand out nothing for now."""
        return self.move(request=request, object_id=object_id, step=pause_study, done=_("The study is paused."))

    @confirmed_action(
        _("Close"),
        permission="change",
        icon="stop",
        question=_("No more answers are taken. Everything collected stays, and the study can be opened again."),
    )
    def close(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        """Take no more answers."""
        return self.move(request=request, object_id=object_id, step=close_study, done=_("The study is closed."))
