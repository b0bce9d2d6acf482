"""What every form of the admin does: record who changed what, and overwrite nothing that somebody saved meanwhile."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
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
from annotate.flows.audit import cut, in_english, log_action, log_change, name_in_log, written

Row = TypeVar("Row", bound=Model)

if TYPE_CHECKING:
    Fields = forms.ModelForm[Any]
else:
    Fields = forms.ModelForm

VERSIONS = "row_versions"
NEW = "new"  # in place of the key of a row that was not there when a form was shown
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


def stored_values(*, form: Any, row: Model, names: Iterable[str]) -> dict[str, Any]:
    """Give what is stored of a row for each field of a form, also for those that it keeps elsewhere than in the row."""
    elsewhere = form.further_values(row) if hasattr(form, "further_values") else {}
    return {**model_to_dict(row, fields=list(names)), **elsewhere}


def versions_of(*, form: Any, row: Model, names: Iterable[str]) -> dict[str, str]:
    """Give the digest of what is stored for each field of a form."""
    return {name: version_of(value) for name, value in stored_values(form=form, row=row, names=names).items()}


def last_editor(row: Model) -> str:
    """Name who edited a row in the admin last."""
    content_type = ContentType.objects.get_for_model(row)
    entries = LogEntry.objects.filter(content_type=content_type, object_id=str(row.pk)).select_related("user")
    entry = entries.order_by("-action_time").first()
    return entry.user.get_username() if entry else gettext("somebody")


def changed_meanwhile(*, who: str, value: str) -> str:
    """Say that somebody else changed a field, and to what."""
    sentence = gettext("{who} changed this meanwhile to “{value}”. Save again to keep what you wrote.")
    return sentence.format(who=who, value=cut(value, length=LONGEST_SHOWN))


class VersionedForm(Fields):
    """A form that knows the values it was shown with, field by field.

    What only somebody else changed since is kept as they left it; what only this person changed is saved; a field that
    both changed differently is an error that shows the other value, and saving again keeps this person's.
    """

    shown_versions: dict[str, str]

    @property
    def page_row(self) -> Model:
        """Give the row whose page the form is on."""
        return cast("Model", self.instance)

    def clean(self) -> dict[str, Any] | None:
        """Bring together what two people changed at once."""
        cleaned = super().clean()
        if not self.shown_versions or self.instance.pk is None:
            return cleaned
        now = type(self.instance)._base_manager.select_for_update(of=("self",)).get(pk=self.instance.pk)
        stored = stored_values(form=self, row=now, names=self.shown_versions)
        for name, seen in self.shown_versions.items():
            if name in stored and name in self.cleaned_data and version_of(stored[name]) != seen:
                self.bring_together(name=name, seen=seen, row=now, theirs=stored[name])
        return cleaned

    def bring_together(self, *, name: str, seen: str, row: Model, theirs: Any) -> None:
        """Decide about one field that somebody else changed."""
        yours = version_of(self.cleaned_data[name])
        if yours == seen:
            self.cleaned_data[name] = theirs if holds_many(theirs) else getattr(row, name, theirs)
        elif yours != version_of(theirs):
            self.shown_versions[name] = version_of(theirs)
            self.add_error(name, changed_meanwhile(who=last_editor(self.page_row), value=in_words(theirs)))


class VersionedRowForm(VersionedForm):
    """The same for a row among others on the page of the row that they belong to."""

    versions_of_rows: Mapping[str, str]
    row_of_page: Model

    def __init__(self, *args: Any, **named: Any) -> None:
        """Find the versions of this row, or of the blank one that it was shown as."""
        super().__init__(*args, **named)
        starts = [row_key(self.instance), row_key(self._meta.model())]
        parts = [versions_below(start, versions=self.versions_of_rows) for start in starts]
        self.shown_versions = parts[0] or parts[1]

    @property
    def page_row(self) -> Model:
        """Give the row whose page the form is on: edits are kept in its history."""
        return self.row_of_page


def row_key(row: Model) -> str:
    """Name a row among the versions of a page."""
    return f"{row._meta.label_lower}:{NEW if row.pk is None else row.pk}:"


def versions_below(start: str, *, versions: Mapping[str, str]) -> dict[str, str]:
    """Give the versions of one row by the names of its fields."""
    return {key.removeprefix(start): version for key, version in versions.items() if key.startswith(start)}


def versions_of_rows(formsets: Iterable[Any]) -> dict[str, str]:
    """Give the digest of each field of the rows on a page, as they are shown now."""
    found: dict[str, str] = {}
    for form in (form for one in formsets for form in one.formset.forms):
        shown = getattr(form, "shown_versions", None) or versions_of(
            form=form, row=form.instance, names=form.base_fields
        )
        found |= {f"{row_key(form.instance)}{name}": version for name, version in shown.items()}
    return found


def with_versions(formset: type[Any], *, versions: Mapping[str, str], row: Model) -> type[Any]:
    """Give the forms of the rows on a row's page the versions with which they were shown."""
    facts = {"versions_of_rows": versions, "row_of_page": row}
    form = type(formset.form.__name__, (VersionedRowForm, formset.form), facts)
    return type(formset.__name__, (formset,), {"form": form})


def with_row_made_meanwhile(data: Any, *, formset: type[Any], row: Model, prefix: str) -> Any:
    """Let a form that makes the only row of its kind change the one that somebody else has made since it was shown."""
    made = formset.model._default_manager.filter(**{formset.fk.name: row}).first() if formset.fk.unique else None
    if made is not None and data.get(f"{prefix}-TOTAL_FORMS") == "1" and data.get(f"{prefix}-INITIAL_FORMS") == "0":
        data[f"{prefix}-INITIAL_FORMS"] = "1"
        data[f"{prefix}-0-{made._meta.pk.name}"] = str(made.pk)
    return data


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

    def get_formsets_with_inlines(self, request: HttpRequest, obj: Row | None = None) -> Iterator[tuple[Any, Any]]:
        """Give the rows on a stored row's page the versions with which they were shown, too."""
        versions = read_versions(request.POST.get(VERSIONS, ""))
        for formset, inline in super().get_formsets_with_inlines(request, obj):
            yield (formset if obj is None else with_versions(formset, versions=versions, row=obj)), inline

    def get_formset_kwargs(self, request: HttpRequest, obj: Row, inline: Any, prefix: str) -> dict[str, Any]:
        """Find the row that was made meanwhile where a form makes the only one of its kind."""
        found: dict[str, Any] = super().get_formset_kwargs(request, obj, inline, prefix)
        if obj.pk is not None and "data" in found:
            formset = inline.get_formset(request, obj)
            with_row_made_meanwhile(found["data"], formset=formset, row=obj, prefix=prefix)
        return found

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *rest: Any, **named: Any
    ) -> HttpResponse:
        """Send the versions along with the form."""
        form, row = context["adminform"].form, named.get("obj")
        if row is not None:
            versions = getattr(form, "shown_versions", None) or versions_of(form=form, row=row, names=form.fields)
            rows = versions_of_rows(context.get("inline_admin_formsets", ()))
            context = {**context, VERSIONS: json.dumps({**versions, **rows})}
        return super().render_change_form(request, context, *rest, **named)

    def save_model(self, request: HttpRequest, obj: Row, form: Any, change: bool) -> None:  # noqa: FBT001
        """Save, and write down who added or changed what, with the old and the new values."""
        super().save_model(request, obj, form, change)
        fields = changed_values(form)
        if not change:
            self.record(request=request, obj=obj, action="add")
        elif fields:
            log_change(target=self.audit_target(obj), actor=cast("User", request.user), fields=fields)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:  # noqa: FBT001
        """Save the rows on a row's page, and write down what was changed of them."""
        super().save_formset(request, form, formset, change)
        for one in formset.forms:
            if fields := changed_values(one):
                kind, target = one.instance._meta.verbose_name, self.audit_target(form.instance)
                named = {f"{in_english(kind)}: {name}": pair for name, pair in fields.items()}
                log_change(target=target, actor=cast("User", request.user), fields=named)

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


def changed_values(form: Any) -> dict[str, tuple[str, str]]:
    """Give the former and the present value of each stored field that a form changes."""
    pairs = {name: (in_words(form.initial.get(name)), in_words(form.cleaned_data.get(name))) for name in edited(form)}
    return {name: (old, new) for name, (old, new) in pairs.items() if old != new}


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
