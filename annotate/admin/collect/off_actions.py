"""Take pictures off a study, or put them back: many at once, from the list of images."""

from collections.abc import Callable
from dataclasses import asdict
from typing import cast
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.text import format_lazy
from django.utils.translation import gettext, gettext_lazy, ngettext
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from annotate.admin.collect.image_filters import chosen_study
from annotate.admin.parts.mixins import Pages
from annotate.admin.parts.study_scope import person_of
from annotate.flows.access import studies_of
from annotate.flows.pictures import archive_images, put_back, restore_images, take_off
from ratings.choices import UNTRUE_RATINGS, OffReason
from ratings.exceptions import RecordError
from ratings.models import Image, Study

CONFIRMED = "confirmed"


class OffForm(forms.Form):
    """Why pictures are taken off."""

    reason = forms.ChoiceField(
        choices=OffReason.choices,
        initial=OffReason.NOT_AS_DESCRIBED,
        widget=UnfoldAdminSelectWidget,
        help_text=format_lazy(
            gettext_lazy("Ratings teach no model from now on after: {reasons}."),
            reasons=format_lazy(
                "; ".join(["{}"] * len(UNTRUE_RATINGS)), *(OffReason(reason).label for reason in UNTRUE_RATINGS)
            ),
        ),
        label=gettext_lazy("Reason"),
    )
    words = forms.CharField(
        required=False,
        max_length=500,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy(
            "What colleagues should know of it; needed for another reason. Dumps hold the reason alone."
        ),
        label=gettext_lazy("Words"),
    )


class BackForm(forms.Form):
    """Whether pictures are to be shown again: there is nothing to fill in."""


def keys_of(images: QuerySet[Image]) -> list[UUID]:
    """Give the keys of the chosen pictures."""
    return list(images.order_by().values_list("pk", flat=True))


class OffActions(Pages[Image]):
    """What is done with chosen pictures; the first two are about one study, which the filter has to name."""

    actions: tuple[str, ...] = ("take_off_study", "put_back_into_study", "archive", "restore")
    actions_selection_counter = False  # Django's script counts rows of a table, which the pictures are not

    @admin.action(permissions=["change"], description=gettext_lazy("Take off the study"))
    def take_off_study(self, request: HttpRequest, queryset: QuerySet[Image]) -> HttpResponse:
        """Ask why, and take the chosen pictures off."""
        return self.ask_and_act(request, queryset, action="take_off_study", form_type=OffForm)

    @admin.action(permissions=["change"], description=gettext_lazy("Put back into the study"))
    def put_back_into_study(self, request: HttpRequest, queryset: QuerySet[Image]) -> HttpResponse:
        """Ask whether they should be shown again, and put the chosen pictures back."""
        return self.ask_and_act(request, queryset, action="put_back_into_study", form_type=BackForm)

    @admin.action(permissions=["change"], description=gettext_lazy("Archive"))
    def archive(self, request: HttpRequest, queryset: QuerySet[Image]) -> None:
        """Archive the chosen pictures, unless a study still shows one of them."""
        number = self.move(request, queryset, act=archive_images)
        if number is not None:
            done = ngettext("{count} picture is archived.", "{count} pictures are archived.", number)
            messages.success(request, done.format(count=number))

    @admin.action(permissions=["change"], description=gettext_lazy("Restore from the archive"))
    def restore(self, request: HttpRequest, queryset: QuerySet[Image]) -> None:
        """Bring the chosen pictures back."""
        number = self.move(request, queryset, act=restore_images)
        if number is not None:
            done = ngettext("{count} picture is restored.", "{count} pictures are restored.", number)
            messages.success(request, done.format(count=number))

    def move(self, request: HttpRequest, queryset: QuerySet[Image], *, act: Callable[..., int]) -> int | None:
        """Archive or restore pictures; give how many, none if refused."""
        try:
            return act(images=keys_of(queryset), actor=person_of(request))
        except RecordError as error:
            messages.error(request, error.message)
            return None

    def ask_and_act(
        self, request: HttpRequest, queryset: QuerySet[Image], *, action: str, form_type: type[forms.Form]
    ) -> HttpResponse:
        """Show the question first; act on its answer."""
        key = chosen_study(request=request)
        own = studies_of(person=person_of(request), right="ratings.change_image")
        study = own.filter(pk=key).first() if key is not None else None
        if study is None:
            messages.error(
                request, gettext("Choose a study in the filters first: pictures are taken off one study at a time.")
            )
            return redirect(request.get_full_path())
        form = form_type(request.POST if CONFIRMED in request.POST else None)
        if form.is_valid():
            return self.act(request, study=study, images=keys_of(queryset), why=form.cleaned_data)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Take pictures off a study") if form.fields else gettext("Put pictures back into a study"),
            "form": form,
            "study": study,
            "opts": self.opts,
            "images": queryset,
            "action": action,
            "chosen": request.POST.getlist("_selected_action"),
            "select_across": request.POST.get("select_across", "0"),
            "back": request.get_full_path(),
        }
        return TemplateResponse(request, "admin/ratings/image/off.html", context)

    def act(self, request: HttpRequest, *, study: Study, images: list[UUID], why: dict[str, str]) -> HttpResponse:
        """Take pictures off for a reason, or put them back without one."""
        actor = cast("User", request.user)
        try:
            if why:
                report = take_off(study=study, images=images, actor=actor, **why)
                done = gettext(
                    "{images} images taken off, and {comparisons} comparisons that show them; {leases} leases ended."
                )
            else:
                report = put_back(study=study, images=images, actor=actor)
                done = gettext(
                    "{images} images put back, and {comparisons} comparisons that show them; {leases} leases ended."
                )
        except RecordError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, f"{study}: {done.format(**asdict(report))}")
        return redirect(request.get_full_path())
