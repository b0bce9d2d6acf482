"""Archive a study on its page, restore it, and delete one that is a draft."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, gettext_lazy
from unfold.forms import BaseDialogForm

from annotate.admin.parts.base import confirmed_action
from annotate.admin.parts.mixins import Pages
from annotate.admin.parts.study_scope import person_of
from annotate.flows.studies import archive_study, delete_draft, restore_study
from ratings.models import Study


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

    def delete_model(self, request: HttpRequest, obj: Study) -> None:
        """Delete a draft, as a script does."""
        delete_draft(study=obj, actor=person_of(request))
