"""Pages about one row: for one that is not there they lead back to the start with a message, whichever page it is."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern

from annotate.admin.parts.mixins import Pages

Row = TypeVar("Row", bound=Model)


class RowPages(Pages[Row]):
    """Admin pages that look for their row before anything else, each page of an action and of a question too."""

    def get_urls(self) -> list[URLPattern]:
        """Let every page about a row look for it first."""
        return [self.looking_first(pattern) for pattern in super().get_urls()]

    def looking_first(self, pattern: URLPattern) -> URLPattern:
        """Put the look for the row before a page."""
        look = self.with_row(pattern.callback)
        return URLPattern(pattern.pattern, look, pattern.default_args, pattern.name)

    def with_row(self, view: Callable[..., Any]) -> Callable[..., Any]:
        """Show a page if its row is there; else say so and go to the start, as Django does from its own pages."""

        @wraps(view)
        def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            object_id = kwargs.get("object_id")
            asks = self.admin_site.has_permission(request) and self.has_view_permission(request)
            if object_id is None or not asks or self.has_row(unquote(object_id)):
                answer: HttpResponse = view(request, *args, **kwargs)
                return answer
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined, no-any-return]

        return shown

    def has_row(self, object_id: str) -> bool:
        """Tell whether there is a row of that key; what is no key at all has none."""
        try:
            key = self.opts.pk.to_python(object_id)
        except ValidationError:  # a word in a number's place
            return False
        return self.model._base_manager.filter(pk=key).exists()
