"""What every form of the admin does: record who changed what, and overwrite nothing that somebody saved meanwhile."""

import hashlib
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from django import forms
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Model, QuerySet, prefetch_related_objects
from django.forms.models import model_to_dict
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from annotate.admin.parts.mixins import Pages
from annotate.flows.audit import cut, log_action, log_change, name_in_log, written

Row = TypeVar("Row", bound=Model)

if TYPE_CHECKING:
    Fields = forms.ModelForm[Any]
else:
    Fields = forms.ModelForm

VERSIONS = "row_versions"
LONGEST_SHOWN = 5_000  # characters of the value that somebody else wrote, which is nowhere else to be seen


def plain(value: Any) -> Any:
    """Give a field's value as JSON has it: a row as its key, rows as their sorted keys, a text with plain line ends."""
    if isinstance(value, Model):
        return value.pk
    if isinstance(value, (list, tuple, QuerySet)):
        return sorted((plain(one) for one in value), key=str) if holds_rows(value) else list(value)
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


def holds_rows(values: Iterable[Any]) -> bool:
    """Tell whether these are rows of a table, whose order says nothing."""
    return all(isinstance(one, Model) for one in values)


def version_of(value: Any) -> str:
    """Give a short digest of a field's value."""
    return hashlib.sha256(in_words(value).encode()).hexdigest()[:16]


def in_words(value: Any) -> str:
    """Write a field's value."""
    return written(plain(value))


def versions_of(*, row: Model, names: Iterable[str]) -> dict[str, str]:
    """Give the digest of each of a row's fields that a form shows."""
    return {name: version_of(value) for name, value in model_to_dict(row, fields=list(names)).items()}


def last_editor(row: Model) -> str:
    """Name who edited a row in the admin last."""
    content_type = ContentType.objects.get_for_model(row)
    entries = LogEntry.objects.filter(content_type=content_type, object_id=str(row.pk)).select_related("user")
    entry = entries.order_by("-action_time").first()
    return entry.user.get_username() if entry else gettext("somebody")


class VersionedForm(Fields):
    """A form that knows the values it was shown with, field by field.

    What only somebody else changed since is kept as they left it; what only this person changed is saved; a field that
    both changed differently is an error that shows the other value, and saving again keeps this person's.
    """

    shown_versions: dict[str, str]

    def clean(self) -> dict[str, Any] | None:
        """Bring together what two people changed at once."""
        cleaned = super().clean()
        now = type(self.instance)._base_manager.select_for_update(of=("self",)).get(pk=self.instance.pk)
        stored = model_to_dict(now, fields=list(self.shown_versions))
        for name, seen in self.shown_versions.items():
            if name in stored and name in self.cleaned_data and version_of(stored[name]) != seen:
                self.bring_together(name=name, seen=seen, row=now, theirs=stored[name])
        return cleaned

    def bring_together(self, *, name: str, seen: str, row: Model, theirs: Any) -> None:
        """Decide about one field that somebody else changed."""
        yours = version_of(self.cleaned_data[name])
        if yours == seen:
            self.cleaned_data[name] = theirs if holds_many(theirs) else getattr(row, name)
        elif yours != version_of(theirs):
            self.shown_versions[name] = version_of(theirs)
            who, value = last_editor(row), cut(in_words(theirs), length=LONGEST_SHOWN)
            self.add_error(
                name,
                gettext("{who} changed this meanwhile to “{value}”. Save again to keep what you wrote.").format(
                    who=who, value=value
                ),
            )


def holds_many(value: Any) -> bool:
    """Tell whether a field holds several rows."""
    return isinstance(value, list) and bool(value) and holds_rows(value)


class EditTracking(Pages[Row]):
    """Admin pages whose forms are versioned and whose changes are in the audit log."""

    def get_form(self, request: HttpRequest, obj: Row | None = None, change: bool = False, **named: Any) -> Any:  # noqa: FBT001, FBT002
        """Give a stored row's form the versions with which it was shown."""
        if obj is not None:  # the form and its versions both read them
            prefetch_related_objects([obj], *(field.name for field in self.opts.many_to_many))
        form = super().get_form(request, obj, change=change, **named)
        versions = read_versions(request.POST.get(VERSIONS, ""))
        if obj is None or not versions:
            return form
        return type(form.__name__, (VersionedForm, form), {"shown_versions": versions})

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *rest: Any, **named: Any
    ) -> HttpResponse:
        """Send the versions along with the form."""
        form, row = context["adminform"].form, named.get("obj")
        if row is not None:
            versions = getattr(form, "shown_versions", None) or versions_of(row=row, names=form.fields)
            context = {**context, VERSIONS: json.dumps(versions)}
        return super().render_change_form(request, context, *rest, **named)

    def save_model(self, request: HttpRequest, obj: Row, form: Any, change: bool) -> None:  # noqa: FBT001
        """Save, and write down who added or changed what, with the old and the new values."""
        super().save_model(request, obj, form, change)
        pairs = {
            name: (in_words(form.initial.get(name)), in_words(form.cleaned_data.get(name))) for name in edited(form)
        }
        fields = {name: (old, new) for name, (old, new) in pairs.items() if old != new}
        if not change:
            self.record(request=request, obj=obj, action="add")
        elif fields:
            log_change(target=self.audit_target(obj), actor=cast("User", request.user), fields=fields)

    def delete_model(self, request: HttpRequest, obj: Row) -> None:
        """Delete a row, and write down who did it."""
        with transaction.atomic():
            self.record(request=request, obj=obj, action="delete")
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Row]) -> None:
        """Delete rows, and write each down."""
        with transaction.atomic():
            for obj in queryset:
                self.record(request=request, obj=obj, action="delete")
            super().delete_queryset(request, queryset)

    def record(self, *, request: HttpRequest, obj: Row, action: str, **detail: Any) -> None:
        """Write down what somebody does to a row."""
        log_action(action=action, target=self.audit_target(obj), actor=cast("User", request.user), **detail)

    def audit_target(self, obj: Row) -> str:
        """Name a row in the audit log."""
        return name_in_log(obj)


def edited(form: Any) -> list[str]:
    """Name the stored fields that a form changes; a role has an entry of its own, a password only that it was set."""
    stored = {field.name for field in form.instance._meta.get_fields()} - {"password"}
    return [name for name in form.changed_data if name in stored]


def read_versions(text: str) -> dict[str, str]:
    """Read the versions that a form sends back; what cannot be read is none."""
    try:
        versions = json.loads(text)
    except ValueError:  # sent by hand: the form counts as shown just now
        return {}
    return {str(name): str(version) for name, version in versions.items()} if isinstance(versions, dict) else {}
