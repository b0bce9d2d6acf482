"""Archive a study on its page, restore it, and delete one that is a draft."""

from typing import Any

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, gettext_lazy, ngettext
from unfold.forms import BaseDialogForm

from annotate.admin.parts.base import confirmed_action, whole
from annotate.admin.parts.mixins import Pages
from annotate.admin.parts.study_scope import person_of
from annotate.flows.studies import archive_study, delete_draft, restore_study
from ratings.choices import StudyState
from ratings.models import Study
from ratings.registry import design_of


def kept_words(study: Study) -> str:
    """Say why a study is not deleted, and how it is put away."""
    answers = design_of(study).family.answer._default_manager.filter(participation__study=study).count()
    if not answers:
        sentence = gettext("{study} was open to raters, so it is not deleted.")
    else:
        sentence = ngettext(
            "{study} holds {count} answer of raters, so it is not deleted.",
            "{study} holds {count} answers of raters, so it is not deleted.",
            answers,
        )
    said = sentence.format(study=study, count=whole(answers))
    archiving = gettext(
        "Archive it on its page (More, Archive): it leaves the lists, keeps all its data, and can be restored."
    )
    return f"{said} {archiving}"


class ArchiveActions(Pages[Study]):
    """The two moves; of a study that is archived, the second is all that is offered."""

    @confirmed_action(
        gettext_lazy("Archive"),
        permission="change",
        icon="inventory_2",
        question=gettext_lazy("The study is closed and hidden from lists. It keeps all its data, and can be restored."),
    )
    def archive(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        """Close the study and put it away."""
        return self.move(  # type: ignore[attr-defined, no-any-return]
            request=request,
            object_id=object_id,
            step=archive_study,
            done=gettext("The study is archived: lists show it where the filter asks for the archive."),
        )

    @confirmed_action(
        gettext_lazy("Restore"),
        permission="change",
        icon="unarchive",
        question=gettext_lazy("The study is in the lists again. It stays closed until somebody opens it."),
    )
    def restore(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        """Bring the study back."""
        return self.move(  # type: ignore[attr-defined, no-any-return]
            request=request, object_id=object_id, step=restore_study, done=gettext("The study is in the lists again.")
        )

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Delete a draft; of a study that raters may have seen, say what to do instead to those who could delete it."""
        study = self.get_object(request, unquote(object_id))
        if study is not None and study.state != StudyState.DRAFT and request.user.has_perm("ratings.delete_study"):
            raise PermissionDenied(kept_words(study))
        answer: HttpResponse = super().delete_view(request, object_id, extra_context)
        return answer

    def delete_model(self, request: HttpRequest, obj: Study) -> None:
        """Delete a draft, as a script does."""
        delete_draft(study=obj, actor=person_of(request))
