"""What the pages of the admin share: typed bases, columns, pills, bars and confirmed actions."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from django.contrib import messages
from django.contrib.admin import ShowFacets
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model, QuerySet
from django.forms import Media, Script
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timesince import timesince
from django.utils.translation import gettext
from unfold.dataclasses import ActionDialog
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm

from annotate.admin.parts.deletions import deleted_objects
from annotate.admin.parts.edit_tracking import EditTracking
from annotate.admin.parts.long_lists import LongChangeList, LongListPaginator, is_within
from annotate.admin.parts.study_scope import StudyScope

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin
    from django_stubs_ext import StrOrPromise
else:
    from unfold.admin import ModelAdmin as UnfoldModelAdmin

    class ModelAdmin(UnfoldModelAdmin):
        """Unfold's admin, with the type parameter that the stubs of Django's admin have."""

        def __class_getitem__(cls, _model: object) -> type:
            """Take a model for the type checker only."""
            return cls


Row = TypeVar("Row", bound=Model)
Method = TypeVar("Method", bound=Callable[..., Any])

GREY, BLUE, GREEN, AMBER, RED, ACCENT = "", "info", "success", "warning", "danger", "primary"


class Pill(tuple[str, "StrOrPromise"]):
    """A state and its words; a list draws it as a pill, a form writes the words."""

    __slots__ = ()

    def __new__(cls, state: str, words: "StrOrPromise") -> "Pill":
        """Put the two together."""
        return super().__new__(cls, (state, words))

    def __str__(self) -> str:
        """Give the words."""
        return str(self[1])


class Header(tuple[Any, ...]):
    """A line and a second line below it, and perhaps a picture; a form writes the first."""

    __slots__ = ()

    def __new__(cls, first: str, second: str, *, picture: dict[str, object] | None = None) -> "Header":
        """Put them together as the header component takes them."""
        return super().__new__(cls, (first, second, "", picture) if picture else (first, second))

    def __str__(self) -> str:
        """Give the first line."""
        return str(self[0])


ROWS_READ = "_rows_read"  # kept with a request


class RecordAdmin(StudyScope[Row], EditTracking[Row], ModelAdmin[Row]):
    """An admin page with the house's defaults."""

    list_per_page = 50
    list_filter_submit = True
    show_full_result_count = False
    show_facets = ShowFacets.NEVER  # each would count a whole table
    paginator = LongListPaginator
    warn_unsaved_form = True
    compressed_fields = True
    deletes_apart = True  # its rows are deleted for themselves; others go with what they belong to only

    def get_changelist(self, request: HttpRequest, **_: Any) -> type[ChangeList]:
        """Sort by what is offered only."""
        return LongChangeList

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Row | None:
        """Give the row of a page; what is only looked at is read once."""
        kept = request.__dict__.setdefault(ROWS_READ, {}) if request.method == "GET" else {}
        key = (self.opts.label, object_id, from_field)
        if key not in kept:
            kept[key] = super().get_object(request, object_id, from_field)
        return cast("Row | None", kept[key])

    def response_action(
        self, request: HttpRequest, queryset: "QuerySet[Row]", *rest: Any, **named: Any
    ) -> HttpResponse | None:
        """Act on all rows of a list only where all are listed: nobody is to change more than the page names."""
        most: int = self.get_paginator(request, queryset, self.list_per_page).most  # type: ignore[attr-defined]
        if request.POST.get("select_across") == "1" and not is_within(queryset, most):
            sentence = gettext(
                "Nothing was changed. This list has more than {most} rows: filter it before you act on all of them."
            )
            messages.error(request, sentence.format(most=f"{most:,}"))
            return None
        return super().response_action(request, queryset, *rest, **named)

    def get_deleted_objects(
        self, objs: "Iterable[Row]", request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """Count what goes along instead of listing each row, as Django would with queries for every kind."""
        return deleted_objects(page=self, rows=list(objs), request=request)

    def above_form(self, row: Row) -> dict[str, Any]:
        """Give what a row's page shows above its form: nothing, unless a page says otherwise."""
        return {}

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *rest: Any, **named: Any
    ) -> HttpResponse:
        """Put what belongs there above the form, when it is looked at."""
        row = named.get("obj")
        above = self.above_form(row) if row is not None and request.method == "GET" else {}
        answer: HttpResponse = super().render_change_form(request, {**context, **above}, *rest, **named)
        return answer


class ReadOnlyAdmin(RecordAdmin[Row]):
    """A page to look at: nothing is added, changed or deleted there."""

    deletes_apart = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Refuse."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Refuse."""
        return False


def column(
    description: "StrOrPromise",
    *,
    ordering: str | None = None,
    pills: dict[str, str] | Literal[True] | None = None,
    header: bool | None = None,
) -> Callable[[Method], Method]:
    """Describe a column of a list: `pills` gives a colour per state, `header` a second line below the first."""
    decorate = display(description=description, ordering=ordering, label=pills, header=header)
    return cast("Callable[[Method], Method]", decorate)


def linked_action(
    description: "StrOrPromise", *, permission: str, icon: str, url_path: str, primary: bool | None = None
) -> Callable[[Method], Method]:
    """Describe an action that is a page of its own."""
    variant = ActionVariant.PRIMARY if primary else ActionVariant.DEFAULT
    decorate = action(description=description, permissions=[permission], icon=icon, url_path=url_path, variant=variant)
    return cast("Callable[[Method], Method]", decorate)


def confirmed_action(
    description: "StrOrPromise",
    *,
    permission: str,
    icon: str,
    question: "StrOrPromise",
    form: type[Any] = BaseDialogForm,
    variant: ActionVariant = ActionVariant.DEFAULT,
) -> Callable[[Method], Method]:
    """Describe an action that asks first: a GET shows the question, only the POST acts."""
    dialog = ActionDialog(title=description, description=question, form_class=form, form_submit_text=description)
    decorate = action(description=description, permissions=[permission], icon=icon, variant=variant, dialog=dialog)
    return cast("Callable[[Method], Method]", lambda view: on_a_page(decorate(view), title=description))


def bulk_action(description: "StrOrPromise", *, permission: str) -> Callable[[Method], Method]:
    """Describe an action on the rows that are ticked in a list."""
    return cast("Callable[[Method], Method]", action(description=description, permissions=[permission]))


def on_a_page(view: Callable[..., HttpResponse], *, title: "StrOrPromise") -> Callable[..., HttpResponse]:
    """Give the question of an action a page around it where a browser asks for its address, not a dialog."""

    @wraps(view)
    def shown(model_admin: "ModelAdmin[Any]", request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        answer = view(model_admin, request, *args, **kwargs)
        if answer.status_code != HTTPStatus.OK or request.headers.get("HX-Request"):
            return answer
        question = mark_safe(answer.content.decode())  # noqa: S308 - rendered by the template of the dialog
        key = kwargs.get("object_id")
        about = {"opts": model_admin.opts, "original": model_admin.get_object(request, key) if key else None}
        context = {**model_admin.admin_site.each_context(request), **about, "title": title, "question": question}
        return TemplateResponse(request, "admin/question.html", context)

    return shown


def go_to(*, request: HttpRequest, url: str) -> HttpResponse:
    """Lead the browser to a page, from a dialog as from a plain form."""
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": url})
    return redirect(url)


def carry_out(
    *,
    request: HttpRequest,
    act: Callable[[], object],
    done: "StrOrPromise",
    errors: type[Exception] | tuple[type[Exception], ...],
    url: str,
) -> HttpResponse:
    """Act, say how it went, and lead to a page; a domain error becomes its sentence."""
    try:
        act()
    except errors as error:
        messages.error(request, getattr(error, "message", str(error)))
    else:
        messages.success(request, done)
    return go_to(request=request, url=url)


def progress_script() -> Media:
    """Give the script that follows work in the background."""
    return Media(js=[Script("js/admin-progress.js", type="module")])  # type: ignore[list-item]


def bar(*, share: float, caption: str, title: str = "") -> SafeString:
    """Draw a progress bar with a caption, for a cell of a list."""
    percent = round(100 * min(max(share, 0.0), 1.0), 1)
    return render_to_string("admin/bar.html", {"percent": percent, "caption": caption, "title": title})


def whole(number: int) -> str:
    """Write an integer with its thousands apart, as sentences of services, commands and data cards do."""
    return f"{number:,}"


def counted(number: int, *, url: str, unit: str = "") -> SafeString:
    """Write a count that leads to what it counts."""
    return format_html('<a class="text-link" href="{}">{}</a>', url, f"{whole(number)} {unit}".strip())


def ago(moment: datetime | None) -> str:
    """Say how long ago a moment was, in its largest unit."""
    if moment is None:
        return gettext("never")
    if (timezone.now() - moment).total_seconds() < 60:  # noqa: PLR2004 - a minute
        return gettext("just now")
    return gettext("{moment} ago").format(moment=timesince(moment, depth=1))


def at(moment: datetime | None) -> str:
    """Write a moment in the site's time zone."""
    return formats.date_format(timezone.localtime(moment), "j M Y, H:i") if moment else "\N{EN DASH}"
