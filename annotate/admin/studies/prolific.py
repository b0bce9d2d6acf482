"""Studies and their counterparts on Prolific: what is set, what is there, and what went wrong last."""

from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from unfold.forms import BaseDialogForm

from annotate.admin.parts.base import GREEN, RED, Pill, RecordAdmin, ago, carry_out, column, confirmed_action, whole
from annotate.flows.prolific import set_prolific, update_from_prolific
from ratings.exceptions import RecordError
from ratings.models import ProlificStudy


@admin.register(ProlificStudy)
class ProlificStudyAdmin(RecordAdmin[ProlificStudy]):
    """Which study of Prolific belongs to which of ours, and how far they are in step."""

    list_display = ("study", "remote_id", "state_pill", "submissions", "approved", "checked")
    list_select_related = ("study",)
    search_fields = ("study__title", "study__slug", "remote_id")
    autocomplete_fields = ("study",)
    fields = (
        "study",
        "remote_id",
        ("approves", "asks_return", "checks"),
        "state_pill",
        "submissions",
        "approved",
        "returns_asked",
        "let_in",
        "let_in_at",
        "checked",
        "error",
    )
    readonly_fields = (
        "state_pill",
        "submissions",
        "approved",
        "returns_asked",
        "let_in",
        "let_in_at",
        "checked",
        "error",
    )
    actions_detail = ("read_now",)

    def get_readonly_fields(self, request: HttpRequest, obj: ProlificStudy | None = None) -> tuple[str, ...]:
        """Keep the study of a row that exists: another one has a row of its own."""
        return self.readonly_fields if obj is None else ("study", *self.readonly_fields)

    def save_model(self, request: HttpRequest, obj: ProlificStudy, form: Any, change: bool) -> None:  # noqa: FBT001
        """Keep what is set; the act itself is in the audit log."""
        terms = {name: getattr(obj, name) for name in ("remote_id", "approves", "asks_return", "checks")}
        obj.pk = set_prolific(study=obj.study, terms=terms, actor=cast("User", request.user)).pk

    @column(gettext_lazy("State"), pills={"ok": GREEN, "error": RED})
    def state_pill(self, row: ProlificStudy) -> Pill:
        """Say whether the last look went well."""
        return (
            Pill("error", gettext("Error"))
            if row.error
            else Pill("ok", gettext("In step") if row.checked_at else gettext("Not read yet"))
        )

    @column(gettext_lazy("Submissions on Prolific"))
    def submissions(self, row: ProlificStudy) -> str:
        """Count the submissions by their status there."""
        return ", ".join(f"{whole(count)} {status}" for status, count in row.counts.items() if count) or "none"

    @column(gettext_lazy("Last read"), ordering="checked_at")
    def checked(self, row: ProlificStudy) -> str:
        """Say when the submissions were read last."""
        return ago(row.checked_at)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer nothing for several at once."""
        return {}

    @confirmed_action(
        gettext_lazy("Read now"),
        permission="change",
        icon="sync",
        question=gettext_lazy(
            "Its submissions are read. Those that the rules approve are approved, which pays them; the places of "
            "people who returned or ran out of time are given back; who has not finished is asked to return, where "
            "that is set. Nobody is rejected."
        ),
    )
    def read_now(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        """Bring the two studies in step."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404(gettext("There is no such study."))
        return carry_out(
            request=request,
            act=lambda: update_from_prolific(study=row.study, actor=cast("User", request.user)),
            done=gettext("The submissions are read."),
            errors=RecordError,
            url=reverse("admin:ratings_prolificstudy_change", args=[row.pk]),
        )
