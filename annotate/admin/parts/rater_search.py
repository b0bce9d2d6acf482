"""Find rows by the rater they are about, under any name that pages and dumps show; and offer names while one types."""

from typing import Any, ClassVar, TypeVar

from django.contrib import messages
from django.db.models import Model, QuerySet
from django.forms import Media, Script
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from annotate.admin.parts.mixins import Pages
from ratings.selectors.named_raters import HOW_TO_NAME, raters_meant

Row = TypeVar("Row", bound=Model)
SUGGESTIONS = "app_label=scoring&model_name=steeringrun&field_name=participation"


class RaterSearch(Pages[Row]):
    """A list that can be searched by a rater's name, beside its own search fields."""

    path_to_rater: ClassVar[str]  # from the row to the key of the rater
    search_fields: ClassVar[Any] = ("pk",)  # a search box is there; alone it finds nothing
    search_help_text = gettext_lazy("A rater: short name, id, platform's id or name in a dump")

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> "tuple[QuerySet[Any], bool]":
        """Add the rows of whom the words mean; where no other field is searched, say that they mean nobody."""
        name = search_term.strip()
        if not name:
            return queryset, False
        raters = raters_meant(names=[name]).get(name, set())
        about = queryset.filter(**{f"{self.path_to_rater}__in": raters})
        if self.search_fields != ("pk",):
            found, may_repeat = super().get_search_results(request, queryset, name.removeprefix("rater-"))
            return (found, may_repeat) if not raters else (about, False)
        if not raters:
            messages.warning(
                request,
                gettext("Nobody is called {name}: {how_to_name}.").format(name=f"{name!r}", how_to_name=HOW_TO_NAME),
            )
        return about, False


class RatersInput(UnfoldAdminTextInputWidget):  # type: ignore[misc]
    """A field for names of raters, which offers those that begin as what is typed."""

    def __init__(self) -> None:
        """Name the list of suggestions."""
        super().__init__(attrs={"list": "rater-suggestions", "autocomplete": "off", "data-raters": ""})

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Say where suggestions are asked for."""
        context: dict[str, Any] = super().get_context(name, value, attrs)
        context["widget"]["attrs"]["data-raters"] = f"{reverse('admin:autocomplete')}?{SUGGESTIONS}"
        return context


def suggestions_script() -> Media:
    """Give the script that offers raters while one types."""
    return Media(js=[Script("js/admin-raters.js", type="module")])  # type: ignore[list-item]
