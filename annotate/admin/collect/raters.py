"""Raters under their pseudonyms, their parts in studies, and withdrawal."""

from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy
from unfold.contrib.filters.admin import ChoicesCheckboxFilter, RangeDateTimeFilter, RelatedDropdownFilter
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm

from annotate.admin.collect.rater_page import rater_context
from annotate.admin.collect.tastes import taste_file, taste_page, taste_progress
from annotate.admin.parts.base import (
    AMBER,
    BLUE,
    GREEN,
    Header,
    Pill,
    ReadOnlyAdmin,
    ago,
    at,
    bar,
    carry_out,
    column,
    confirmed_action,
    counted,
    linked_action,
)
from annotate.admin.parts.filtered_lists import OPINIONS, filtered_list
from annotate.admin.parts.long_lists import MOST_SORTED_RATERS, SortedWhenShort, is_within
from annotate.admin.parts.rater_search import RaterSearch
from annotate.admin.parts.study_scope import person_of
from annotate.flows.access import has_everywhere, limits_of
from annotate.flows.raters import may_withdraw, withdraw
from ratings.choices import ParticipationState
from ratings.exceptions import RecordError
from ratings.models import Participation, Rater
from ratings.selectors.overview import attention_figures, raters_with_figures

STATE_PILLS = {
    ParticipationState.ACTIVE.value: GREEN,
    ParticipationState.COMPLETE.value: BLUE,
    ParticipationState.LEFT.value: AMBER,
}


FIGURES = {"studies", "ratings", "last_seen"}  # columns that are counted for each rater


@admin.register(Rater)
class RaterAdmin(SortedWhenShort, RaterSearch[Rater], ReadOnlyAdmin[Rater]):
    """People who rate; they are never edited, only withdrawn."""

    sortable_always = ("pseudonym",)

    list_display = ("pseudonym", "kind", "studies", "ratings", "last_seen")
    list_filter = ("is_simulated", ("participations__study", RelatedDropdownFilter))
    path_to_rater = "pk"
    ordering = ("-created_at",)
    fields = ("pseudonym", "kind", "studies", "ratings", "profile_answers", "joined", "last_seen")
    readonly_fields = fields
    actions_detail = ("withdraw",)
    change_form_outer_before_template = "admin/ratings/rater/overview.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rater]:
        """Add the figures and the profile."""
        rows, among = super().get_queryset(request), limits_of(person=person_of(request), right="ratings.view_rater")
        return raters_with_figures(raters=rows, among=among).select_related("profile")

    def get_sortable_by(self, request: HttpRequest) -> Any:
        """Offer the orders by figures where these can be counted while somebody waits."""
        offered = {*super().get_sortable_by(request)}
        return offered if is_within(Rater.objects.all(), MOST_SORTED_RATERS) else offered - FIGURES

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *rest: Any, **named: Any
    ) -> HttpResponse:
        """Put all that is known of the rater's work above the facts."""
        rater = named.get("obj")
        above = rater_context(request=request, rater=rater) if rater is not None and request.method == "GET" else {}
        return super().render_change_form(request, {**context, **above}, *rest, **named)

    @column(gettext_lazy("Rater"), ordering="created_at", header=True)
    def pseudonym(self, rater: Rater) -> Header:
        """Give the pseudonym and when the rater joined."""
        return Header(str(rater), gettext("joined {created_at}").format(created_at=ago(rater.created_at)))

    @column(gettext_lazy("Kind"), ordering="is_simulated", pills={"person": GREEN, "simulated": AMBER})
    def kind(self, rater: Rater) -> Pill:
        """Tell people from simulated raters."""
        return Pill("simulated", gettext("Simulated")) if rater.is_simulated else Pill("person", gettext("Person"))

    @column(gettext_lazy("Studies"), ordering="study_count")
    def studies(self, rater: Rater) -> SafeString:
        """Count the studies."""
        return counted(getattr(rater, "study_count", 0), url=filtered_list("ratings_participation", q=rater.pk))

    @column(gettext_lazy("Ratings"), ordering="rating_count")
    def ratings(self, rater: Rater) -> SafeString:
        """Count the ratings that stand."""
        return counted(getattr(rater, "rating_count", 0), url=filtered_list("ratings_rating", q=rater.pk, **OPINIONS))

    @column(gettext_lazy("Last seen"), ordering="last_seen_at")
    def last_seen(self, rater: Rater) -> str:
        """Say when the rater was last here."""
        return ago(getattr(rater, "last_seen_at", None))

    @column(gettext_lazy("Profile"))
    def profile_answers(self, rater: Rater) -> str:
        """Give the answers that the rater chose to give."""
        answers = rater.profile.answers if hasattr(rater, "profile") else {}
        return ", ".join(f"{key}: {value}" for key, value in answers.items()) or gettext("No answers given")

    @column(gettext_lazy("Joined"))
    def joined(self, rater: Rater) -> str:
        """Say when the rater joined."""
        return at(rater.created_at)

    def has_withdraw_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Let only those withdraw a rater who may delete one, in each study that the rater takes part in."""
        person, right = person_of(request), "ratings.delete_rater"
        if has_everywhere(person=person, right=right) or not person.has_perm(right):
            return person.has_perm(right)
        return object_id is None or may_withdraw(person=person, rater=object_id)

    @confirmed_action(
        gettext_lazy("Withdraw"),
        permission="withdraw",
        icon="person_remove",
        question=(
            gettext_lazy(
                "Everything this rater gave is deleted: ratings, profile and taste. It is absent from later dumps and "
                "training. This cannot be undone."
            )
        ),
        variant=ActionVariant.DANGER,
    )
    def withdraw(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        """Remove a rater and all they gave."""
        rater = self.get_object(request, object_id)
        if rater is None:
            raise Http404(gettext("There is no such rater."))
        return carry_out(
            request=request,
            act=lambda: withdraw(rater=rater, actor=cast("User", request.user)),
            done=gettext("{rater} and everything they gave are deleted.").format(rater=rater),
            errors=RecordError,
            url=reverse("admin:ratings_rater_changelist"),
        )


@admin.register(Participation)
class ParticipationAdmin(SortedWhenShort, RaterSearch[Participation], ReadOnlyAdmin[Participation]):
    """Who takes part where, and how far they are."""

    sortable_always = ("rater_line",)

    list_display = ("rater_line", "study", "state_pill", "progress", "consent_version", "last_seen")
    list_filter = (
        ("study", RelatedDropdownFilter),
        ("state", ChoicesCheckboxFilter),
        ("created_at", RangeDateTimeFilter),
    )
    list_select_related = ("study",)
    path_to_rater = "rater"
    search_fields = ("external_id", "rater__id")
    ordering = ("-created_at",)
    fields = (
        ("rater", "study"),
        ("state_pill", "progress"),
        ("consent_version", "consented"),
        ("external_id", "external_session"),
        "device",
        "vision",
        ("joined", "last_seen", "completed"),
        ("attention_checks",),
    )
    readonly_fields = ("state_pill", "progress", "attention_checks", "consented", "joined", "last_seen", "completed")
    actions_detail = ("taste",)

    def sorted_rows(self, request: HttpRequest) -> QuerySet[Participation]:
        """Give those of the study that is asked for, or all."""
        study = request.GET.get("study__id__exact", "")
        return Participation.objects.filter(study=int(study)) if study.isdecimal() else Participation.objects.all()

    @column(gettext_lazy("Rater"), ordering="created_at", header=True)
    def rater_line(self, participation: Participation) -> Header:
        """Give the pseudonym, and the crowd platform's name below."""
        return Header(str(participation), participation.external_id)

    @column(gettext_lazy("State"), ordering="state", pills=STATE_PILLS)
    def state_pill(self, participation: Participation) -> Pill:
        """Give the state."""
        return Pill(participation.state, participation.get_state_display())

    @column(gettext_lazy("Progress"), ordering="done")
    def progress(self, participation: Participation) -> SafeString:
        """Draw how much of the quota is done."""
        done, quota = participation.done, participation.quota
        return bar(share=done / quota if quota else 0.0, caption=f"{done} / {quota}")

    @column(gettext_lazy("Last seen"), ordering="last_seen_at")
    def last_seen(self, participation: Participation) -> str:
        """Say when the rater was last here."""
        return ago(participation.last_seen_at)

    @column(gettext_lazy("Consented"))
    def consented(self, participation: Participation) -> str:
        """Say when the rater consented."""
        return at(participation.consented_at)

    @column(gettext_lazy("Joined"))
    def joined(self, participation: Participation) -> str:
        """Say when the rater joined."""
        return at(participation.created_at)

    @column(gettext_lazy("Completed"))
    def completed(self, participation: Participation) -> str:
        """Say when the rater was through."""
        return at(participation.completed_at)

    @column(gettext_lazy("Attention checks"))
    def attention_checks(self, participation: Participation) -> str:
        """Say how many of the checks were answered as asked."""
        passed, answered = attention_figures(participation=participation)
        return (
            gettext("{passed} of {answered} passed").format(passed=passed, answered=answered)
            if answered
            else gettext("None put yet")
        )

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer nothing for several at once."""
        return {}

    def has_taste_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Let those look at a taste who may look at raters and models."""
        return request.user.has_perms(("ratings.view_participation", "scoring.view_modelversion"))

    @linked_action(gettext_lazy("Taste"), permission="taste", icon="favorite", url_path="taste")
    def taste(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show what the rater likes more, and less, than others do; a POST has a worker compute it again."""
        return taste_page(self, request, self.access(request=request, object_id=object_id))

    def access(self, *, request: HttpRequest, object_id: str) -> Participation:
        """Give the participation, or say that there is none."""
        participation = self.get_object(request, object_id)
        if participation is None:
            raise Http404(gettext("There is no such participation."))
        return participation

    def get_urls(self) -> list[URLPattern]:
        """Add the taste's data, and the progress of its computation."""
        view = self.admin_site.admin_view
        return [
            path("<uuid:pk>/taste/progress/", view(self.taste_progress), name="ratings_participation_taste_progress"),
            path("<uuid:pk>/taste.<str:file_format>", view(self.taste_data), name="ratings_participation_taste_data"),
            *super().get_urls(),
        ]

    def allowed(self, *, request: HttpRequest, pk: object) -> Participation:
        """Give the participation to those who may look at its taste."""
        if not self.has_taste_permission(request):
            raise Http404(gettext("There is no such participation."))
        return self.access(request=request, object_id=str(pk))

    def taste_progress(self, request: HttpRequest, pk: object) -> HttpResponse:
        """Answer with how far the computation is."""
        return taste_progress(self.allowed(request=request, pk=pk))

    def taste_data(self, request: HttpRequest, pk: object, file_format: str) -> HttpResponse:
        """Answer with what is stored of every image."""
        return taste_file(request, self.allowed(request=request, pk=pk), file_format=file_format)
