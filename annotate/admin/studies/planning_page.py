"""The planning page of a study: what a wanted precision takes in raters, hours and money."""

from typing import Any, cast

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from annotate.admin.parts.base import ago, carry_out, linked_action, whole
from annotate.admin.parts.cards import Card
from annotate.admin.parts.fact_fields import form_fields_of
from annotate.admin.parts.mixins import Pages
from annotate.admin.parts.signs import DASH, MINUS
from annotate.admin.parts.tables import FigureTable
from annotate.flows.plans import request_plan
from ratings.choices import ACTIVE_JOB_STATES, JobState
from ratings.exceptions import RecordError
from ratings.models import Study
from ratings.values.shapes import fields_of
from ratings.values.study_plans import PlanOption, PlanTerms, StudyPlanFigures
from scoring.exceptions import ModelError
from scoring.models import StudyPlan

NOTE = gettext_lazy(
    "Per item: raters of each item. Per rater: answers asked of each, repeats and checks among them. ±: half-width of "
    "the 95 % interval of an item's mean, 1.96 sd / √n. Reached: share of simulated items whose own interval is as "
    "narrow as wanted. SROCC: expected for a new rater after that many answers, with where 95 % of raters lie; a dash "
    "where that leaves too few pictures to be judged on."
)


class PlanForm(forms.Form):
    """What is wanted and what is stated; all may be left blank."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields |= form_fields_of(PlanTerms)

    @property
    def terms(self) -> PlanTerms:
        """Give what the valid form says."""
        return PlanTerms(**{field.name: self.cleaned_data[field.name] for field in fields_of(PlanTerms)})


def newest_plan(*, study: Study) -> StudyPlan | None:
    """Give the newest plan that has ended, in whatever way."""
    return StudyPlan.objects.filter(study=study).exclude(state__in=ACTIVE_JOB_STATES).first()


def newest_figures(*, study: Study) -> StudyPlan | None:
    """Give the newest plan that has figures: those stay on the page where a later one failed."""
    return StudyPlan.objects.filter(study=study, state=JobState.READY).first()


def planning_context(*, study: Study) -> dict[str, Any]:
    """Give what the page shows of the newest plan."""
    shown = newest_figures(study=study)
    found = shown.found if shown else None
    return {
        "plan": newest_plan(study=study),
        "planned": ago(shown.finished_at) if shown else "",
        "is_running": StudyPlan.objects.filter(study=study, state__in=ACTIVE_JOB_STATES).exists(),
        "found": found,
        "shown": shown,
        "cards": needed_cards(found) if found else [],
        "table": options_table(found) if found else None,
    }


def needed_cards(found: StudyPlanFigures) -> list[Card]:
    """Give what the wanted precision takes."""
    one = found.needed
    if one is None:
        return []
    return [
        Card(
            title=gettext("Raters"),
            value=whole(one.raters),
            detail=gettext("{per_rater} answers each").format(per_rater=whole(one.per_rater)),
        ),
        Card(
            title=gettext("Answers"),
            value=whole(one.answers),
            detail=gettext("{per_item} raters of each of {items} {item_words}").format(
                per_item=one.per_item, items=whole(found.items), item_words=found.item_words
            ),
        ),
        Card(title=gettext("Hours"), value=f"{one.hours:,.1f}", detail=gettext("of all raters together")),
        Card(
            title=gettext("Cost"),
            value=DASH if one.cost is None else f"{one.cost:,.2f} {found.currency}",
            detail=gettext("the study states no pay")
            if one.cost is None
            else gettext("pay alone, without a platform's fees"),
        ),
    ]


def options_table(found: StudyPlanFigures) -> FigureTable[str]:
    """List the choices."""
    cost = gettext("Cost, {currency}").format(currency=found.currency) if found.currency else gettext("Cost")
    return FigureTable(
        title=gettext("Choices"),
        note=NOTE,
        columns=[
            gettext("Per item"),
            gettext("Per rater"),
            gettext("Raters"),
            gettext("Answers"),
            gettext("Hours"),
            cost,
            "±",
            gettext("Reached"),
            "SROCC",
        ],
        rows=[(name_of(one, found), cells_of(one)) for one in found.options],
    )


def name_of(one: PlanOption, found: StudyPlanFigures) -> str:
    """Name a choice by the raters of each item, and mark the one that is needed."""
    return gettext("{per_item} (needed)").format(per_item=one.per_item) if one == found.needed else str(one.per_item)


def cells_of(one: PlanOption) -> list[str]:
    """Write a choice's figures."""
    srocc = DASH
    if one.srocc is not None:
        srocc = gettext("{figure} ({low} to {high})").format(
            figure=f"{one.srocc:.2f}", low=f"{one.srocc_low:.2f}", high=f"{one.srocc_high:.2f}"
        )
    return [
        whole(one.per_rater),
        whole(one.raters),
        whole(one.answers),
        f"{one.hours:,.1f}",
        DASH if one.cost is None else f"{one.cost:,.2f}",
        f"{one.half_width:.3g}",
        DASH if one.reached is None else f"{one.reached:.0%}",
        srocc.replace("-", MINUS),
    ]


class PlanningPages(Pages[Study]):
    """What a study takes before it opens."""

    @linked_action(gettext_lazy("Planning"), permission="view", icon="calculate", url_path="planning")
    def planning(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the newest plan; a POST has a worker make another."""
        study = self.access(request=request, object_id=object_id)  # type: ignore[attr-defined]
        may_plan = self.has_change_permission(request, study)
        newest = newest_plan(study=study)
        form = PlanForm(request.POST or None, initial=newest.wanted.as_json() if newest else None)
        if request.method == "POST" and not may_plan:
            raise PermissionDenied
        if request.method == "POST" and form.is_valid():
            return carry_out(
                request=request,
                act=lambda: request_plan(study=study, terms=form.terms, actor=cast("User", request.user)),
                done=gettext("A worker plans now: reload in a moment."),
                errors=(RecordError, ModelError),
                url=reverse("admin:ratings_study_planning", args=[study.pk]),
            )
        context = {
            **planning_context(study=study),
            "title": gettext("Planning of {study}").format(study=study),
            "form": form,
            "may_plan": may_plan,
        }
        return self.page(  # type: ignore[attr-defined, no-any-return]
            request, study, template="admin/ratings/study/planning.html", context=context
        )
