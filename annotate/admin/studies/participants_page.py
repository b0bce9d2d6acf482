"""Who takes part in a study, as its platform pays them, and where people were lost on the way."""

from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext, gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from annotate.admin.parts.base import at, linked_action, whole
from annotate.admin.parts.filtered_lists import rater_page_url
from annotate.admin.parts.signs import DASH
from annotate.admin.parts.tables import FigureTable, Linked
from annotate.admin.studies.study_base import StudyRowAdmin
from annotate.flows.participants import export_participants
from ratings.choices import End, ParticipationState
from ratings.models import Participation, Study
from ratings.selectors.participants import (
    LOOK,
    MISSED,
    OPEN,
    PAY,
    UNFINISHED,
    Participant,
    ParticipantFilter,
    attrition,
    flag_words,
    participants,
    step_conditions,
    step_words,
)

A_PAGE = 100
ANY = [("", gettext_lazy("any"))]
PAID = {PAY: gettext_lazy("pay"), LOOK: gettext_lazy("look"), UNFINISHED: gettext_lazy("unfinished")}


class ParticipantFilterForm(forms.Form):
    """What narrows the list."""

    external_id = forms.CharField(
        required=False, max_length=200, label=gettext_lazy("External id"), widget=UnfoldAdminTextInputWidget
    )
    state = forms.ChoiceField(
        required=False,
        label=gettext_lazy("State"),
        choices=[*ANY, *ParticipationState.choices],
        widget=UnfoldAdminSelectWidget,
    )
    flags = forms.ChoiceField(
        required=False,
        label=gettext_lazy("Flags"),
        choices=[*ANY, (OPEN, gettext_lazy("not dismissed")), ("none", gettext_lazy("none"))],
        widget=UnfoldAdminSelectWidget,
    )
    checks = forms.ChoiceField(
        required=False,
        label=gettext_lazy("Attention checks"),
        choices=[*ANY, (MISSED, gettext_lazy("some missed")), ("none", gettext_lazy("none missed"))],
        widget=UnfoldAdminSelectWidget,
    )

    step = forms.ChoiceField(required=False, label=gettext_lazy("Step"), widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **named: Any) -> None:
        """Offer the steps in the language of the page."""
        super().__init__(*args, **named)
        cast("forms.ChoiceField", self.fields["step"]).choices = [
            *ANY,
            *((step, step_words(step)) for step in step_conditions()),
        ]

    @property
    def chosen(self) -> ParticipantFilter:
        """Give what is chosen; a value that is none of those offered narrows nothing."""
        self.is_valid()
        return ParticipantFilter(**{name: self.cleaned_data.get(name, "") for name in self.fields})


class ParticipantPages(StudyRowAdmin):
    """The list of participants, its table for the platform, and the steps on the way."""

    @linked_action(gettext_lazy("Participants"), permission="participants", icon="groups", url_path="participants")
    def participants(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Show who takes part; a POST gives the table of all of them as a file."""
        study = self.access(request=request, object_id=object_id)
        if not self.has_participants_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            return table_response(study=study, person=cast("User", request.user))
        context = {"title": gettext("Participants of {study}").format(study=study), **page_context(request, study)}
        return self.page(request, study, template="admin/ratings/study/participants.html", context=context)

    def has_participants_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Let those see them who may see participations."""
        return request.user.has_perm("ratings.view_participation")


def page_context(request: HttpRequest, study: Study) -> dict[str, Any]:
    """Give one page of the list, the filters, and the steps."""
    form = ParticipantFilterForm(request.GET)
    rows = form.chosen.narrowed(study.participations.all()).order_by("created_at", "pk")
    shown = Paginator(rows.values_list("pk", flat=True), A_PAGE).get_page(request.GET.get("p"))
    keys = list(shown.object_list)
    query = request.GET.copy()
    query.pop("p", None)
    return {
        "form": form,
        "shown": shown,
        "query": query.urlencode(),
        "tables": [attrition_table(study), participants_table(study=study, keys=keys)],
    }


def attrition_table(study: Study) -> FigureTable[str | Linked]:
    """Lay out how many came past each step."""
    steps = attrition(study=study)
    consented = steps["consented"]
    if not (study.practice_count or steps["practised"]):  # nobody is asked to
        del steps["practised"]
    rows = [(step_words(step), (step_count(step, count), share(count, consented))) for step, count in steps.items()]
    return FigureTable(
        title=gettext("On the way"),
        note=(
            gettext(
                "Visits are openings of the study's page by people who do not take part, counted by day and language "
                "without anything about them; a reload counts again. Shares are of those who consented."
            )
        ),
        columns=(gettext("Step"), gettext("People"), gettext("Share")),
        rows=rows,
    )


def step_count(step: str, count: int) -> str | Linked:
    """Write how many came past a step, as a link to who they are; visitors are nobody in particular."""
    return Linked(whole(count), f"?{urlencode({'step': step})}") if step in step_conditions() else whole(count)


def share(count: int, of: int) -> str:
    """Write a share; none of nothing."""
    return f"{count / of:.0%}" if of else DASH


def participants_table(*, study: Study, keys: list[Any]) -> FigureTable[str]:
    """Lay out some of those who take part."""
    parts = Participation.objects.filter(pk__in=keys).prefetch_related("flags")
    found = zip(parts.order_by("created_at", "pk"), participants(study=study, rows=parts), strict=True)
    return FigureTable(
        title=gettext("Participants"),
        note=gettext(
            "Pay follows the rule by which submissions are approved. It rejects nobody: a person looks at the rest."
        ),
        columns=(
            gettext("Rater"),
            gettext("External id"),
            gettext("State"),
            gettext("End"),
            gettext("Joined"),
            gettext("Minutes"),
            gettext("Done"),
            gettext("Checks"),
            gettext("Flags"),
            gettext("Pay"),
        ),
        words=(gettext("External id"), gettext("State"), gettext("End"), gettext("Flags"), gettext("Pay")),
        rows=[(Linked(one.rater, rater_page_url(part)), cells(one, part)) for part, one in found],
    )


def cells(one: Participant, part: Participation) -> tuple[str, ...]:
    """Write the cells of one who takes part."""
    pay = str(PAID[one.pay])
    return (
        one.external_id or DASH,
        part.get_state_display(),
        str(End(one.end).label) if one.end else DASH,
        at(one.joined_at),
        DASH if one.minutes is None else f"{one.minutes:g}",
        f"{one.done} / {one.quota}",
        f"{one.checks_passed} / {one.checks}" if one.checks else DASH,
        "; ".join(flag_words(part)) or DASH,
        pay if one.pay == UNFINISHED and one.reason == pay else f"{pay}: {one.reason}",
    )


def table_response(*, study: Study, person: User) -> StreamingHttpResponse:
    """Send the table that the platform takes."""
    headers = {"Content-Disposition": f'attachment; filename="{study.slug}-participants.csv"'}
    lines = export_participants(study=study, actor=person)
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)
