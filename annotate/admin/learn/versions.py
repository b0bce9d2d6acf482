"""Model versions with their metrics beside baselines, and the buttons to promote and roll back."""

from dataclasses import replace
from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy, ngettext
from unfold.contrib.filters.admin import ChoicesCheckboxFilter, RelatedDropdownFilter
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm

from annotate.admin.learn.choice_figures import choice_cards, choice_plots, choice_table
from annotate.admin.learn.comparison import ComparisonPage, others_of
from annotate.admin.learn.lineage import lineage
from annotate.admin.learn.notes import NotedPages, VersionNoteForm, note_action
from annotate.admin.learn.roll_back import RollBackForm, target_in_words
from annotate.admin.learn.version_metrics import (
    count_of,
    gain,
    headline_measure,
    learned_ratings,
    metric_file,
    metric_table,
    source_table,
    version_plots,
)
from annotate.admin.parts.base import (
    BLUE,
    GREEN,
    GREY,
    RED,
    Header,
    Pill,
    ReadOnlyAdmin,
    ago,
    at,
    carry_out,
    column,
    confirmed_action,
    whole,
)
from annotate.admin.parts.cards import Card
from annotate.admin.parts.hub_pushes import QUESTION, HubForm, pushes_list
from annotate.admin.parts.image_grids import data_links, dividing_grid
from annotate.admin.parts.plots import Plot, plot_file, table_file, with_links
from annotate.admin.parts.signs import DASH, signed
from annotate.downloads import logged
from annotate.flows.hub import request_push
from annotate.flows.versions import promote_version, roll_back_study
from ratings.values.shapes import fields_of, json_of
from scoring.exceptions import ModelError
from scoring.metrics import DividingImage
from scoring.models import HubPush, ModelState, ModelVersion
from scoring.selectors.cards import model_card
from scoring.selectors.checkpoints import is_lost
from scoring.selectors.overview import version_before, versions_in_order
from scoring.verdicts import MODELS, is_thin, srocc_of, verdict_on

LOST = Pill("lost", gettext_lazy("Files lost"))
STATE_PILLS = {
    ModelState.CANDIDATE.value: BLUE,
    ModelState.LIVE.value: GREEN,
    ModelState.RETIRED.value: GREY,
    LOST[0]: RED,
}


def tested_on(*, version: ModelVersion) -> str:
    """Say what was tested, and how often pictures of one prompt are in the right order: that predicts steering."""
    count = version.measured.test_ratings
    parts = [ngettext("on {count} rating never trained on", "on {count} ratings never trained on", count)]
    found = headline_measure(version=version, metric="prompt_accuracy")
    if found.value is not None:
        parts.append(gettext("within a prompt, {share} of pairs in the right order").format(share=f"{found.value:.0%}"))
    return "; ".join(parts).format(count=whole(count))


def gain_rests_on(*, version: ModelVersion) -> str:
    """Give the interval of the gain by taste, and of how many raters it is a mean."""
    found, added = version.measured.personal_minus_global, gain(version=version)
    if found is None or added.low is None or added.high is None:
        return ""
    interval = gettext("95 % interval {low} to {high}").format(low=signed(added.low), high=signed(added.high))
    return f"{interval}; {count_of(found)}".rstrip("; ")


def version_cards(*, version: ModelVersion) -> list[Card]:
    """Give the figures at the top of a version's page."""
    measured = version.measured
    if measured.choices is not None:
        return choice_cards(version=version, found=measured.choices)
    added = gain(version=version)
    return [
        Card(
            title=gettext("SROCC with taste"),
            value=str(headline_measure(version=version)).split(" ", maxsplit=1)[0],
            detail=tested_on(version=version),
            is_thin=is_thin(measured, srocc_of(measured)),
        ),
        Card(
            title=gettext("Gain by taste"),
            value=DASH if added.value is None else signed(added.value),
            detail=gain_rests_on(version=version),
            is_thin=added.value is not None and is_thin(measured, srocc_of(measured)),
        ),
        Card(
            title=gettext("Learned from"),
            value=whole(learned_ratings(version=version)),
            detail=gettext("ratings, of which {ratings} of {images} images are this study's").format(
                ratings=whole(measured.ratings), images=whole(measured.images)
            ),
        ),
        Card(title=gettext("Raters"), value=whole(measured.raters), detail=gettext("each with a taste of their own")),
    ]


@admin.register(ModelVersion)
class ModelVersionAdmin(NotedPages[ModelVersion], ComparisonPage, ReadOnlyAdmin[ModelVersion]):
    """Trained checkpoints; at most one per study serves."""

    list_display = ("headline", "state_pill", "srocc", "taste_gain", "learned_from", "made", "promoted")
    list_filter = (("study", RelatedDropdownFilter), ("state", ChoicesCheckboxFilter))
    list_select_related = ("study", "run")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("study", "state_pill", "run"),
                    ("made", "promoted"),
                    ("encoder_key", "folder"),
                    "data_digest",
                    "pushes",
                )
            },
        ),
        (gettext_lazy("All metrics as recorded"), {"classes": ("collapse",), "fields": ("metrics",)}),
    )
    readonly_fields = ("state_pill", "made", "promoted", "pushes")
    actions_detail = ("promote_version", "roll_back_study", "push_to_hub", "note")
    change_form_outer_before_template = "admin/scoring/modelversion/overview.html"

    @column(gettext_lazy("Version"), ordering="created_at", header=True)
    def headline(self, version: ModelVersion) -> Header:
        """Give the version and its study."""
        return Header(str(version), version.study.title)

    @column(gettext_lazy("State"), ordering="state", pills=STATE_PILLS)
    def state_pill(self, version: ModelVersion) -> Pill:
        """Give the state; a live version without its files serves nobody."""
        return LOST if is_lost(version=version) else Pill(version.state, version.get_state_display())

    @column("SROCC", header=True)
    def srocc(self, version: ModelVersion) -> Header:
        """Give the rank correlation per rater on the test slice, and below it how large that is."""
        found = headline_measure(version=version)
        return Header(str(found), "" if found.value is None else tested_on(version=version).split("; ")[0])

    @column(gettext_lazy("Gain by taste"), header=True)
    def taste_gain(self, version: ModelVersion) -> Header:
        """Give what the taste adds, and below it with which interval, over whom."""
        added = gain(version=version)
        return Header(DASH if added.value is None else signed(added.value), gain_rests_on(version=version))

    @column(gettext_lazy("Learned from"))
    def learned_from(self, version: ModelVersion) -> str:
        """Count the ratings, or choices, learned from."""
        unit = gettext("ratings") if version.measured.choices is None else gettext("choices")
        return f"{whole(learned_ratings(version=version))} {unit}"

    @column(gettext_lazy("Made"), ordering="created_at")
    def made(self, version: ModelVersion) -> str:
        """Say when it was trained."""
        return at(version.created_at)

    @column(gettext_lazy("Promoted"), ordering="promoted_at")
    def promoted(self, version: ModelVersion) -> str:
        """Say when it went live."""
        return ago(version.promoted_at)

    @column(gettext_lazy("On the Hugging Face Hub"))
    def pushes(self, version: ModelVersion) -> SafeString | str:
        """List where it was sent."""
        return pushes_list(HubPush.objects.filter(version=version))

    def has_promote_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Let those promote, and push, who may change a version."""
        return request.user.has_perm("scoring.change_modelversion")

    def get_actions_detail(self, request: HttpRequest, object_id: str) -> list[Any]:
        """Offer to promote what is not live, to roll back what is and has a predecessor, and to write of any."""
        version = ModelVersion.objects.filter(pk=object_id).only("state", "study_id").first()
        if version is None:
            return []
        is_live = version.state == ModelState.LIVE
        before = version_before(study_id=version.study_id) if is_live else None
        hidden = {"promote_version"} if is_live else {"roll_back_study"}
        hidden |= set() if before else {"roll_back_study"}
        offered = {
            item.method.original_function_name: item
            for item in super().get_actions_detail(request, object_id)  # type: ignore[misc]
        }
        if before is not None and "roll_back_study" in offered:
            words = gettext("Roll back to {before}").format(before=target_in_words(before))
            offered["roll_back_study"] = replace(offered["roll_back_study"], description=words)
        return [item for name, item in offered.items() if name not in hidden]

    @note_action(VersionNoteForm)
    def note(self, request: HttpRequest, form: VersionNoteForm, object_id: str) -> HttpResponse:
        """Keep a note on a version."""
        version = self.access(request=request, pk=int(object_id))
        url = reverse("admin:scoring_modelversion_change", args=[version.pk])
        return self.save_note(request, version, words=form.cleaned_data["notes"], url=url)

    @confirmed_action(
        gettext_lazy("Promote"),
        permission="promote",
        icon="rocket_launch",
        question=gettext_lazy(
            "This version chooses images and predicts ratings from now on; the one before can come back."
        ),
        variant=ActionVariant.PRIMARY,
    )
    def promote_version(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        """Make a version the live one."""
        version, user = self.access(request=request, pk=int(object_id)), cast("User", request.user)
        return carry_out(
            request=request,
            act=lambda: promote_version(version=version, actor=user),
            done=gettext("{version} of {study} is live.").format(version=version, study=version.study),
            errors=ModelError,
            url=reverse("admin:scoring_modelversion_change", args=[version.pk]),
        )

    @confirmed_action(
        gettext_lazy("Roll back"),
        permission="promote",
        icon="undo",
        question=gettext_lazy(
            "The version named here becomes live again; the present one is retired and can be promoted again."
        ),
        form=RollBackForm,
        variant=ActionVariant.WARNING,
    )
    def roll_back_study(self, request: HttpRequest, form: RollBackForm, object_id: str) -> HttpResponse:
        """Bring back the version before."""
        version, user = self.access(request=request, pk=int(object_id)), cast("User", request.user)
        return carry_out(
            request=request,
            act=lambda: roll_back_study(study=version.study, actor=user),
            done=gettext("{before} is live again.").format(before=target_in_words(form.before)),
            errors=ModelError,
            url=reverse("admin:scoring_modelversion_changelist"),
        )

    @confirmed_action(
        gettext_lazy("Push to the Hub"), permission="promote", icon="cloud_upload", question=QUESTION, form=HubForm
    )
    def push_to_hub(self, request: HttpRequest, form: HubForm, object_id: str) -> HttpResponse:
        """Have a worker send the version, as a release."""
        version = self.access(request=request, pk=int(object_id))
        return carry_out(
            request=request,
            act=lambda: request_push(content=version, actor=cast("User", request.user), **form.terms),
            done=gettext("{version} of {study} is being sent; this page says how it went.").format(
                version=version, study=version.study
            ),
            errors=ModelError,
            url=reverse("admin:scoring_modelversion_change", args=[version.pk]),
        )

    def plots_of(self, version: ModelVersion) -> list[Plot]:
        """Give the plots of a version's page, with links to their data."""
        chosen = version.measured.choices
        plots = (
            version_plots(version=version, versions=versions_in_order(study_id=version.study_id))
            if chosen is None
            else choice_plots(found=chosen)
        )
        return with_links(plots=plots, view="admin:scoring_modelversion_plot", pk=version.pk)

    def above_form(self, row: ModelVersion) -> dict[str, Any]:
        """Put figures, metrics and plots above the facts."""
        links = data_links(view="admin:scoring_modelversion_metrics", pk=row.pk)
        chosen = row.measured.choices
        table = metric_table(version=row) if chosen is None else choice_table(found=chosen)
        return {
            "verdict": verdict_on(measured=row.measured, name=str(row), model_names=MODELS),
            "sources": source_table(version=row) if chosen is None else None,
            "cards": version_cards(version=row),
            "plots": self.plots_of(row),
            "grid": dividing_grid(version=row),
            "table": replace(table, links=links),
            "lineage": lineage(version=row),
            "others": others_of(version=row),
            "compare_url": reverse("admin:scoring_modelversion_compare", args=[row.pk]),
            "card_url": reverse("admin:scoring_modelversion_card", args=[row.pk]),
        }

    def get_urls(self) -> list[URLPattern]:
        """Add what can be downloaded."""
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/plots/<slug:key>.<str:file_format>", view(self.plot_view), name="scoring_modelversion_plot"),
            path("<int:pk>/dividing.<str:file_format>", view(self.dividing_view), name="scoring_modelversion_dividing"),
            path("<int:pk>/metrics.<str:file_format>", view(self.metrics_view), name="scoring_modelversion_metrics"),
            path("<int:pk>/card.json", view(self.card_view), name="scoring_modelversion_card"),
            path("<int:pk>/compare/", view(self.compare_view), name="scoring_modelversion_compare"),
            *super().get_urls(),
        ]

    def access(self, *, request: HttpRequest, pk: int) -> ModelVersion:
        """Give the version if the person may see it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        version = ModelVersion.objects.select_related("study").filter(pk=pk).first()
        if version is None:
            raise Http404(gettext("There is no such version."))
        return version

    def plot_view(self, request: HttpRequest, pk: int, key: str, file_format: str) -> HttpResponse:
        """Answer with one plot's data."""
        version = self.access(request=request, pk=pk)
        target, plots = version.name_in_log, self.plots_of(version)
        return plot_file(request, plots=plots, key=key, file_format=file_format, target=target)

    def dividing_view(self, request: HttpRequest, pk: int, file_format: str) -> HttpResponse:
        """Answer with the images that divide raters most."""
        version = self.access(request=request, pk=pk)
        names = [field.key for field in fields_of(DividingImage)]
        rows = [list(json_of(row).values()) for row in version.measured.dividing]
        answer = table_file(name="dividing", names=names, rows=rows, file_format=file_format)
        return logged(request=request, answer=answer, target=version.name_in_log, file=f"dividing.{file_format}")

    def metrics_view(self, request: HttpRequest, pk: int, file_format: str) -> HttpResponse:
        """Answer with the table of compared models."""
        version = self.access(request=request, pk=pk)
        chosen = version.measured.choices
        names, rows = metric_file(metric_table(version=version) if chosen is None else choice_table(found=chosen))
        answer = table_file(name="metrics", names=names, rows=rows, file_format=file_format)
        return logged(request=request, answer=answer, target=version.name_in_log, file=f"metrics.{file_format}")

    def card_view(self, request: HttpRequest, pk: int) -> JsonResponse:
        """Answer with the model card."""
        version = self.access(request=request, pk=pk)
        name = f"{version.study.slug}-{version}-card.json"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        answer = JsonResponse(model_card(version=version), headers=headers, json_dumps_params={"indent": 2})
        return logged(request=request, answer=answer, target=version.name_in_log, file=name)
