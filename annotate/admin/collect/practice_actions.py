"""Choose from the list of images those that raters of a study practise with."""

from collections.abc import Callable

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_lazy

from annotate.admin.collect.image_filters import chosen_study
from annotate.admin.collect.off_actions import keys_of
from annotate.admin.parts.mixins import Pages
from annotate.admin.parts.study_scope import person_of
from annotate.flows.access import studies_of
from annotate.flows.pictures import PracticeReport, choose_for_rating, choose_practice
from ratings.models import Image


class PracticeActions(Pages[Image]):
    """The two moves, each within the study that the filter names."""

    @admin.action(permissions=["change"], description=gettext_lazy("Set aside for practice"))
    def set_aside_for_practice(self, request: HttpRequest, queryset: QuerySet[Image]) -> None:
        """Let raters practise with the chosen pictures."""
        self.choose(request, queryset, act=choose_practice, done=gettext("set aside for practice"))

    @admin.action(permissions=["change"], description=gettext_lazy("Put among those to be rated"))
    def put_among_rated(self, request: HttpRequest, queryset: QuerySet[Image]) -> None:
        """Let the chosen pictures be rated."""
        self.choose(request, queryset, act=choose_for_rating, done=gettext("put among those to be rated"))

    def choose(
        self, request: HttpRequest, queryset: QuerySet[Image], *, act: Callable[..., PracticeReport], done: str
    ) -> None:
        """Move the chosen pictures of the study that the filter names; say how many."""
        key = chosen_study(request=request)
        own = studies_of(person=person_of(request), right="ratings.change_image")
        study = own.filter(pk=key).first() if key is not None else None
        if study is None:
            messages.error(request, gettext("Choose a study in the filters first: practice belongs to one study."))
            return
        report = act(study=study, images=keys_of(queryset), actor=person_of(request))
        messages.success(request, f"{study}: {report.summary(done)}")
