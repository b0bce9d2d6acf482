"""What the pages of a study share: who may see it, and how one of its pages is answered."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext

from annotate.admin.parts.base import AMBER, BLUE, GREEN, GREY, RecordAdmin
from ratings.choices import StudyState
from ratings.models import Study

STATE_PILLS = {
    StudyState.DRAFT.value: GREY,
    StudyState.OPEN.value: GREEN,
    StudyState.PAUSED.value: AMBER,
    StudyState.CLOSED.value: BLUE,
}


class StudyRowAdmin(RecordAdmin[Study]):
    """Pages about one study."""

    def page(self, request: HttpRequest, study: Study, *, template: str, context: dict[str, Any]) -> HttpResponse:
        """Answer with one of a study's own pages."""
        shared = {**self.admin_site.each_context(request), "opts": self.opts, "original": study, "study": study}
        return TemplateResponse(request, template, {**shared, **context})

    def access(self, *, request: HttpRequest, object_id: str) -> Study:
        """Give the study if the person may see it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        study = self.get_object(request, object_id)
        if study is None:
            raise Http404(gettext("There is no such study."))
        return study
