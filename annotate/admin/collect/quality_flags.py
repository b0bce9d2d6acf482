"""Quality of a study's ratings: figures, plots, raters, and flags to confirm or dismiss."""

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy
from unfold.contrib.filters.admin import ChoicesCheckboxFilter, RelatedDropdownFilter
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm

from annotate.admin.parts.base import (
    AMBER,
    GREY,
    RED,
    Header,
    Pill,
    ReadOnlyAdmin,
    at,
    bulk_action,
    carry_out,
    column,
    confirmed_action,
)
from annotate.admin.parts.filtered_lists import rater_page_url
from annotate.admin.parts.rater_search import RaterSearch
from annotate.flows.quality import decide_flag, decide_flags
from ratings.choices import FlagState
from ratings.exceptions import RecordError
from ratings.models import QualityFlag
from ratings.selectors.quality import flags_in_order

FLAG_PILLS = {
    FlagState.RAISED.value: AMBER,
    FlagState.CONFIRMED.value: RED,
    FlagState.DISMISSED.value: GREY,
}
MOVES = {
    FlagState.RAISED: {"confirm", "dismiss"},
    FlagState.CONFIRMED: {"reopen"},
    FlagState.DISMISSED: {"reopen"},
}


@admin.register(QualityFlag)
class QualityFlagAdmin(RaterSearch[QualityFlag], ReadOnlyAdmin[QualityFlag]):
    """Flags about raters; a person confirms or dismisses each."""

    path_to_rater = "participation__rater"
    list_display = ("headline", "state_pill", "what_was_seen", "study", "decided")
    list_filter = (
        ("participation__study", RelatedDropdownFilter),
        ("state", ChoicesCheckboxFilter),
        ("reason", ChoicesCheckboxFilter),
    )
    list_select_related = ("participation__study", "decided_by")
    fields = (("headline", "state_pill"), "rater_link", "what_was_seen", "rater_figures", ("study", "decided"))
    readonly_fields = ("headline", "state_pill", "rater_link", "what_was_seen", "study", "decided", "rater_figures")
    actions = ("confirm_selected", "dismiss_selected", "reopen_selected")
    actions_detail = ("confirm", "dismiss", "reopen")

    def shown_rows(self, request: HttpRequest) -> QuerySet[QualityFlag]:
        """Put those to be decided first."""
        return flags_in_order()

    @column(gettext_lazy("Flag"), header=True)
    def headline(self, flag: QualityFlag) -> Header:
        """Give the reason and the rater."""
        return Header(flag.get_reason_display(), str(flag.participation))

    @column(gettext_lazy("Finding"), ordering="finding")
    def what_was_seen(self, flag: QualityFlag) -> str:
        """Give what a worker found, in the reader's language."""
        return flag.said(flag.finding)

    @column(gettext_lazy("Rater"))
    def rater_link(self, flag: QualityFlag) -> SafeString:
        """Lead to the answers that the flag is about."""
        words = gettext("{participation}: answers, times, repeats and taste").format(participation=flag.participation)
        return format_html('<a class="text-link" href="{}">{}</a>', rater_page_url(flag.participation), words)

    @column(gettext_lazy("State"), ordering="state", pills=FLAG_PILLS)
    def state_pill(self, flag: QualityFlag) -> Pill:
        """Give the state."""
        return Pill(flag.state, flag.get_state_display())

    @column(gettext_lazy("Study"))
    def study(self, flag: QualityFlag) -> str:
        """Name the study."""
        return str(flag.participation.study)

    @column(gettext_lazy("Decided"))
    def decided(self, flag: QualityFlag) -> str:
        """Say who decided and when."""
        if flag.decided_at is None:
            return "\N{EN DASH}"
        return f"{flag.decided_by or gettext('somebody who left')}, {at(flag.decided_at)}"

    @column(gettext_lazy("Figures"))
    def rater_figures(self, flag: QualityFlag) -> SafeString | str:
        """Show what was measured of the rater."""
        quality = getattr(flag.participation, "quality", None)
        if quality is None:
            return gettext("Not measured yet.")
        return render_to_string("admin/ratings/qualityflag/figures.html", {"figures": quality.figures})

    def get_actions_detail(self, request: HttpRequest, object_id: str) -> list[Any]:
        """Offer what the flag's state allows."""
        state = QualityFlag.objects.values_list("state", flat=True).get(pk=object_id)
        offered = super().get_actions_detail(request, object_id)  # type: ignore[misc]
        return [item for item in offered if item.method.original_function_name in MOVES[FlagState(state)]]

    def has_decide_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Let those decide who may change flags."""
        return request.user.has_perm("ratings.change_qualityflag")

    def decide(self, *, request: HttpRequest, object_id: str, state: FlagState, done: str) -> HttpResponse:
        """Decide, and come back to the flag."""
        flag = self.get_object(request, object_id)
        if flag is None:
            raise Http404(gettext("There is no such flag."))
        return carry_out(
            request=request,
            act=lambda: decide_flag(flag=flag, state=state, actor=cast("User", request.user)),
            done=done,
            errors=RecordError,
            url=self.page_after(request, flag),
        )

    def decide_selected(self, *, request: HttpRequest, flags: QuerySet[QualityFlag], state: FlagState) -> None:
        """Decide the flags that were ticked, and say how many and which not."""
        chosen = list(flags.select_related("participation__study"))
        count = decide_flags(flags=chosen, state=state, actor=cast("User", request.user))
        rest = len(chosen) - count
        done = gettext("{count} of {chosen} flags: {state}.")
        sentences = [done.format(count=count, chosen=len(chosen), state=state.label.lower())]
        if rest:
            stay = gettext("{rest} stay as they are: they were decided otherwise, or wait already.")
            sentences.append(stay.format(rest=rest))
        messages.success(request, " ".join(sentences))

    @bulk_action(gettext_lazy("Confirm the ticked flags"), permission="decide")
    def confirm_selected(self, request: HttpRequest, queryset: QuerySet[QualityFlag]) -> None:
        """Confirm several flags."""
        self.decide_selected(request=request, flags=queryset, state=FlagState.CONFIRMED)

    @bulk_action(gettext_lazy("Dismiss the ticked flags"), permission="decide")
    def dismiss_selected(self, request: HttpRequest, queryset: QuerySet[QualityFlag]) -> None:
        """Dismiss several flags."""
        self.decide_selected(request=request, flags=queryset, state=FlagState.DISMISSED)

    @bulk_action(gettext_lazy("Decide the ticked flags again"), permission="decide")
    def reopen_selected(self, request: HttpRequest, queryset: QuerySet[QualityFlag]) -> None:
        """Take several decisions back."""
        self.decide_selected(request=request, flags=queryset, state=FlagState.RAISED)

    def page_after(self, request: HttpRequest, flag: QualityFlag) -> str:
        """Give where to go after a decision: to the rater's page, if one came from there, or the study's."""
        if request.GET.get("back") == "rater":
            return rater_page_url(flag.participation)
        return reverse("admin:ratings_study_quality", args=[flag.participation.study_id])

    @confirmed_action(
        gettext_lazy("Confirm"),
        permission="decide",
        icon="flag",
        question=(
            gettext_lazy(
                "You agree with the flag. Dumps and training that leave out flagged raters will leave this one out; "
                "all others keep the ratings."
            )
        ),
        variant=ActionVariant.PRIMARY,
    )
    def confirm(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        """Confirm a flag."""
        return self.decide(
            request=request, object_id=object_id, state=FlagState.CONFIRMED, done=gettext("The flag is confirmed.")
        )

    @confirmed_action(
        gettext_lazy("Dismiss"),
        permission="decide",
        icon="check",
        question=gettext_lazy("The answers are fine. It stays on record as dismissed and is not raised again."),
    )
    def dismiss(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        """Dismiss a flag."""
        return self.decide(
            request=request, object_id=object_id, state=FlagState.DISMISSED, done=gettext("The flag is dismissed.")
        )

    @confirmed_action(
        gettext_lazy("Decide again"),
        permission="decide",
        icon="undo",
        question=gettext_lazy("The flag waits for a decision again."),
    )
    def reopen(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        """Take a decision back."""
        return self.decide(
            request=request, object_id=object_id, state=FlagState.RAISED, done=gettext("The flag waits for a decision.")
        )
