"""Notes on training runs and model versions, written on their pages."""

from collections.abc import Callable
from typing import Any, TypeVar

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, gettext_lazy
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget

from annotate.admin.parts.base import Method, carry_out, confirmed_action
from annotate.admin.parts.edit_tracking import changed_meanwhile, version_of
from annotate.admin.parts.mixins import Pages
from annotate.admin.parts.study_scope import person_of
from annotate.flows.notes import LONGEST_NOTE, write_note
from ratings.exceptions import RecordError
from scoring.models import ModelVersion, TrainingRun
from scoring.selectors.notes import note_writer

Noted = TypeVar("Noted", ModelVersion, TrainingRun)


class NoteForm(BaseDialogForm):  # type: ignore[misc]
    """What is written of a row, as it stands."""

    model: type[Any]
    data: Any
    notes = forms.CharField(
        required=False, max_length=LONGEST_NOTE, widget=UnfoldAdminTextareaWidget, label=gettext_lazy("Notes")
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, request: HttpRequest, object_id: int | str | None = None, *args: Any, **kwargs: Any) -> None:
        """Begin with what is written."""
        super().__init__(request, object_id, *args, **kwargs)
        self.row = self.model._default_manager.select_related("study").filter(pk=object_id).first()
        self.stored = self.row.notes if self.row else ""
        self.fields["notes"].initial = self.stored
        self.fields["seen"].initial = note_version(self.stored)

    def clean(self) -> dict[str, Any]:
        """Overwrite no note that somebody else wrote since this one was begun; writing it again does."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        seen, now = cleaned.get("seen"), note_version(self.stored)
        if seen and seen != now and note_version(cleaned.get("notes", "")) not in {seen, now}:
            self.data = {**self.data.dict(), "seen": now}
            who = note_writer(about=self.row) or gettext("somebody")
            self.add_error("notes", changed_meanwhile(who=who, value=self.stored))
        elif seen and seen != now:
            cleaned["notes"] = self.stored
        return cleaned


def note_version(words: str) -> str:
    """Give the version of a note, however a browser ends its lines."""
    return version_of(words.replace("\r\n", "\n").strip())


class VersionNoteForm(NoteForm):
    """What is written of a version."""

    model = ModelVersion


class RunNoteForm(NoteForm):
    """What is written of a run."""

    model = TrainingRun


class NotedPages(Pages[Noted]):
    """Pages about rows on which people write notes."""

    def has_note_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Let those write who may change such a row."""
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")

    def save_note(self, request: HttpRequest, row: Noted, *, words: str, url: str) -> HttpResponse:
        """Keep what was written, and go back to the page."""
        return carry_out(
            request=request,
            act=lambda: write_note(about=row, words=words, actor=person_of(request)),
            done=gettext("The note is kept."),
            errors=RecordError,
            url=url,
        )


def note_action(form: type[NoteForm]) -> Callable[[Method], Method]:
    """Describe the action that asks for a note."""
    return confirmed_action(
        gettext_lazy("Write a note"),
        permission="note",
        icon="edit_note",
        question=gettext_lazy("For colleagues, and for yourself later; the audit log keeps former notes."),
        form=form,
    )
