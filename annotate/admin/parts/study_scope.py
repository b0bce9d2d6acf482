"""Pages that show, and let people change, the rows of their studies only: every page of the admin begins here.

Before a page about one row runs, its study is taken at hand: from then on the person's rights are those in that study.
"""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from django.contrib.admin.utils import unquote
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.translation import gettext
from unfold.contrib.filters.admin import RelatedDropdownFilter

from annotate.admin.parts.mixins import Pages
from annotate.flows.access import (
    has_everywhere,
    has_in_each,
    has_single_roles,
    studies_of_row,
    take_at_hand,
    visible_rows,
)

if TYPE_CHECKING:
    from django.contrib.admin.options import InlineModelAdmin
else:

    class InlineModelAdmin:
        """Take type parameters, as the inlines of the type checker do."""

        def __class_getitem__(cls, _models: object) -> type:
            """Take models for the type checker only."""
            return cls


Row = TypeVar("Row", bound=Model)
Parent = TypeVar("Parent", bound=Model)


def person_of(request: HttpRequest) -> User:
    """Give who is signed in; the admin lets nobody else in."""
    return cast("User", request.user)


class VisibleDropdownFilter(RelatedDropdownFilter):  # type: ignore[misc]  # Unfold has no types
    """A list of the rows to filter by, of those that the person may see."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer these rows; all to those who see all rows that are filtered."""
        right = f"{model_admin.opts.app_label}.view_{model_admin.opts.model_name}"
        if has_everywhere(person=person_of(request), right=right):
            return cast("list[tuple[str, str]]", super().field_choices(field, request, model_admin))
        rows = visible_rows(field.related_model._default_manager.all(), person=person_of(request))
        ordering = self.field_admin_ordering(field, request, model_admin)
        return [(row.pk, str(row)) for row in (rows.order_by(*ordering) if ordering else rows)]


class StudyScope(Pages[Row]):
    """Admin pages that look for their row, among those that the person may see, before anything else."""

    @property
    def urls(self) -> list[URLPattern]:
        """Let every page about a row look for it first, whichever class adds the page."""
        return [self.looking_first(pattern) for pattern in self.get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Row]:
        """Give the rows that the person may see, with what the page shows of them."""
        return visible_rows(self.shown_rows(request), person=person_of(request))

    def shown_rows(self, request: HttpRequest) -> QuerySet[Row]:
        """Give all rows with what the page shows of them."""
        return super().get_queryset(request)

    def get_list_filter(self, request: HttpRequest) -> Any:
        """Offer in the filters by other rows only those that the person may see."""
        return [
            (one[0], VisibleDropdownFilter) if isinstance(one, tuple) and one[1] is RelatedDropdownFilter else one
            for one in super().get_list_filter(request)
        ]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **named: Any) -> Any:
        """Offer the rows that the person may see, and the one that is chosen already."""
        named.setdefault("queryset", self.offered(db_field, request))
        return super().formfield_for_foreignkey(db_field, request, **named)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **named: Any) -> Any:
        """Offer the rows that the person may see."""
        rows = db_field.related_model._default_manager.all()
        named.setdefault("queryset", visible_rows(rows, person=person_of(request)))
        return super().formfield_for_manytomany(db_field, request, **named)

    def offered(self, db_field: Any, request: HttpRequest) -> "QuerySet[Any]":
        """Find the rows that a field can name."""
        rows = db_field.related_model._default_manager.all()
        visible = visible_rows(rows, person=person_of(request))
        key = request.resolver_match.kwargs.get("object_id") if request.resolver_match else None
        if key is None or db_field.model is not self.model:
            return visible
        present = self.model._base_manager.filter(pk=unquote(key)).values(db_field.attname)
        found: QuerySet[Any] = visible | rows.filter(pk__in=present)
        return found

    def looking_first(self, pattern: URLPattern) -> URLPattern:
        """Put the look for the row before a page."""
        look = self.with_row(pattern.callback, name=pattern.name or "")
        return URLPattern(pattern.pattern, look, pattern.default_args, pattern.name)

    def with_row(self, view: Callable[..., Any], *, name: str) -> Callable[..., Any]:
        """Show a page if its row is there; else say so and go to the start, as Django does from its own pages."""

        @wraps(view)
        def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            key = kwargs.get("object_id", kwargs.get("pk"))
            asks = self.admin_site.has_permission(request) and self.has_view_permission(request)
            if key is None or not asks:
                return cast("HttpResponse", view(request, *args, **kwargs))
            if not self.has_row(request, unquote(str(key))):
                return self.answer_missing(request, str(key), is_page="object_id" in kwargs)
            self.take_row_at_hand(request, unquote(str(key)), name=name)
            return cast("HttpResponse", view(request, *args, **kwargs))

        return shown

    def answer_missing(self, request: HttpRequest, key: str, *, is_page: bool) -> HttpResponse:
        """Say that there is no such row, or none that the person may see."""
        if is_page:
            return self._get_obj_does_not_exist_redirect(request, self.opts, key)  # type: ignore[attr-defined, no-any-return]
        raise Http404(gettext("There is no such {verbose_name}.").format(verbose_name=self.opts.verbose_name))

    def has_row(self, request: HttpRequest, key: str) -> bool:
        """Tell whether there is a row of that key which the person may see; what is no key at all has none."""
        try:
            value = self.opts.pk.to_python(key)
        except ValidationError:  # a word in a number's place
            return False
        return visible_rows(self.model._base_manager.filter(pk=value), person=person_of(request)).exists()

    def take_row_at_hand(self, request: HttpRequest, key: str, *, name: str) -> None:
        """Let the person's roles count in the studies of the row only; refuse what others did to a shared row."""
        if not has_single_roles(person_of(request)):
            return
        studies = studies_of_row(model=self.model, key=key)
        take_at_hand(person=person_of(request), studies=studies)
        right = f"{self.opts.app_label}.view_{self.opts.model_name}"
        sees_all = studies is None or has_in_each(person=person_of(request), right=right, studies=studies)
        if name.endswith("_history") and not sees_all:
            raise PermissionDenied


class VisibleInline(InlineModelAdmin[Row, Parent]):
    """A part of a page that shows the rows of the person's studies only."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Row]:
        """Give the rows that the person may see."""
        return visible_rows(super().get_queryset(request), person=person_of(request))
